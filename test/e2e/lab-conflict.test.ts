/** Two administrators at the settings of one running instance: nobody overwrites the other, whether in two pages or with an editor. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { parse } from 'yaml';
import { until } from '../../lab/clock.ts';
import { openDoor, startManaged } from './instance.ts';
import { button, labStage } from './lab-stage.ts';

const SETTINGS = '/stack/instances/a/ha/settings';
const CONFLICT = 'The settings were changed meanwhile';
const field = (page: Page, name: string): Locator => page.locator(`#setting-${name}`);
const dialogOf = (page: Page): Locator => page.getByRole('dialog', { name: CONFLICT });

async function saved(page: Page): Promise<void> {
  // Nothing navigates here: waiting for that hung once, after the click was done.
  await button(page, 'Save changes').click({ noWaitAfter: true });
  await page.getByText(/^Saved, applied in \d+ ms/).waitFor();
}

/** The row of a setting in the dialog, with both versions. */
async function bothVersions(page: Page, setting: string): Promise<readonly string[]> {
  const cells = dialogOf(page)
    .getByRole('row', { name: new RegExp(`^${setting}`) })
    .getByRole('cell');
  return (await cells.allInnerTexts()).slice(-3).map((text) => text.trim());
}

describe('two administrators at the settings of a running instance @long', function () {
  this.timeout(120_000);
  const on = labStage();

  it('in two pages: the second save shows both versions, and both changes can stay', async () => {
    const [a] = await startManaged(on);
    const door = await openDoor(a);
    const [one, other] = [await door.visit(SETTINGS), await door.visit(SETTINGS)];
    await field(other, 'maximumFlaps').fill('4');
    await field(other, 'peerFailureThreshold').fill('9');
    await field(one, 'peerFailureThreshold').fill('5');
    await saved(one);
    const first = readFileSync(a.config, 'utf8');

    const [answer] = await Promise.all([
      other.waitForResponse((response) => response.request().method() === 'PUT'),
      button(other, 'Save changes').click(),
    ]);
    assert.equal(answer.status(), 412);
    await dialogOf(other)
      .getByText(/^admin saved at /)
      .waitFor();
    assert.deepEqual(await bothVersions(other, 'Peer failure threshold'), ['3', '5', '9']);
    assert.deepEqual(await bothVersions(other, 'Maximum allowed flaps'), ['6', '6', '4']);
    assert.equal(readFileSync(a.config, 'utf8'), first, 'nothing was saved');
    assert.equal((await a.status()).flaps.max, 6);

    const row = dialogOf(other).getByRole('row', { name: /^Peer failure threshold/ });
    await row.getByRole('radio', { name: '5', exact: true }).check();
    await button(other, 'Continue with these').click();
    await other.getByText(/^1 change: maximum allowed flaps 6 → 4/).waitFor();
    await saved(other);
    await a.waitStatus(
      ({ flaps, peers }) => flaps.max === 4 && peers[0]?.failureThreshold === 5,
      'the engine has the change of both',
    );
    // Nothing is typed in the first page: it shows what the other saved.
    await until(async () => (await field(one, 'maximumFlaps').inputValue()) === '4', {
      what: 'the other page shows it',
    });
  });

  it('in a page and in an editor: what was written by hand and reloaded is not overwritten either', async () => {
    const [a] = await startManaged(on);
    const page = await (await openDoor(a)).visit(SETTINGS);
    await field(page, 'peerRecoveryThreshold').fill('4');
    const byHand = readFileSync(a.config, 'utf8').replace('"failureThreshold": 3', '"failureThreshold": 8');
    const { code, stderr } = await a.reload(`# by hand, on the console\n${byHand}`);
    assert.equal(code, 0, stderr);
    await a.waitStatus(({ peers }) => peers[0]?.failureThreshold === 8, 'the engine has it');

    await button(page, 'Save changes').click();
    await dialogOf(page)
      .getByText(/^Somebody saved\. Choose what to keep; nothing is saved yet\./)
      .waitFor();
    assert.deepEqual(await bothVersions(page, 'Peer failure threshold'), ['3', '8', '3']);
    await button(page, 'Continue with these').click();
    await saved(page);
    const status = await a.waitStatus(({ peers }) => peers[0]?.recoveryThreshold === 4, 'the engine has it');
    assert.equal(status.peers[0]?.failureThreshold, 8);
    const text = readFileSync(a.config, 'utf8');
    assert.match(text, /^# by hand, on the console\n/);
    const { ha } = parse(text) as { ha: { peerCheck: Record<string, unknown> } };
    assert.deepEqual([ha.peerCheck['failureThreshold'], ha.peerCheck['recoveryThreshold']], [8, 4]);
  });

  it('with an editor alone: a file that cannot be used is said with its line, and nothing is saved over it', async () => {
    const [a] = await startManaged(on);
    const page = await (await openDoor(a)).visit(SETTINGS);
    const good = readFileSync(a.config, 'utf8');
    const bad = good.replace('"failureThreshold": 3', '"failureThreshold": 0');
    assert.notEqual((await a.reload(bad)).code, 0);
    await page
      .getByText('The configuration file cannot be used; the last good one is running.')
      .waitFor({ timeout: 30_000 });
    await page
      .getByText(/tandem\.yaml:\d+:\d+: ha\.peerCheck\.failureThreshold: /)
      .first()
      .waitFor();
    await field(page, 'maximumFlaps').fill('4');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'PUT'),
      button(page, 'Save changes').click(),
    ]);
    assert.ok([412, 422].includes(answer.status()), String(answer.status()));
    assert.equal(readFileSync(a.config, 'utf8'), bad);
    assert.equal((await a.status()).flaps.max, 6);
    assert.equal((await a.reload(good)).code, 0);
    await page.getByText('The configuration file cannot be used').first().waitFor({ state: 'detached' });
  });
});
