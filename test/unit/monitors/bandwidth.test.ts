import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Instant } from '../../../core/clock.ts';
import type { BandwidthPlan } from '../../../config/plan.ts';
import {
  type Bandwidth,
  addSample,
  averageBps,
  bandwidthState,
  bandwidthStatus,
  beginMeasuring,
  endMeasuring,
  hasRecovered,
  isLow,
  newBandwidth,
  presentBps,
  replanBandwidth,
  sampleIntervalMs,
} from '../../../monitors/bandwidth.ts';

/** 1 Mbps is 125 bytes in a millisecond. */
const PLAN: BandwidthPlan = {
  enabled: true,
  minimum: 1_000_000,
  windowMs: 10_000,
  interfaces: ['eth0', 'eth2'],
  cooldownMs: 900_000,
};

type Counters = Readonly<Record<string, number>>;

/** An instance that reads its counters every 500 ms. */
class Rig {
  bandwidth: Bandwidth;
  now = 0;
  counters: Record<string, number> = { eth0: 1e6, eth2: 5e6 };

  constructor(plan: BandwidthPlan = PLAN) {
    this.bandwidth = newBandwidth(plan);
  }

  sample(counters: Counters = this.counters): this {
    this.bandwidth = addSample(this.bandwidth, new Map(Object.entries(counters)), this.now as Instant);
    return this;
  }

  begin(): this {
    this.bandwidth = beginMeasuring(this.bandwidth);
    return this;
  }

  /** Traffic at this rate on eth0 for so long. */
  flow(bps: number, ms: number): this {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 500;
      this.counters['eth0'] = this.counters['eth0']! + (bps / 8000) * 500;
      this.sample();
    }
    return this;
  }

  get state(): string {
    return bandwidthState(this.bandwidth);
  }
}

const active = (plan?: BandwidthPlan): Rig => new Rig(plan).sample().begin().sample();

describe('bandwidth', () => {
  it('is judged only after one full window as the active', () => {
    const rig = active().flow(0, 9500);
    assert.equal(rig.state, 'measuring');
    assert.equal(isLow(rig.bandwidth), false);
    rig.flow(0, 500);
    assert.equal(rig.state, 'low');
    assert.equal(isLow(rig.bandwidth), true);
  });

  it('is not judged by what came before it became active', () => {
    const rig = new Rig().sample().flow(5e6, 20_000).begin().flow(0, 500);
    assert.equal(rig.state, 'measuring');
    rig.flow(0, 10_000);
    assert.equal(rig.state, 'low');
    assert.equal(averageBps(rig.bandwidth), 0);
  });

  it('is low below the minimum, and not at it', () => {
    assert.equal(active().flow(999_000, 10_000).state, 'low');
    assert.equal(active().flow(1_000_000, 10_000).state, 'ok');
  });

  it('is the sum of all interfaces', () => {
    const rig = active();
    for (let n = 0; n < 20; n += 1) {
      rig.counters['eth2'] = rig.counters['eth2']! + 62.5 * 500;
      rig.flow(500_000, 500);
    }
    assert.equal(Math.round(averageBps(rig.bandwidth)!), 1_000_000);
    assert.equal(rig.state, 'ok');
  });

  it('counts an interface that is named twice once', () => {
    const rig = active({ ...PLAN, interfaces: ['eth0', 'eth0'] }).flow(1_000_000, 10_000);
    assert.equal(Math.round(averageBps(rig.bandwidth)!), 1_000_000);
  });

  it('forgives a pause that the window bears', () => {
    const rig = active().flow(2e6, 10_000).flow(0, 4000);
    assert.equal(rig.state, 'ok');
    assert.equal(rig.flow(0, 1500).state, 'low');
  });

  it('has recovered when a full window has at least the minimum again', () => {
    const rig = active().flow(0, 10_000).flow(1_000_000, 9500);
    assert.equal(hasRecovered(rig.bandwidth), false);
    assert.equal(hasRecovered(rig.flow(1_000_000, 500).bandwidth), true);
    assert.equal(isLow(rig.bandwidth), false);
  });

  it('has not recovered while it is still being measured', () => {
    assert.equal(hasRecovered(active().flow(9e6, 5000).bandwidth), false);
  });

  it('is off on an instance that is not active, and where it is not enabled', () => {
    const rig = active().flow(0, 10_000);
    rig.bandwidth = endMeasuring(rig.bandwidth);
    assert.equal(rig.state, 'off');
    assert.equal(averageBps(rig.bandwidth), null);
    assert.equal(active({ ...PLAN, enabled: false }).flow(0, 20_000).state, 'off');
  });

  it('begins a new window each time that it becomes active, and only then', () => {
    const rig = active().flow(0, 9500).begin().flow(0, 500);
    assert.equal(rig.state, 'low');
    rig.bandwidth = endMeasuring(rig.bandwidth);
    assert.equal(rig.begin().flow(0, 9500).state, 'measuring');
  });
});

