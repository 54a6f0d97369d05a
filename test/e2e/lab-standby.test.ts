/** The page of a standby: itself, the active one as it reports itself, and what may be done from here. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { knows, ownedBy } from '../lab/stage.ts';
import { openDoor, startManaged } from './instance.ts';
import { act, button, dialog, labStage } from './lab-stage.ts';

describe('the page of a standby of a running stack @long', function () {
  this.timeout(120_000);
  const on = labStage();

  it('shows itself, and the active one as that reports itself', async () => {
    const [a, b] = await startManaged(on);
    const { reason: why } = await a.status();
    const { reason } = await b.status();
    const page = await (await openDoor(b)).visit();
    await page.getByText('Protected').first().waitFor();
    await page.getByTestId('headline').getByText(`a is active: ${why.text}`).waitFor();
    await page.getByText(/b is standby for /).waitFor();
    await page.getByTestId('reason').getByText(reason.text, { exact: true }).waitFor();
    const cards = page.locator('.t-instance');
    const [own = '', other = ''] = await cards.allInnerTexts();
    assert.match(own, /^b \(this\)\s+■\s+Standby/);
    assert.match(other, /^a\s+▶\s+Active/);
    assert.match(other, /as reported by a$/);
    const addresses = page.getByRole('table', { name: 'Virtual addresses' });
    await addresses.getByRole('cell', { name: 'a', exact: true }).waitFor();
    await page.getByText(/^Listening: without an advert for /).waitFor();
    const peers = page.getByRole('table', { name: 'Peer checks, a row for each path' });
    const paths = peers.getByRole('row', { name: /^a / });
    assert.equal(await paths.count(), 2);
    for (const row of await paths.all()) assert.match(await row.innerText(), /✓\s+Pass/);

    await page.getByRole('link', { name: 'Instances' }).first().click();
    const rows = page.getByRole('table', { name: 'Instances of the stack' }).getByRole('row');
    await rows.filter({ hasText: 'b (this)' }).filter({ hasText: '0 of 1' }).waitFor();
    await rows.filter({ hasText: why.text }).filter({ hasText: '1 of 1' }).waitFor();
  });

  it('speaks for itself alone: the page of the other is elsewhere', async () => {
    const [, b] = await startManaged(on);
    const page = await (await openDoor(b)).visit('/stack/instances/a/ha');
    await page.getByText('You are connected to b, not to a.').waitFor();
    assert.equal(await button(page, 'Maintenance mode').count(), 0);
    await page.getByRole('link', { name: 'Show b' }).click();
    await page.getByText(/b is standby for /).waitFor();
  });

  it('shows what it has lost sight of as unknown, with its age', async () => {
    const [a, b] = await startManaged(on);
    const page = await (await openDoor(b)).visit();
    await page.locator('.t-instance').last().getByText('Active').waitFor();
    on.a.host.isolate();
    await b.waitRole('active');
    const other = page.locator('.t-instance').last();
    await other.getByText('Unknown').waitFor();
    await other.getByText(/^last heard .* ago$/).waitFor();
    await page
      .getByTestId('headline')
      .getByText(/^b is active: /)
      .waitFor();
    await page
      .getByText(/a answers no checks: last heard/i)
      .first()
      .waitFor();
    on.a.host.restoreCables();
    await knows(b, 'a', 'active');
    await other.getByText('Active').waitFor();
    await a.waitRole('active');
  });

  it('goes into maintenance and back by its own button, while the active one stays where it is', async () => {
    const [a, b] = await startManaged(on);
    const page = await (await openDoor(b)).visit();
    const pageOfA = await (await openDoor(a)).visit();
    await button(page, 'Maintenance mode').click();
    await dialog(page).getByLabel('Until somebody leaves it').check();
    await act(page, 'Put b into maintenance');
    await b.waitRole('maintenance');
    await page.getByRole('note').getByText('b is in maintenance').waitFor();
    await page.getByText(/^No instance may be lost/).waitFor();
    await pageOfA.getByRole('note').getByText('b is in maintenance').waitFor();
    await pageOfA.getByText('Unprotected').first().waitFor();
    await button(page, 'Leave maintenance').click();
    await act(page, 'Leave maintenance');
    await b.waitRole('standby');
    await pageOfA.getByText('Protected').first().waitFor();
    await ownedBy(on, 'a');
    assert.equal((await a.status()).role, 'active');
  });

  it('changes its own settings and no others, and says that they differ from then on', async () => {
    const [a, b] = await startManaged(on);
    const files = [readFileSync(a.config, 'utf8'), readFileSync(b.config, 'utf8')];
    const page = await (await openDoor(b)).visit('/stack/instances/b/ha/settings');
    await page.locator('#setting-maximumFlaps').fill('4');
    await button(page, 'Save changes').click();
    await page.getByText(/^Saved, applied in \d+ ms/).waitFor();
    await b.waitStatus(({ flaps }) => flaps.max === 4, 'the engine of b has it');
    assert.equal((await a.status()).flaps.max, 6);
    assert.equal(readFileSync(a.config, 'utf8'), files[0]);
    assert.notEqual(readFileSync(b.config, 'utf8'), files[1]);
    await page.getByText('The settings of b and a differ').waitFor();
  });
});
