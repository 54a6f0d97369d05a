/** Switchover from the command line (design section 6, brain 5.6): done, aborted, refused, held and released. */
import assert from 'node:assert/strict';
import { now } from '../../lab/clock.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { watchAddresses } from './address-log.ts';
import { heardMore, ownedBy, routerOf, stage, start, startBoth } from './stage.ts';

describe('a switchover', function () {
  this.timeout(60_000);
  const on = stage();

  it('moves the address without a gap, and does not take it back while preemption is held', async () => {
    const [a, b] = await startBoth(on);
    const wire = await startWatcher(on.client, 'eth0');
    const log = await watchAddresses(on.a.host);
    const done = await a.cli('switchover');
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /^done: switched over by /);
    assert.equal((await b.waitRole('active')).reason.code, 'resigned');
    await ownedBy(on, 'b');
    const claim = await wire.waitFor('b claims', (seen) => seen.kind === 'advert' && seen.source === on.b.address);
    assert.ok(claim.at < (await log.removed('10.77.0.100')) + 5, 'the address is kept until the other is heard');
    const held = await heardMore(a, 12);
    assert.equal(held.role, 'standby');
    assert.ok(Date.parse(held.preemptionHeldUntil ?? '') > Date.now() + 300_000, 'ten minutes by default');
    const released = await a.cli('switchover', '--release-hold');
    assert.equal(released.code, 0, released.stderr);
    assert.equal((await a.waitRole('active')).preemptionHeldUntil, null);
    await ownedBy(on, 'a');
  });

  it('holds preemption as long as it is told @long', async () => {
    const [a] = await startBoth(on);
    assert.equal((await a.cli('switchover', '--hold', 'until-released')).code, 0);
    assert.equal((await heardMore(a, 5)).preemptionHeldUntil, 'released');
    assert.equal((await a.cli('switchover', '--release-hold')).code, 0);
    await a.waitRole('active');

    assert.equal((await a.cli('switchover', '--hold', 'none')).code, 0);
    await a.waitStatus((status) => routerOf(status).counters.activeTransitions === 3, 'it comes back at once');

    assert.equal((await a.cli('switchover', '--hold', '1s')).code, 0);
    await a.waitStatus((status) => routerOf(status).counters.activeTransitions === 4, 'it comes back by itself');
    await ownedBy(on, 'a');
  });

  it('is aborted if nobody takes over, and nothing has changed', async () => {
    const a = await start(on.a);
    await a.waitRole('active');
    const log = await watchAddresses(on.a.host);
    const aborted = await a.cli('switchover');
    assert.equal(aborted.code, 1);
    assert.match(aborted.stderr, /nobody took over/);
    const after = await a.status();
    assert.deepEqual([after.role, after.reason.code, after.preemptionHeldUntil], ['active', 'switchoverAborted', null]);
    assert.deepEqual(log.removals(), [], 'the address was there all the time');
    const wire = await startWatcher(on.client, 'eth0');
    await wire.waitFor(
      'it advertises',
      (seen) => seen.kind === 'advert' && seen.priority === 200 && seen.at > now() - 50,
    );
  });

  it('is refused by an instance that is not active @long', async () => {
    const [, b] = await startBoth(on);
    const refused = await b.cli('--json', 'switchover');
    assert.equal(refused.code, 1);
    const { error } = JSON.parse(refused.stdout) as { error: { code: string; text: string } };
    assert.equal(error.code, 'actionRefused');
    assert.match(error.text, /not active/);
    assert.match(refused.stderr, /not active/);
    await ownedBy(on, 'a');
  });
});