describe('the counters of an interface', () => {
  it('that were reset count from zero', () => {
    const rig = active();
    rig.now += 1000;
    rig.sample({ eth0: 500, eth2: 5e6 });
    assert.equal(averageBps(rig.bandwidth), 4000);
  });

  it('contribute nothing for the time in which it was gone', () => {
    const rig = active();
    rig.now += 1000;
    rig.sample({ eth2: 5e6 });
    rig.now += 1000;
    // Back with more than it had, but nobody knows since when.
    rig.sample({ eth0: 9e6, eth2: 5e6 });
    assert.equal(averageBps(rig.bandwidth), 0);
    rig.now += 1000;
    rig.sample({ eth0: 9e6 + 375, eth2: 5e6 });
    assert.equal(averageBps(rig.bandwidth), 1000);
  });

  it('come to what a naive count of them comes to', () => {
    const value = fc.option(fc.integer({ min: 0, max: 1e12 }), { nil: null });
    const samples = fc.array(
      fc.record({ after: fc.integer({ min: 200, max: 5000 }), eth0: value, eth2: value, other: value }),
      { minLength: 2, maxLength: 60 },
    );
    fc.assert(
      fc.property(samples, (list) => {
        let bandwidth = beginMeasuring(newBandwidth(PLAN));
        let now = 0;
        const points: { at: number; bytes: number }[] = [];
        for (const [n, one] of list.entries()) {
          now += one.after;
          const present = Object.entries(one).filter(([name, bytes]) => name !== 'after' && bytes !== null);
          bandwidth = addSample(bandwidth, new Map(present as [string, number][]), now as Instant);
          const bytes = (['eth0', 'eth2'] as const).map((name) => {
            const [before, after] = [list[n - 1]?.[name] ?? null, one[name]];
            if (before === null || after === null) return 0;
            return after < before ? after : after - before;
          });
          points.push({ at: now, bytes: bytes[0]! + bytes[1]! });
        }
        const start = Math.max(points[0]!.at, now - PLAN.windowMs);
        const sum = points.slice(1).reduce((total, point, n) => {
          const from = points[n]!.at;
          const share = Math.max(0, point.at - Math.max(from, start)) / (point.at - from);
          return total + share * point.bytes;
        }, 0);
        const expected = (sum * 8000) / (now - start);
        const found = averageBps(bandwidth)!;
        assert.ok(Math.abs(found - expected) <= 1 + 1e-6 * expected, `${found} for ${expected}`);
      }),
    );
  });
});

describe('bandwidth after a reload', () => {
  const low = (): Bandwidth => active().flow(500_000, 10_000).bandwidth;

  it('compares with another minimum at once', () => {
    assert.equal(bandwidthState(low()), 'low');
    assert.equal(bandwidthState(replanBandwidth(low(), { ...PLAN, minimum: 400_000 })), 'ok');
  });

  for (const [what, change] of [
    ['another window', { windowMs: 5000 }],
    ['other interfaces', { interfaces: ['eth0'] }],
  ] as const) {
    it(`is measured anew with ${what}`, () => {
      assert.equal(bandwidthState(replanBandwidth(low(), { ...PLAN, ...change })), 'measuring');
    });
  }

  it('is measured from now on where it was not enabled before', () => {
    const rig = active({ ...PLAN, enabled: false }).flow(0, 20_000);
    rig.bandwidth = replanBandwidth(rig.bandwidth, PLAN);
    assert.equal(rig.state, 'measuring');
    assert.equal(rig.sample().flow(0, 10_000).state, 'low');
  });

  it('stays off on an instance that is not active', () => {
    assert.equal(bandwidthState(replanBandwidth(newBandwidth(PLAN), { ...PLAN, windowMs: 5000 })), 'off');
  });
});

describe('the bandwidth of the status', () => {
  it('shows the last second beside the window', () => {
    const rig = active().flow(1e6, 9000).flow(9e6, 1000);
    assert.deepEqual(bandwidthStatus(rig.bandwidth, 'b'), {
      enabled: true,
      bps: 9_000_000,
      averageBps: 1_800_000,
      minimum: 1_000_000,
      windowSeconds: 10,
      state: 'ok',
      disarmedBy: 'b',
    });
  });

  it('shows the last second on a standby too', () => {
    assert.equal(presentBps(new Rig().sample().flow(8e6, 3000).bandwidth), 8e6);
  });

  it('shows nothing where nothing is measured', () => {
    const { bps, averageBps: average } = bandwidthStatus(new Rig({ ...PLAN, interfaces: [] }).sample().bandwidth, null);
    assert.deepEqual({ bps, average }, { bps: null, average: null });
  });
});

describe('samples', () => {
  it('are some dozens in a window, ten in the shortest, and one a second at least', () => {
    assert.equal(sampleIntervalMs({ ...PLAN, windowMs: 1000 }), 100);
    assert.equal(sampleIntervalMs(PLAN), 156.25);
    assert.equal(sampleIntervalMs({ ...PLAN, windowMs: 3_600_000 }), 1000);
  });
});
