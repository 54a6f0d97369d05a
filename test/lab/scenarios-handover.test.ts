/**
 * Moves on purpose, and engines that die (brain 5, 6): the new active takes over and confirms before the old one lets go, so that the client
 * does not notice.
 */
import assert from 'node:assert/strict';
import { sleep, until } from '../../lab/clock.ts';
import { VIP } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { watchAddresses } from './address-log.ts';
import { claims, knows, ownedBy, stage, startMember, startStack, watchAddress, withBackup } from './stage.ts';

describe('a handover', function () {
  this.timeout(60_000);
  const on = stage(withBackup);

  it('a planned switchover there and back loses not one probe', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    const done = await a.switchover('b');
    assert.equal(done.code, 0, done.stderr);
    await address.probe.answered({ by: 'b' });
    assert.equal((await b.waitRole('active')).reason.code, 'tookOver');
    assert.equal((await a.waitRole('standby')).reason.code, 'handedOver');
    await ownedBy(on, 'b');
    await address.nothingLost();

    const back = await b.switchover('a');
    assert.equal(back.code, 0, back.stderr);
    await address.probe.answered({ by: 'a' });
    await a.waitRole('active');
    await ownedBy(on, 'a');
    await address.nothingLost();
  });

  it('a standby takes the role over by its own order, there and back without a lost probe', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    const done = await b.switchover('b', 'until-released');
    assert.equal(done.code, 0, done.stderr);
    await ownedBy(on, 'b');
    assert.equal((await b.status()).preemptionHeldUntil, 'released');
    const back = await a.switchover('a');
    assert.equal(back.code, 0, back.stderr);
    await ownedBy(on, 'a');
    assert.equal((await b.status()).preemptionHeldUntil, null, 'no hold is left behind');
    await address.nothingLost();
    const again = await a.switchover('a');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /cannot take over: this instance is active already/);
  });

  it('both sides know how long a move took: the one that took over, and the one that gave', async () => {
    const [a, b] = await startStack(on);
    const first = (await a.status()).lastTakeover;
    assert.ok(first !== null && first.durationMs !== null, 'the first time is one too');
    assert.equal((await a.switchover('b')).code, 0);
    const took = (await b.waitRole('active')).lastTakeover;
    const gave = (await a.waitRole('standby')).lastHandover;
    const generous = (ms: number | null | undefined): boolean => typeof ms === 'number' && ms > 0 && ms < 10_000;
    assert.ok(generous(took?.durationMs), `b took over within ${took?.durationMs} ms`);
    assert.ok(generous(gave?.durationMs), `a gave the role within ${gave?.durationMs} ms`);
    assert.deepEqual([gave?.peer, gave?.purpose], ['b', 'switchover']);
    // The better one takes it back: asked for by a want, given by b.
    assert.equal((await b.cli('switchover', '--release-hold')).code, 0);
    assert.ok(generous((await a.waitRole('active')).lastTakeover?.durationMs));
    assert.equal((await b.waitRole('standby')).lastHandover?.purpose, 'preemption');
  });

  it('the target has the addresses before it advertises with priority 254, and the giver removes them after that', async () => {
    const [a, b] = await startStack(on, { router: { interface: 'eth0' } });
    const wire = await startWatcher(on.client, 'eth0');
    const log = await watchAddresses(on.a.host);
    assert.equal((await a.switchover('b', 'until-released')).code, 0);
    await b.waitRole('active');
    const claim = await wire.waitFor(
      'b advertises with priority 254',
      (seen) => seen.kind === 'advert' && seen.source === on.b.address && seen.priority === 254,
    );
    const announced = wire.announcements({ address: VIP, mac: '02:77:00:00:00:02' })[0];
    assert.ok(announced !== undefined && announced.at < claim.at, 'announced before the advert (brain 5.3)');
    // Stamped by two programs.
    assert.ok(claim.at < (await log.removed(VIP)) + 5, 'let go after the advert');
    assert.deepEqual(
      wire.adverts({ source: on.a.address, after: claim.at + 50 }).map(({ priority }) => priority),
      [],
      'the giver is silent',
    );
    assert.equal((await b.status()).role, 'active');
  });

  it('holds preemption after a switchover, until it is released; the way back loses nothing either @long', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    assert.equal((await a.switchover('b', 'until-released')).code, 0);
    await knows(a, 'b', 'active');
    await sleep(2000);
    assert.deepEqual([(await a.status()).role, await claims(a)], ['standby', 1], 'the better one waits');
    const released = await b.cli('switchover', '--release-hold');
    assert.equal(released.code, 0, released.stderr);
    await a.waitRole('active');
    await ownedBy(on, 'a');
    await b.waitRole('standby');
    await address.nothingLost();
  });

  it('with --hold none the better one comes back by itself, by a handover @long', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    assert.equal((await a.switchover('b', 'none')).code, 0);
    await until(async () => (await claims(a)) === 2, { what: 'a is active again' });
    await ownedBy(on, 'a');
    assert.equal((await a.waitRole('active')).reason.code, 'tookOver');
    assert.equal(await claims(b), 1);
    await address.nothingLost();
  });

  it('a better instance that starts takes over by a handover: not one probe lost', async () => {
    const b = await startMember(on, on.b);
    await b.waitRole('active');
    const address = await watchAddress(on);
    const a = await startMember(on, on.a);
    await a.waitRole('active');
    await ownedBy(on, 'a');
    await b.waitRole('standby');
    await address.nothingLost();
  });

  it('SIGTERM with an eligible standby loses not one probe', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    await a.stop();
    assert.deepEqual(a.program.exit, { code: 0, signal: null });
    assert.equal((await b.waitRole('active')).reason.code, 'tookOver');
    await ownedBy(on, 'b');
    await address.probe.answered({ by: 'b' });
    await address.nothingLost();
  });

  it('is refused where nobody could take over, and to an instance that there is not @long', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    const unknown = await a.switchover('z');
    assert.notEqual(unknown.code, 0);
    assert.match(unknown.stderr, /\bz\b/);
    await b.stop();
    const refused = await a.switchover();
    assert.equal(refused.code, 1);
    assert.equal((await a.status()).role, 'active');
    await ownedBy(on, 'a');
    await address.nothingLost();
  });

  it('SIGKILL of the engine with a healthy standby: the will resigns, and the standby takes over', async () => {
    const [a, b] = await startStack(on, { ha: { preempt: false } });
    const log = await watchAddresses(on.a.host);
    const before = a.pid('engine');
    a.kill('engine');
    assert.notEqual((await b.waitRole('active')).reason.code, 'masterDown');
    await log.removed(VIP);
    await ownedBy(on, 'b');
    await until(() => a.pid('engine') !== before && a.pid('engine') !== null, { what: 'another engine' });
    await a.waitRole('standby');
    await knows(b, 'a', 'standby');
    assert.equal(await claims(b), 1);
    assert.equal((await a.status()).flaps.count, 1, 'the death was a flap (brain 8.2)');
  });

  it('SIGKILL of the engine without a healthy peer: the will holds, and the next engine adopts without a gap @long', async () => {
    const a = await startMember(on, on.a);
    await a.waitRole('active');
    const address = await watchAddress(on);
    const wire = await startWatcher(on.b.host, 'eth2');
    const log = await watchAddresses(on.a.host);
    const before = a.pid('engine');
    a.kill('engine');
    await until(() => a.pid('engine') !== before && a.pid('engine') !== null, { what: 'another engine' });
    assert.equal((await a.waitRole('active')).reason.code, 'adopted');
    await address.nothingLost();
    assert.deepEqual(log.removals(), [], 'the address was there all the time');
    assert.deepEqual(wire.adverts({ priority: 0 }), [], 'nobody resigned');
    assert.equal((await a.status()).flaps.count, 0, 'an adopted hold is no flap (brain 8.2)');
  });

  it('an engine that stands still is killed, and the standby takes over @long', async () => {
    const [a, b] = await startStack(on, { ha: { preempt: false } });
    a.freeze('engine');
    await b.waitRole('active');
    await ownedBy(on, 'b');
    await a.waitRole('standby');
  });
});
