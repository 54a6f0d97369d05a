/** The role is moved from the page of a running stack: given away and taken back on one page, taken over on the other. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { claims, ownedBy, watchAddress } from '../lab/stage.ts';
import { openDoor, startManaged } from './instance.ts';
import { act, button, dialog, labStage } from './lab-stage.ts';

/** What the card of virtual addresses says of the only one. */
const ownerOf = (page: Page, owner: string) =>
  page.getByRole('table', { name: 'Virtual addresses' }).getByRole('cell', { name: owner, exact: true });

describe('the role moved from the page of a running stack @long', function () {
  this.timeout(120_000);
  const on = labStage();

  it('is given to the standby and taken back without a lost answer, and the dialog tells every step', async () => {
    const [a, b] = await startManaged(on);
    const page = await (await openDoor(a)).visit();
    const address = await watchAddress(on);
    await ownerOf(page, 'a').waitFor();

    await button(page, 'Switch over now').click();
    for (const text of ['b is reachable', 'b may become active', '1 of 1 required link pairs', 'settings match'])
      await dialog(page).getByText(`✓ ${text}`).waitFor();
    await dialog(page).getByLabel('How long preemption is held').selectOption('until I release it');
    await dialog(page).getByRole('button', { name: 'Switch over to b', exact: true }).click();
    await dialog(page)
      .getByText(/^Done in \d+ ms/)
      .waitFor();
    await ownedBy(on, 'b');
    const { reason } = await b.waitRole('active');
    const steps = await dialog(page).getByRole('listitem').allInnerTexts();
    assert.ok(steps.length > 1, `steps: ${steps.join(' | ')}`);
    await button(page, 'Close').last().click();
    await page.getByTestId('headline').getByText(`b is active: ${reason.text}`).waitFor();
    await ownerOf(page, 'b').waitFor();
    assert.equal((await b.status()).preemptionHeldUntil, 'released');
    await address.nothingLost();

    await button(page, 'Take over from b').click();
    await act(page, 'Take over from b');
    await ownedBy(on, 'a');
    await a.waitRole('active');
    await ownerOf(page, 'a').waitFor();
    await button(page, 'Switch over now').waitFor();
    await address.nothingLost();
    assert.deepEqual([await claims(a), await claims(b)], [2, 1], 'each move was one');
  });

  it('is taken over on the page of the standby, held, and taken back by the better one when the hold is released', async () => {
    const [a, b] = await startManaged(on);
    const page = await (await openDoor(b)).visit();
    const address = await watchAddress(on);
    await button(page, 'Take over from a').click();
    await dialog(page).getByText('b may become active').waitFor();
    await act(page, 'Take over from a');
    await ownedBy(on, 'b');
    await a.waitRole('standby');
    await page
      .getByTestId('headline')
      .getByText(/^b is active: /)
      .waitFor();
    await page.getByText(/Preemption is held until \d\d:\d\d/).waitFor();
    await button(page, 'Preempt now').click();
    await a.waitRole('active');
    await ownedBy(on, 'a');
    await page
      .getByTestId('headline')
      .getByText(/^a is active: /)
      .waitFor();
    await page.getByText('Preemption is held').waitFor({ state: 'detached' });
    await address.nothingLost();
  });

  it('is not moved to an instance that cannot take it: the dialog says why, and does nothing', async () => {
    const [a, b] = await startManaged(on);
    const page = await (await openDoor(a)).visit();
    on.b.wan.cut();
    await b.waitRole('fault');
    await button(page, 'Switch over now').click();
    await dialog(page)
      .getByText(/^! b may not become active: /)
      .waitFor();
    await dialog(page)
      .getByText(/^b cannot take over now\. Type FORCE/)
      .waitFor();
    await dialog(page).getByRole('button', { name: 'Switch over to b' }).click({ force: true });
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();
    await ownedBy(on, 'a');
    assert.deepEqual([await claims(a), await claims(b)], [1, 0]);
  });
});
