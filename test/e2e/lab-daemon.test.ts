/** The page while the daemon, its engine or its manager is gone, and when it is back: said with its age, and live again without a reload. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { knows, startMember } from '../lab/stage.ts';
import type { ProcessName, Tandem } from '../../lab/tandem.ts';
import { until } from '../../lab/clock.ts';
import { WITH_MANAGER, managed, openDoor, startManaged } from './instance.ts';
import { act, button, dialog, labStage } from './lab-stage.ts';

const EVERYTHING: readonly ProcessName[] = ['guardian', 'engine', 'manager', 'helper'];

/** At one moment: nobody is left to say anything. */
function killEverything(tandem: Tandem): void {
  const pids = EVERYTHING.flatMap((name) => tandem.pid(name) ?? []);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

/** A mark that a reload would take away. */
const mark = (page: Page): Promise<unknown> => page.evaluate('globalThis.sameDocument = true');
const isSame = (page: Page): Promise<unknown> => page.evaluate('globalThis.sameDocument === true');

/** What stands beside a button that cannot be used. */
async function reasonAt(page: Page, name: string): Promise<string> {
  assert.equal(await button(page, name).getAttribute('aria-disabled'), 'true');
  const id = (await button(page, name).getAttribute('aria-describedby')) ?? '';
  return page.locator(`[id="${id}"]`).innerText();
}

describe('the page of an instance whose processes are killed @long', function () {
  this.timeout(120_000);
  const on = labStage();

  it('says that it has lost contact and how old everything is, and is live again when the daemon is back', async () => {
    const [a, b] = await startManaged(on);
    const page = await (await openDoor(a)).visit();
    await mark(page);
    const headline = await page.getByTestId('headline').innerText();
    assert.match(headline, /^a is active: /);
    killEverything(a);
    await page.locator('[data-contact=disconnected]').waitFor();
    await page.getByText(/Disconnected .+ ago\. What you see is from \d\d:\d\d:\d\d/).waitFor();
    await b.waitRole('active');
    assert.equal(await page.getByTestId('headline').innerText(), headline, 'what was shown stays');
    await page.locator('.t-masthead').getByText('Unknown').waitFor();
    for (const name of ['Switch over now', 'Maintenance mode', 'Engage bypass…'])
      assert.equal(await reasonAt(page, name), 'disconnected: what you see may be old');

    await startMember(on, on.a, managed(), { ...WITH_MANAGER, again: a });
    await page.locator('[data-contact=live]').waitFor({ timeout: 30_000 });
    await page.getByText(/Disconnected/).waitFor({ state: 'detached' });
    await page.getByText('Protected').first().waitFor();
    assert.equal(await isSame(page), true, 'nothing was loaded again');
    assert.equal(await dialog(page).count(), 0, 'nobody has to log in again');
    await button(page, 'Maintenance mode').click();
    await act(page, 'Put a into maintenance');
  });

  it('is protected again with the engine that follows one that was killed, and has the event', async () => {
    const [a, b] = await startManaged(on);
    const page = await (await openDoor(a)).visit();
    await mark(page);
    const before = a.pid('engine');
    a.kill('engine');
    await until(() => a.pid('engine') !== null && a.pid('engine') !== before, { what: 'another engine is started' });
    await a.waitStatus(({ role }) => role !== 'starting', 'the engine is back');
    await knows(b, 'a', (await a.status()).role);
    await page.getByText('Protected').first().waitFor();
    await page.locator('[data-contact=live]').waitFor();
    assert.equal(await isSame(page), true);
    await page.getByRole('link', { name: 'All events' }).click();
    await page.getByLabel('Text').fill('SIGKILL');
    await page.keyboard.press('Enter');
    await page.locator('.t-item').getByText('the engine was ended by SIGKILL').waitFor();
    await until(async () => (await page.locator('.t-item').count()) === 1, { what: 'it is told once' });
  });

  it('says for how long a stopped engine has not answered, and keeps what it said last', async () => {
    const [a] = await startManaged(on);
    const page = await (await openDoor(a)).visit();
    const guardian = a.pid('guardian') ?? assert.fail('no guardian');
    // A guardian that does not run starts no other engine.
    process.kill(guardian, 'SIGSTOP');
    a.freeze('engine');
    try {
      await page.getByText(/The engine has not answered for .+\. What you see is from \d\d:\d\d:\d\d/).waitFor();
      await page.locator('[data-contact=live]').waitFor();
      assert.equal(await reasonAt(page, 'Maintenance mode'), 'the engine does not answer: what you see may be old');
      await page.getByText(/What a does is not known/).waitFor();
      await page.locator('.t-instance').first().getByText('Active').waitFor();
    } finally {
      a.continue('engine');
      process.kill(guardian, 'SIGCONT');
    }
    await page.getByText(/The engine has not answered for/).waitFor({ state: 'detached' });
  });

  it('loses its manager, which comes back alone, and is live again with the login and the form of before', async () => {
    const [a] = await startManaged(on);
    const { since } = await a.status();
    const page = await (await openDoor(a)).visit('/stack/instances/a/ha/settings');
    await mark(page);
    await page.locator('#setting-maximumFlaps').fill('5');
    const before = a.pid('manager');
    a.kill('manager');
    await page.locator('[data-contact=disconnected]').waitFor();
    await page.locator('[data-contact=live]').waitFor({ timeout: 30_000 });
    assert.notEqual(a.pid('manager'), before);
    assert.equal(await isSame(page), true);
    assert.equal(await page.locator('#setting-maximumFlaps').inputValue(), '5', 'what was typed stays');
    await button(page, 'Save changes').click();
    await page.getByText(/^Saved, applied in \d+ ms/).waitFor();
    const after = await a.waitStatus(({ flaps }) => flaps.max === 5, 'the engine has it');
    assert.equal(after.since, since, 'nothing moved for it');
  });
});
