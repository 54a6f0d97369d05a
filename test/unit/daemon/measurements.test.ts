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

  it('take a failover from the first event of its incident to the addresses in service, once', () => {
    const { time, meter, event } = rig();
    event({ kind: 'peer', severity: 'warning', reason: { code: 'peerUnhealthy', text: 'b is silent' } });
    time.now = 12;
    event({ from: 'standby', to: 'active' });
    assert.equal(meter.read().failovers.last?.durationMs, null);
    time.now = 20;
    event({ kind: 'address', reason: { code: 'addressesTaken', text: '1 address taken' } });
    event({ kind: 'address', reason: { code: 'addressesTaken', text: '1 address taken' } });
    const { byReason, durationMs, last } = meter.read().failovers;
    assert.deepEqual([byReason, durationMs.count, durationMs.sum], [{ masterDown: 1 }, 1, 20]);
    assert.deepEqual([last?.reason, last?.durationMs], ['no advert', 20]);
  });

  it('take no failover from an instance that lets go', () => {
    const { meter, event } = rig();
    event({ from: 'active', to: 'standby' });
    event({ kind: 'address', reason: { code: 'addressesLetGo', text: '' }, incident: null });
    assert.deepEqual(meter.read().failovers.byReason, {});
  });
});
