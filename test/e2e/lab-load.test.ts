/** How long the first load of the Status page takes on the lab. It is measured and printed; that it comes is all that is asserted. */
import assert from 'node:assert/strict';
import { now } from '../../lab/clock.ts';
import { openContext } from './browser.ts';
import { openDoor, startManaged } from './instance.ts';
import { labStage } from './lab-stage.ts';

const LOADS = 7;

describe('the first load of the page of a running stack @long', function () {
  this.timeout(120_000);
  const on = labStage();

  it('comes with its content; how long it took is printed', async () => {
    const [a] = await startManaged(on);
    const door = await openDoor(a);
    const first = await door.visit();
    // The login, and nothing else: each load has a browser that has never seen the page.
    const storageState = await first.context().storageState();
    await first.close();
    const took: number[] = [];
    let bytes = 0;
    for (let load = 0; load < LOADS; load += 1) {
      const context = await openContext({ baseURL: door.url, storageState });
      const page = await context.newPage();
      const begun = now();
      await page.goto('/stack/instances/a/ha', { waitUntil: 'commit' });
      await page
        .getByTestId('headline')
        .getByText(/^a is active: /)
        .waitFor();
      took.push(now() - begun);
      bytes = await page.evaluate<number>(
        `performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)`,
      );
      await context.close();
    }
    const [least = 0, ...more] = took.toSorted((one, other) => one - other);
    const median = [least, ...more][Math.floor(LOADS / 2)] ?? 0;
    const most = more.at(-1) ?? least;
    const ms = (value: number): string => `${Math.round(value)} ms`;
    process.stderr.write(
      `      first load, from navigation to the headline: median ${ms(median)} of ${LOADS}, ` +
        `${ms(least)} to ${ms(most)}; ${Math.round(bytes / 1000)} kB over the wire\n`,
    );
    assert.equal(took.length, LOADS);
  });
});
