/** Out of service on purpose (design section 6, brain 5.7): the role is given away first, and nobody is left without service unasked. */
import assert from 'node:assert/strict';
import { sleep, until } from '../../lab/clock.ts';
import { VIP } from '../../lab/topology.ts';
import { claims, knows, ownedBy, stage, startMember, startStack, watchAddress, withBackup } from './stage.ts';

describe('maintenance', function () {
  this.timeout(60_000);
  const on = stage(withBackup);

  it('of the active gives the role away first and loses not one probe; when it ends the better one takes over again', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    const begun = await a.maintenance(true);
    assert.equal(begun.code, 0, begun.stderr);
    const status = await a.waitRole('maintenance');
    assert.deepEqual([status.eligible, status.faults.length, status.flaps.count], [false, 0, 0]);
    assert.notEqual(status.maintenance, null);
    await b.waitRole('active');
    await ownedBy(on, 'b');
    await knows(b, 'a', 'maintenance');
    await sleep(1000);
    assert.equal(await claims(a), 1, 'it does not come back by itself');

    const ended = await a.maintenance(false);
    assert.equal(ended.code, 0, ended.stderr);
    await a.waitRole('active');
    await ownedBy(on, 'a');
    await address.nothingLost();
    assert.equal((await a.status()).maintenance, null);
  });

  it('of the standby: it takes nothing, whatever becomes of the active', async () => {
    const [a, b] = await startStack(on);
    // It leaves nobody who could take over, which has to be meant.
    assert.equal((await b.maintenance(true)).code, 0);
    await b.waitRole('maintenance');
    on.a.host.isolate();
    await sleep(2000);
    assert.deepEqual([(await b.status()).role, await claims(b), on.b.host.has(VIP)], ['maintenance', 0, false]);
    on.a.host.restoreCables();
    await a.waitRole('active');
  });

  it('that would leave nobody in service is refused, and done with --force', async () => {
    const a = await startMember(on, on.a);
    await a.waitRole('active');
    const refused = await a.maintenance(true);
    assert.equal(refused.code, 1);
    assert.notEqual(refused.stderr, '');
    assert.equal((await a.status()).role, 'active');
    await ownedBy(on, 'a');
    const forced = await a.maintenance(true, '--force');
    assert.equal(forced.code, 0, forced.stderr);
    await a.waitRole('maintenance');
    await until(() => !on.a.host.has(VIP), { what: 'the address is let go' });
  });

  it('outlives the daemon, until it is left', async () => {
    const [a, b] = await startStack(on);
    assert.equal((await a.maintenance(true)).code, 0);
    await a.waitRole('maintenance');
    await a.stop();
    const again = await startMember(on, on.a, {}, { again: a });
    await again.waitRole('maintenance');
    await knows(b, 'a', 'maintenance');
    await ownedBy(on, 'b');
    assert.equal((await again.maintenance(false)).code, 0);
    await again.waitRole('active');
  });

  it('for a time ends by itself', async () => {
    const [a, b] = await startStack(on);
    assert.equal((await a.maintenance(true, '--for', '2s')).code, 0);
    await b.waitRole('active');
    assert.equal((await a.status()).role, 'maintenance');
    await a.waitRole('active');
    await ownedBy(on, 'a');
  });
});
