/** The page before the real thing: guardian, engine and manager of two instances in the lab. */
import assert from 'node:assert/strict';
import type { JournalPage } from '../../core/api/journal.ts';
import { openDoor, startManaged } from './instance.ts';
import { act, button, dialog, labStage } from './lab-stage.ts';

describe('the page of a running stack @long', function () {
  this.timeout(120_000);
  const on = labStage();

  it('tells the reason of a failover as tandem why, the journal and the event do', async () => {
    const [, b] = await startManaged(on);
    const door = await openDoor(b);
    const page = await door.visit();
    await page.getByText('Protected').first().waitFor();
    on.a.data.cut();
    const { reason } = await b.waitRole('active');
    await page.getByTestId('reason').getByText(reason.text, { exact: true }).waitFor();
    await page.getByTestId('headline').getByText(`b is active: ${reason.text}`).waitFor();
    await page.getByTestId('recent-events').getByText(reason.text).first().waitFor();
    await page.getByRole('status').filter({ hasText: reason.text }).waitFor({ state: 'attached' });
    const why = await b.cli('why');
    assert.ok(why.stdout.includes(reason.text), why.stdout);
    const journal = await page.evaluate<JournalPage>(
      `fetch('/api/v1/journal?kinds=role&limit=1').then((answer) => answer.json())`,
    );
    assert.equal(journal.entries[0]?.reason.text, reason.text);
    await page.getByRole('link', { name: 'All events' }).click();
    const item = page.locator('.t-item').filter({ hasText: `became active` }).first();
    assert.ok((await item.innerText()).includes(reason.text), await item.innerText());
  });

  it('puts into maintenance and back, engages and releases the bypass, resets flaps', async () => {
    const [a, b] = await startManaged(on);
    const page = await (await openDoor(a)).visit();
    await button(page, 'Maintenance mode').click();
    await dialog(page).getByLabel('Until the next reboot').check();
    await act(page, 'Put a into maintenance');
    await a.waitRole('maintenance');
    await b.waitRole('active');
    assert.equal((await a.status()).maintenance?.until, 'reboot');
    await page.getByRole('note').getByText('a is in maintenance').waitFor();
    await button(page, 'Leave maintenance').click();
    await act(page, 'Leave maintenance');
    await a.waitRole('active');

    await button(page, 'Engage bypass…').click();
    await act(page, 'Engage bypass');
    await a.waitStatus(({ bypass }) => bypass.state === 'bypass', 'the bypass is engaged');
    await page.getByText('Traffic passes uninspected.').waitFor();
    await button(page, 'Release bypass…').click();
    await act(page, 'Release bypass');
    await a.waitStatus(({ bypass }) => bypass.state === 'inline', 'the bypass is released');
    await a.waitRole('active');

    on.a.wan.cut();
    await a.waitRole('fault');
    on.a.wan.restore();
    await a.waitStatus(({ flaps }) => flaps.count > 0, 'a flap is counted');
    await button(page, 'Reset flaps…').click();
    await act(page, 'Reset flaps');
    assert.equal((await a.status()).flaps.count, 0);
    await page.getByText('no flaps are counted').waitFor();
  });
});
