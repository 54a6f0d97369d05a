import assert from 'node:assert/strict';
import type { Instant } from '../../../core/clock.ts';
import type { TandemEvent } from '../../../core/event.ts';
import { createMeter } from '../../../daemon/engine/measurements.ts';

function rig() {
  const time = { now: 0 };
  const meter = createMeter({ now: () => time.now as Instant, wall: () => time.now });
  const event = (more: Partial<TandemEvent>): void =>
    meter.event({
      id: 'x',
      seq: 1,
      at: '1970-01-01T00:00:00.000Z',
      instance: 'a',
      kind: 'role',
      severity: 'info',
      reason: { code: 'masterDown', text: 'no advert' },
      incident: 'i1',
      ...more,
    });
  return { time, meter, event };
}

describe('the measurements of the engine', () => {
  it('count lateness into buckets whose bounds are included', () => {
    const { meter } = rig();
    for (const late of [0, 0.1, 0.11, 5, 5.01, 4000]) meter.timer(late);
    const { bounds, counts, count, sum } = meter.read().timerLatenessMs;
    assert.equal(counts.length, bounds.length + 1);
    assert.deepEqual([counts[0], counts[1], counts[bounds.indexOf(5)], counts[bounds.indexOf(10)]], [2, 1, 1, 1]);
    assert.deepEqual([counts.at(-1), count, sum], [1, 6, 4010.22]);
  });

  it('count how much later than its time the tick came', () => {
    const { time, meter } = rig();
    for (const now of [0, 10, 27, 30]) {
      time.now = now;
      meter.tick(10);
    }
    const { count, sum } = meter.read().eventLoopDelayMs;
    assert.deepEqual([count, sum], [3, 7]);
  });

  const at = (ms: number): Instant => ms as Instant;

  it('take a failover from the first event of its incident to the addresses in service', () => {
    const { time, meter, event } = rig();
    event({ kind: 'peer', severity: 'warning', reason: { code: 'peerUnhealthy', text: 'b is silent' } });
    time.now = 12;
    meter.moved({ taken: { since: at(12), asked: false }, given: [] });
    time.now = 20;
    event({ from: 'standby', to: 'active' });
    const { byReason, durationMs, last } = meter.read().failovers;
    assert.deepEqual([byReason, durationMs.count, durationMs.sum], [{ masterDown: 1 }, 1, 20]);
    assert.deepEqual([last?.reason, last?.durationMs, meter.lastTakeover()], ['no advert', 20, last]);
  });

  it('take one that nothing was said of before from its decision', () => {
    const { time, meter, event } = rig();
    time.now = 1000;
    meter.moved({ taken: { since: at(1000), asked: false }, given: [] });
    time.now = 1003;
    event({ from: 'standby', to: 'active' });
    assert.equal(meter.lastTakeover()?.durationMs, 3);
  });

  it('take a handover from the asking, whatever the incident saw before', () => {
    const { time, meter, event } = rig();
    event({ kind: 'track', severity: 'warning', reason: { code: 'trackDown', text: 'gateway is down' } });
    time.now = 8010;
    meter.moved({ taken: { since: at(8000), asked: true }, given: [] });
    time.now = 8012;
    event({ from: 'standby', to: 'active', reason: { code: 'tookOver', text: 'took over from b' } });
    const { byReason, durationMs } = meter.read().failovers;
    assert.deepEqual([byReason, durationMs.count, durationMs.sum], [{ tookOver: 1 }, 1, 12]);
  });

  it('say no duration where no address had to be taken, nor that of an earlier takeover', () => {
    const { time, meter, event } = rig();
    meter.moved({ taken: { since: at(0), asked: true }, given: [] });
    event({ from: 'standby', to: 'active' });
    event({ from: 'active', to: 'standby' });
    time.now = 50;
    event({ from: 'standby', to: 'active' });
    assert.deepEqual([meter.lastTakeover()?.durationMs, meter.read().failovers.durationMs.count], [null, 1]);
  });

  it('take a role that is given away from the asking to the word of the peer, by purpose', () => {
    const { time, meter, event } = rig();
    assert.equal(meter.lastHandover(), null);
    time.now = 109;
    meter.moved({ taken: null, given: [{ peer: 'b', purpose: 'switchover', since: at(100) }] });
    event({ from: 'active', to: 'standby', reason: { code: 'handedOver', text: 'handed over to b' } });
    const { failovers, handovers } = meter.read();
    assert.deepEqual([failovers.byReason, handovers.byPurpose], [{}, { switchover: 1 }]);
    assert.deepEqual([handovers.durationMs.count, handovers.durationMs.sum], [1, 9]);
    assert.deepEqual(meter.lastHandover(), {
      at: '1970-01-01T00:00:00.109Z',
      peer: 'b',
      purpose: 'switchover',
      durationMs: 9,
    });
  });

  it('take no failover from an instance that lets go', () => {
    const { meter, event } = rig();
    event({ from: 'active', to: 'standby' });
    event({ kind: 'address', reason: { code: 'addressesLetGo', text: '' }, incident: null });
    assert.deepEqual(meter.read().failovers.byReason, {});
  });
});
