import assert from 'node:assert/strict';
import { SCENARIOS } from '../support/sample-stack.ts';
import { seriousFindings } from './axe.ts';
import { HA, PAGES, leave, openStage } from './sample.ts';
import type { Stage } from './sample.ts';

describe('axe finds nothing serious', function () {
  this.timeout(150_000);
  let stage: Stage;
  before(async function () {
    stage = await openStage(this);
  });
  afterEach(leave);

  it('on the login, in both themes', async () => {
    const page = await stage.visit('/', { role: null });
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
  });

  it('on every page, in both themes', async () => {
    const page = await stage.visit('/stack/instances');
    const lines: string[] = [];
    for (const [path, heading] of PAGES) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
      lines.push(...(await seriousFindings(page)).map((line) => `${path} ${line}`));
    }
    assert.deepEqual(lines, []);
  });

  // Every page is looked at in both themes; the states of one page are much alike.
  for (const [theme, mark] of [
    ['light', ''],
    ['dark', ' @long'],
  ] as const) {
    it(`in every state of the stack, in the ${theme} theme${mark}`, async () => {
      const page = await stage.visit(HA);
      const lines: string[] = [];
      for (const scenario of SCENARIOS) {
        stage.show(scenario);
        await page.getByText(stage.rig.services.copy.snapshot().headline.text).first().waitFor();
        lines.push(...(await seriousFindings(page, [theme])).map((line) => `${scenario} ${line}`));
      }
      assert.deepEqual(lines, []);
    });
  }

  it('while disconnected, and where only polling is left, in both themes @long', async () => {
    const page = await stage.visit(HA);
    stage.pipe.cut();
    await page.locator('[data-contact=disconnected]').waitFor();
    const lines = [...(await seriousFindings(page))];
    stage.pipe.mend();
    const delayed = await stage.visit(HA, {
      prepare: (one) => one.route('**/api/v1/events*', (route) => route.abort()),
    });
    await delayed.locator('[data-contact=delayed]').waitFor();
    lines.push(...(await seriousFindings(delayed)));
    assert.deepEqual(lines, []);
  });

  it('in dialogs, in a form with an error, in the help of a field, in both themes', async () => {
    const page = await stage.visit(HA);
    const lines: string[] = [];
    for (const [button, title] of [
      ['Switch over now', 'Switch over to b?'],
      ['Maintenance mode', 'Take a out of service?'],
      ['Engage bypass…', 'Engage the bypass of a?'],
      ['Reset flaps…', 'Reset the flaps of a?'],
    ] as const) {
      await page.getByRole('button', { name: button }).click();
      await page.getByRole('dialog', { name: title }).waitFor();
      lines.push(...(await seriousFindings(page)).map((line) => `${title} ${line}`));
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.goto(`${HA}/settings`);
    await page.locator('#setting-peerFailureThreshold').fill('1000');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText(/^Not saved/).waitFor();
    await page.getByRole('button', { name: 'Help: Peer failure threshold' }).click();
    await page.getByRole('dialog').waitFor();
    lines.push(...(await seriousFindings(page)).map((line) => `settings ${line}`));
    assert.deepEqual(lines, []);
  });
});
