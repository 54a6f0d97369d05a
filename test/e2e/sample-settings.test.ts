import assert from 'node:assert/strict';
import type { Page, Request } from 'playwright-core';
import { until } from '../../lab/clock.ts';
import { configJsonSchema } from '../../config/json-schema.ts';
import { settingFields } from '../../config/setting-fields.ts';
import { SETS } from '../../webui/client/pages/settings/groups.ts';
import { holds } from './browser.ts';
import { HA, leave, openStage } from './sample.ts';
import type { Stage } from './sample.ts';

const SETTINGS = `${HA}/settings`;
const field = (page: Page, name: string) => page.locator(`#setting-${name}`);
const save = (page: Page) => page.getByRole('button', { name: 'Save changes' });

describe('the settings form', function () {
  this.timeout(60_000);
  let stage: Stage;
  before(async function () {
    stage = await openStage(this);
  });
  afterEach(leave);

  async function valueOf(name: 'peerFailureThreshold' | 'peerRecoveryThreshold' | 'maximumFlaps'): Promise<number> {
    const view = await stage.rig.services.settings.read();
    return view.ok ? view.value.values[name] : Number.NaN;
  }

  it('has exactly the eleven groups, with titles, units, ranges and help of the schema', async () => {
    const page = await stage.visit(SETTINGS);
    await page.locator('[data-group]').first().waitFor();
    const groups = await page.locator('[data-group]').all();
    const labels = await Promise.all(groups.map((group) => group.getAttribute('data-group')));
    assert.deepEqual(labels, [
      'HA mode',
      'Primary instance',
      'HA port',
      'Peer check interval',
      'Peer failure threshold',
      'Peer recovery threshold',
      'Maximum allowed flaps',
      'Enable bandwidth monitoring',
      'Minimum bandwidth',
      'Link monitoring interval',
      'Minimum active links',
    ]);
    const fields = settingFields(configJsonSchema());
    const shown = await page.evaluate<string[]>(
      `[...document.querySelectorAll('[data-setting]')].map((one) => one.dataset.setting)`,
    );
    assert.deepEqual(
      shown,
      SETS.flatMap(({ groups: all }) => all).flatMap(({ names }) => names),
    );
    assert.equal(fields.length, shown.length);
    for (const { name, title, unit, accepted } of fields) {
      const one = page.locator(`[data-setting=${name}]`);
      const text = await one.innerText();
      assert.ok(text.includes(accepted), `${name}: ${text}`);
      if (unit !== null) assert.ok(text.startsWith(unit), `${name}: ${text}`);
      assert.equal(await one.getByLabel(title, { exact: true }).count(), 1, `${name} is labelled ${title}`);
    }
    await page.getByRole('button', { name: 'Help: Peer check interval' }).click();
    const help = page.getByRole('dialog');
    const interval = fields.find(({ name }) => name === 'peerCheckIntervalMs')!;
    await help.getByText(interval.description).waitFor();
    await help.getByText(interval.example).waitFor();
  });

  it('says what a value comes to while it is typed, and what would change', async () => {
    const page = await stage.visit(SETTINGS);
    await field(page, 'peerCheckIntervalMs').fill('250');
    const threshold = await valueOf('peerFailureThreshold');
    await page.getByText(`a peer is unhealthy after about ${(threshold * 250) / 1000} s of silence`).waitFor();
    await field(page, 'port').fill('11300');
    await page.getByText(/b uses port 11211: it must change there too/).waitFor();
    await page.getByText(/^2 changes:/).waitFor();
    await field(page, 'minimumActiveLinks').fill('2');
    await page
      .getByText(/1 configured, 1 active now: more than there are/)
      .first()
      .waitFor();
  });

  it('leads to a field that is refused, with the manager’s own words', async () => {
    const page = await stage.visit(SETTINGS);
    await field(page, 'maximumFlaps').fill('9');
    for (const wrong of ['1000', 'many']) {
      await field(page, 'peerFailureThreshold').fill(wrong);
      const [answer] = await Promise.all([
        page.waitForResponse((one) => one.request().method() === 'PUT'),
        save(page).click(),
      ]);
      const { problems } = (await answer.json()) as { problems: readonly { path: string; message: string }[] };
      assert.deepEqual(
        problems.map(({ path }) => path),
        ['ha.peerCheck.failureThreshold'],
      );
      await page.locator('#setting-peerFailureThreshold-error').getByText(problems[0]!.message).waitFor();
      await holds(page, `document.activeElement?.id === 'setting-peerFailureThreshold'`);
      const described = (await field(page, 'peerFailureThreshold').getAttribute('aria-describedby')) ?? '';
      assert.ok(described.includes('setting-peerFailureThreshold-error'));
      assert.equal(await field(page, 'peerFailureThreshold').inputValue(), wrong);
      assert.equal(await field(page, 'maximumFlaps').inputValue(), '9');
      await page.getByRole('link', { name: /^Peer failure threshold: / }).waitFor();
    }
  });

  it('saves, and says when it is in effect', async () => {
    const page = await stage.visit(SETTINGS);
    const next = (await valueOf('peerRecoveryThreshold')) + 1;
    await field(page, 'peerRecoveryThreshold').fill(String(next));
    await save(page).click();
    await page.getByText(/^Saved, applied in \d+ ms/).waitFor();
    assert.equal(await valueOf('peerRecoveryThreshold'), next);
  });

  it('keeps two administrators apart: both versions are shown, nothing typed is lost, both changes can stay', async () => {
    const [one, other] = [await stage.visit(SETTINGS), await stage.visit(SETTINGS)];
    const threshold = (await valueOf('peerFailureThreshold')) + 1;
    const flaps = (await valueOf('maximumFlaps')) + 1;
    await field(other, 'maximumFlaps').fill(String(flaps));
    await field(other, 'peerFailureThreshold').fill(String(threshold + 5));
    await field(one, 'peerFailureThreshold').fill(String(threshold));
    await save(one).click();
    await one.getByText(/^Saved, applied/).waitFor();

    await save(other).click();
    const dialog = other.getByRole('dialog', { name: 'The settings were changed meanwhile' });
    await dialog.getByText(/^admin saved at /).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await field(other, 'maximumFlaps').inputValue(), String(flaps));
    assert.equal(await field(other, 'peerFailureThreshold').inputValue(), String(threshold + 5));

    await save(other).click();
    const row = dialog.getByRole('row', { name: /^Peer failure threshold/ });
    assert.equal(await row.getByRole('radio', { name: String(threshold + 5) }).isChecked(), true);
    await row.getByRole('radio', { name: String(threshold), exact: true }).check();
    await dialog.getByRole('button', { name: 'Continue with these' }).click();
    await save(other).click();
    await other.getByText(/^Saved, applied/).waitFor();
    assert.equal(await valueOf('maximumFlaps'), flaps);
    assert.equal(await valueOf('peerFailureThreshold'), threshold);
  });

  it('asks again before a change that would cause a failover at once', async () => {
    const page = await stage.visit(SETTINGS);
    const writes: Request[] = [];
    page.on('request', (request) => request.method() === 'PUT' && writes.push(request));
    await field(page, 'minimumBandwidth').fill('900 000 000 000');
    await page.getByText(/this would trigger a failover now/).waitFor();
    await save(page).click();
    const dialog = page.getByRole('dialog', { name: 'This triggers a failover now' });
    await dialog.waitFor();
    await holds(page, `document.activeElement?.textContent === 'Cancel'`);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(writes.length, 0);
  });

  it('asks before it is left with something unsaved, by link and by Back', async () => {
    const page = await stage.visit(HA);
    await page.getByRole('navigation', { name: 'HA', exact: true }).getByRole('link', { name: 'Settings' }).click();
    await field(page, 'maximumFlaps').fill('3');
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.goBack();
    await until(() => asked.length > 1 || null, { what: 'Back is asked about' });
    assert.deepEqual(asked, ['Leave without saving the changes?', 'Leave without saving the changes?']);
    assert.equal(await field(page, 'maximumFlaps').inputValue(), '3');
    assert.equal(new URL(page.url()).pathname, SETTINGS);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
  });

  it('has the bandwidth’s fields only while bandwidth is monitored', async () => {
    const page = await stage.visit(SETTINGS);
    assert.equal(await field(page, 'minimumBandwidth').isEnabled(), true);
    await field(page, 'bandwidthEnabled').uncheck();
    assert.equal(await field(page, 'minimumBandwidth').isDisabled(), true);
    await page.getByText(/used only while bandwidth monitoring is enabled/).waitFor();
  });
});
