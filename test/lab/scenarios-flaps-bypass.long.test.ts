/** The flap limit, the bypass, and who ends it (brain 7 and 8). Every test has the software wires of the lab's link pair. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { now, sleep, until } from '../../lab/clock.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import type { Probe } from '../../lab/probe.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { PAIR, VIP } from '../../lab/topology.ts';
import { startTraffic } from '../../lab/traffic.ts';
import {
  claims,
  condition,
  knows,
  ownedBy,
  stage,
  startAppliances,
  startMember,
  startStack,
  withPairs,
} from './stage.ts';

describe('flap limit and bypass', function () {
  this.timeout(90_000);
  const on = stage(withPairs, 'nft');

  /** The pair of `a` goes down, and up again once it has let go; a flap. */
  async function flap(a: Tandem): Promise<void> {
    await a.waitRole('active');
    on.a.wan.cut();
    await a.waitStatus(({ role }) => role !== 'active', 'a lets go');
    on.a.wan.restore();
  }

  /** Traffic between outside and inside, with the appliances' software. */
  async function running(
    change: StackChange,
  ): Promise<{ readonly a: Tandem; readonly b: Tandem; readonly traffic: Probe }> {
    const [a, b] = await startStack(on, change);
    const traffic = await startTraffic(on.topology);
    await startAppliances(a, b);
    await traffic.answered();
    return { a, b, traffic };
  }

  for (const driver of ['nft', 'bridge'] as const) {
    it(`beyond the limit the primary is a wire (${driver}): latched, over a restart of the daemon, until an operator releases it`, async () => {
      const change: StackChange = { flaps: { max: 1 }, bypass: { driver, settle: '1s' } };
      const { a, b, traffic } = await running(change);
      await flap(a);
      assert.equal((await a.waitRole('active')).flaps.count, 1, 'as many as are allowed');
      await flap(a);
      const wired = await a.waitRole('bypass');
      assert.deepEqual([wired.bypass.state, wired.bypass.by, wired.bypass.latched], ['bypass', 'flaps', true]);
      assert.equal(wired.bypass.reason?.text, 'too many flaps: more than 1 within 15m');
      assert.ok(Date.parse(wired.bypass.reasonSince ?? '') <= Date.parse(wired.bypass.since ?? ''), 'first the reason');
      assert.deepEqual([wired.flaps.count, wired.flaps.latched, wired.eligible], [2, true, false]);
      await b.waitRole('active');
      await ownedBy(on, 'b');
      await knows(b, 'a', 'bypass');
      await traffic.answered({ after: now() + 500 });

      await a.stop();
      const again = await startMember(on, on.a, change, { again: a });
      const still = await again.waitRole('bypass');
      assert.deepEqual([still.bypass.state, still.bypass.latched, still.flaps.count], ['bypass', true, 2]);
      await ownedBy(on, 'b');
      await traffic.answered({ after: now() + 200 });

      const reset = await again.flapsReset();
      assert.equal(reset.code, 0, reset.stderr);
      const latched = await again.waitStatus(({ flaps }) => flaps.count === 0, 'the count is reset');
      assert.deepEqual([latched.role, latched.bypass.latched], ['bypass', true], 'the latch stays (brain 8.3)');

      const released = await again.bypass('release');
      assert.equal(released.code, 0, released.stderr);
      const free = await again.waitRole('active');
      assert.deepEqual([free.bypass.state, free.bypass.latched, free.flaps.count], ['inline', false, 0]);
      await ownedBy(on, 'a');
      await traffic.answered({ after: now() });
    });
  }

  it('field "Maximum allowed flaps": as many as it says are allowed, and 0 is no limit', async () => {
    const { a } = await running({ flaps: { max: 0 } });
    for (let n = 1; n <= 2; n += 1) {
      await flap(a);
      assert.equal((await a.waitRole('active')).flaps.count, n);
    }
    const lowered = { flaps: { max: 2 } };
    await a.stop();
    const again = await startMember(on, on.a, lowered, { again: a });
    const { flaps } = await again.waitRole('active');
    assert.deepEqual(
      [flaps.count, flaps.max],
      [2, 2],
      'flaps are remembered, and an orderly stop is none (brain 8.1, 8.2)',
    );
    await flap(again);
    await again.waitRole('bypass');
  });

  it('with `action: fault` it stays out of service, and is no wire', async () => {
    const { a, b } = await running({ flaps: { max: 1, action: 'fault' } });
    await flap(a);
    await flap(a);
    const out = await a.waitStatus(
      ({ faults }) => faults.some(({ name }) => name === 'flapLimit'),
      'a is at its limit',
    );
    assert.deepEqual([out.role, out.bypass.state], ['fault', 'inline']);
    await ownedBy(on, 'b');
    await sleep(2000);
    assert.equal((await a.status()).role, 'fault', 'a pair that is well again does not change it');
    const reset = await a.flapsReset();
    assert.equal(reset.code, 0, reset.stderr);
    await a.waitRole('active');
    assert.equal((await a.status()).flaps.count, 0);
    assert.equal(await claims(b), 2);
  });

  it('an instance that is not primary never becomes a wire: beyond the limit it is in fault', async () => {
    const [a, b] = await startStack(
      on,
      { ha: { preempt: false }, flaps: { max: 0 } },
      { flaps: { max: 1 }, ha: { preempt: false } },
    );
    for (let n = 0; n < 2; n += 1) {
      assert.equal((await a.switchover('b', 'none')).code, 0);
      await b.waitRole('active');
      on.b.wan.cut();
      await a.waitRole('active');
      on.b.wan.restore();
      if (n === 0) await knows(a, 'b', 'standby');
    }
    const out = await b.waitStatus(
      ({ faults }) => faults.some(({ name }) => name === 'flapLimit'),
      'b is at its limit',
    );
    assert.deepEqual([out.role, out.bypass.state, out.bypass.holder], ['fault', 'inline', false]);
    await ownedBy(on, 'a');
  });

  it("an operator's bypass gives the role away first, lasts over a restart of the daemon, and is ended by hand", async () => {
    const { a, b, traffic } = await running({ bypass: { settle: '1s' } });
    const engaged = await a.bypass('engage');
    assert.equal(engaged.code, 0, engaged.stderr);
    const wired = await a.waitRole('bypass');
    assert.deepEqual([wired.bypass.state, wired.bypass.by, wired.bypass.latched], ['bypass', 'operator', false]);
    assert.match(wired.bypass.reason?.text ?? '', /^asked for by /);
    assert.match((await a.cli('bypass')).stdout, /^bypass: engaged since .*, asked for by .*driver nft/s);
    await b.waitRole('active');
    await ownedBy(on, 'b');
    await traffic.answered({ after: now() + 300 });
    await a.stop();
    const again = await startMember(on, on.a, { bypass: { settle: '1s' } }, { again: a });
    const found = (await again.waitRole('bypass')).bypass;
    assert.deepEqual([found.by, found.reason?.text], ['operator', wired.bypass.reason?.text], 'who asked is kept');
    assert.equal((await again.bypass('release')).code, 0);
    await again.waitRole('active');
    await ownedBy(on, 'a');
    assert.equal((await again.status()).flaps.count, 0, "an operator's command is no flap (brain 8.1)");
  });

  it('service down: the holder is a wire, the other one is not, and an eligible instance ends it', async () => {
    const { a, b, traffic } = await running({ bypass: { settle: '1s' } });
    on.a.data.cut();
    on.b.data.cut();
    const wired = await a.waitRole('bypass');
    assert.deepEqual([wired.bypass.by, wired.bypass.latched, wired.bypass.holder], ['serviceDown', false, true]);
    assert.match(wired.bypass.reason?.text ?? '', /^no instance of the stack is eligible: /);
    await condition(b, 'serviceDown');
    assert.equal((await b.status()).bypass.state, 'inline', 'a second wire beside the first is a loop (brain 7.2)');
    await traffic.answered({ after: now() + 300 });
    on.b.data.restore();
    await b.waitRole('active');
    await a.waitStatus(({ bypass }) => bypass.state === 'inline', 'the wire ends');
    on.a.data.restore();
    await a.waitRole('active');
    await traffic.answered({ after: now() });
  });

  it('service down without another instance: the holder tries again once it is well', async () => {
    const a = await startMember(on, on.a, { bypass: { settle: '1s' } });
    await a.waitRole('active');
    on.a.data.cut();
    await a.waitStatus(({ bypass }) => bypass.by === 'serviceDown' && bypass.state === 'bypass', 'a is a wire', 45_000);
    assert.equal(on.a.host.has(VIP), false, 'no address on a wire');
    on.a.data.restore();
    await a.waitRole('active', 30_000);
    assert.equal((await a.status()).bypass.state, 'inline');
  });

  it('with onServiceDown off nobody becomes a wire: fail closed', async () => {
    const { a, b } = await running({ bypass: { onServiceDown: false } });
    on.a.data.cut();
    on.b.data.cut();
    await a.waitRole('fault');
    await b.waitRole('fault');
    await sleep(3000);
    assert.deepEqual([(await a.status()).bypass.state, (await b.status()).bypass.state], ['inline', 'inline']);
  });

  it("a bypass that is engaged behind its back counts as an operator's: resign, and an alarm", async () => {
    const file = join(on.a.host.folder('card'), 'wan1');
    writeFileSync(file, '0\n');
    const sysfs: StackChange = { bypass: { driver: 'sysfs', sysfs: { file: { [PAIR.name]: file } }, settle: '1s' } };
    const [a, b] = await startStack(on, sysfs, { bypass: { driver: 'none' } });
    writeFileSync(file, '1\n');
    await a.waitStatus(
      ({ bypass }) => bypass.state === 'bypass' && bypass.by === 'operator',
      "a takes it for somebody's hand",
    );
    await b.waitRole('active');
    await ownedBy(on, 'b');
    assert.ok(
      (await a.events()).some(({ reason, severity }) => /bypass/.test(reason.text) && severity === 'critical'),
      'an alarm',
    );
  });

  it('scenario 25: hardware that switches pairs by a file: inline while active, bypass when out of service, and untouched by a death', async () => {
    const file = join(on.a.host.folder('card'), 'wan1');
    writeFileSync(file, '0\n');
    const card = (): string => readFileSync(file, 'utf8').trim();
    const change: StackChange = { bypass: { driver: 'sysfs', sysfs: { file: { [PAIR.name]: file } }, settle: '1s' } };
    const [a, b] = await startStack(on, change, { bypass: { driver: 'none' } });
    assert.equal(card(), '0');
    on.a.data.cut();
    on.b.data.cut();
    await until(() => card() === '1', { what: 'the card is told to bypass', limitMs: 20_000 });
    on.b.data.restore();
    await until(() => card() === '0', { what: 'the card is told to go back', limitMs: 20_000 });
    await b.waitRole('active');
    on.a.data.restore();
    await a.waitRole('active');
    // What closes the card now is its own watchdog, not a process of ours.
    a.freeze('guardian');
    a.kill('engine');
    a.kill('guardian');
    await a.program.exited;
    await b.waitRole('active');
    assert.equal(card(), '0');
  });
});
