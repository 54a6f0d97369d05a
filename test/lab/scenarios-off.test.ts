/** Mode off (brain 10): an address is taken only if nobody has it, and given up as soon as somebody else claims it. */
import assert from 'node:assert/strict';
import { until } from '../../lab/clock.ts';
import { VIP } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { frame, startSender } from './foreign-router.ts';
import { ownedBy, stage, start } from './stage.ts';

describe('mode off', function () {
  this.timeout(60_000);
  const on = stage();
  const OFF = { ha: { mode: 'off' } };

  it('takes an address that nobody has, says no word of VRRP, and gives way to whoever advertises it', async () => {
    const wire = await startWatcher(on.client, 'eth0');
    const a = await start(on.a, OFF);
    const active = await a.waitRole('active');
    assert.equal(active.reason.code, 'nobodyHasIt');
    await ownedBy(on, 'a');
    await until(() => wire.announcements({ address: VIP }).length > 0, { what: 'the address is announced' });
    assert.ok(
      wire.seen.some((seen) => seen.kind === 'question' && seen.address === VIP),
      'it asked first',
    );

    const sender = await startSender(on.client);
    sender.send(frame({ priority: 1 }));
    const fault = await a.waitRole('fault');
    assert.equal(fault.faults[0]?.name, 'addressInUse');
    assert.equal(on.a.host.has(VIP), false);
    assert.equal(wire.adverts({ source: on.a.address }).length, 0);
  });

  it('leaves an address alone that somebody has', async () => {
    on.b.host.ip(`addr add ${VIP}/24 dev eth0`);
    const a = await start(on.a, OFF);
    const fault = await a.waitRole('fault');
    assert.equal(fault.faults[0]?.name, 'addressInUse');
    assert.match(fault.faults[0]?.text ?? '', /02:77:00:00:00:02/, 'and says who');
    await ownedBy(on, 'b');
  });
});
