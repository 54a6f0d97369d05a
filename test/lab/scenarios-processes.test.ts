/**
 * What becomes of addresses and adverts when processes end: black-box scenarios 3 and 19 (vrrp.md 3.4), and brain 5.6, 6.1, 6.4.
 * In all of them the order counts: priority 0 first, the other's claim, then the removal of the addresses.
 */
import assert from 'node:assert/strict';
import { now, until } from '../../lab/clock.ts';
import { isAlive, markOf } from '../../lab/registry.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { watchAddresses } from './address-log.ts';
import { codesOf, eventOf, heardMore, ownedBy, routerOf, stage, start, startBoth } from './stage.ts';

/** Whoever comes back stays standby, so that one move is all there is to see. */
const STAY = { ha: { preempt: false } };

const goneAfter = (tandem: Tandem): ((name: 'guardian' | 'engine' | 'helper') => void) => {
  const marks = new Map(
    (['guardian', 'engine', 'helper'] as const).map((name) => [name, markOf(tandem.pid(name) ?? -1)]),
  );
  return (name) => {
    const mark = marks.get(name);
    assert.ok(mark === null || mark === undefined || !isAlive(mark), `the ${name} is gone`);
  };
};

describe('processes that end', function () {
  this.timeout(60_000);
  const on = stage();

  it('SIGTERM to every process of it at once: priority 0, addresses gone, exit 0', async () => {
    const [a, b] = await startBoth(on);
    const wire = await startWatcher(on.client, 'eth0');
    const gone = goneAfter(a);
    a.program.signalGroup('SIGTERM');
    // As a supervisor does that ends a whole control group: the children get it too.
    for (const name of ['engine', 'helper'] as const) if (a.pid(name) !== null) a.kill(name, 'SIGTERM');
    assert.deepEqual(await a.program.exited, { code: 0, signal: null });
    await ownedBy(on, 'b');
    assert.equal((await b.status()).reason.code, 'resigned');
    assert.equal(wire.adverts({ source: on.a.address, priority: 0 }).length, 1);
    for (const name of ['guardian', 'engine', 'helper'] as const) gone(name);
    assert.equal(a.pid('engine'), null, 'no process id is left behind');
  });

  it('SIGTERM with nobody to take over: priority 0, and the addresses go all the same', async () => {
    const a = await start(on.a);
    await a.waitRole('active');
    const wire = await startWatcher(on.client, 'eth0');
    await a.stop();
    await until(() => wire.adverts({ source: on.a.address, priority: 0 }).length === 1, { what: 'priority 0' });
    assert.equal(on.a.host.has(VIP), false);
  });

  it('SIGKILL of the guardian: the engine resigns, removes its addresses and leaves', async () => {
    const [a, b] = await startBoth(on);
    const wire = await startWatcher(on.client, 'eth0');
    const gone = goneAfter(a);
    a.kill('guardian');
    await ownedBy(on, 'b');
    assert.equal((await b.waitRole('active')).reason.code, 'resigned');
    assert.equal(wire.adverts({ source: on.a.address, priority: 0 }).length, 1);
    await until(() => !attempted(() => gone('engine')), { what: 'the engine leaves' });
  });

  it('SIGKILL of the engine, and nobody known to be able to take over: the guardian goes on in its place, and the next engine adopts the addresses', async () => {
    const [a, b] = await startBoth(on, STAY);
    const wire = await startWatcher(on.client, 'eth0');
    const log = await watchAddresses(on.a.host);
    const before = a.pid('engine');
    const killed = now();
    a.kill('engine');
    await until(() => a.pid('engine') !== before && a.pid('engine') !== null, { what: 'another engine' });
    await a.waitStatus((status) => status.reason.code === 'adopted', 'the next engine has adopted them');
    assert.match(await eventOf(a, 'predecessorEnded'), /SIGKILL|signal/);
    await heardMore(b, 5);
    assert.deepEqual(wire.adverts({ source: on.a.address, priority: 0 }), [], 'nobody resigns');
    assert.deepEqual(wire.adverts({ source: on.b.address }), [], 'the other hears adverts all the time');
    assert.ok(!log.removals().includes(VIP), 'the address never leaves the interface');
    assert.ok(wire.adverts({ source: on.a.address, after: killed }).length > 5);
    await ownedBy(on, 'a');
    // What was adopted is its own: it is let go as everything else.
    await a.stop();
    await ownedBy(on, 'b');
  });

  it('scenario 19: an engine that stands still is killed, and its addresses stay in service', async () => {
    const [a, b] = await startBoth(on, STAY);
    const wire = await startWatcher(on.client, 'eth0');
    const gone = goneAfter(a);
    a.freeze('engine');
    await a.waitStatus((status) => status.reason.code === 'adopted', 'its successor has adopted them');
    gone('engine');
    assert.ok((await codesOf(a)).includes('predecessorEnded'), 'its successor tells it');
    assert.deepEqual(wire.adverts({ source: on.a.address, priority: 0 }), []);
    await ownedBy(on, 'a');
    assert.equal((await b.status()).role, 'standby');
  });

  it('scenario 19: an instance that stood still as a whole steps down before it asserts anything @long', async () => {
    const [a, b] = await startBoth(on, STAY);
    const frozen = (['guardian', 'engine'] as const).toReversed();
    for (const name of frozen) a.freeze(name);
    assert.equal((await b.waitRole('active')).reason.code, 'masterDown');
    await heardFromSelf(b);
    const wire = await startWatcher(on.client, 'eth0');
    for (const name of frozen.toReversed()) a.continue(name);
    await a.waitRole('standby');
    await ownedBy(on, 'b');
    await heardMore(a, 5);
    assert.equal(
      wire.adverts({ source: on.a.address }).filter(({ priority }) => priority > 0).length,
      0,
      'not one claim',
    );
    assert.equal((await b.status()).role, 'active');
    assert.equal(routerOf(await b.status()).counters.activeTransitions, 1);
  });

  it('scenario 3: what SIGKILL of everything leaves is removed at the next start, and nothing else', async () => {
    const [a, b] = await startBoth(on);
    // A second daemon of the same host, with a stack of its own, and an address that somebody added by hand.
    const second = await start(on.a, { router: { name: 'other', id: 60, addresses: ['10.77.0.160/24'] } });
    await second.waitRole('active');
    on.a.host.ip('addr add 10.77.0.170/24 dev eth0');
    // The guardian must not see its engine die.
    a.freeze('guardian');
    a.kill('engine');
    a.kill('guardian');
    await a.program.exited;
    await b.waitRole('active');
    assert.equal((await b.status()).reason.code, 'masterDown', 'nobody resigned');
    assert.ok(on.a.host.has(VIP), 'the address is still there');

    const wire = await startWatcher(on.client, 'eth0');
    const log = await watchAddresses(on.a.host);
    const again = await start(on.a, {}, { again: a });
    assert.match(await eventOf(again, 'leftoverRemoved'), /10\.77\.0\.100/);
    await again.waitRole('active');
    await ownedBy(on, 'a');
    const removed = await log.removed(VIP);
    const first = await wire.waitFor(
      'a advertises',
      (seen) => seen.kind === 'advert' && seen.priority === 200 && seen.vrid === 51,
    );
    assert.ok(removed < first.at, 'first the removal, then the first advert');
    const sources = new Set(wire.adverts().map(({ source }) => source));
    assert.deepEqual([...sources].toSorted(), [on.a.address, on.b.address], 'none from a virtual address');
    assert.deepEqual(log.removals(), [VIP], 'nothing else was removed');
    assert.ok(on.a.host.has('10.77.0.160') && on.a.host.has('10.77.0.170'), 'the others are there');
    assert.equal((await second.status()).role, 'active');
    assert.equal(routerOf(await second.status(), 'other').counters.addressesRestored, 0);
    assert.equal((await again.events()).filter(({ reason }) => reason.code === 'leftoverRemoved').length, 1);
  });
});

/** Waits until it has sent some adverts of its own. */
async function heardFromSelf(tandem: Tandem): Promise<void> {
  const before = routerOf(await tandem.status()).counters.advertsSent;
  await tandem.waitStatus((status) => routerOf(status).counters.advertsSent > before + 3, 'adverts are sent');
}

/** True if it throws. */
function attempted(check: () => void): boolean {
  try {
    check();
    return false;
  } catch {
    return true;
  }
}
