import assert from 'node:assert/strict';
import type { Instant } from '../../../core/clock.ts';
import type { PairPlan } from '../../../config/plan.ts';
import { createLinkReader } from '../../../monitors/link-reader.ts';
import {
  type Pairs,
  activeCount,
  linksStatus,
  measured,
  newPairs,
  observePort,
  replanPairs,
  verdict,
} from '../../../monitors/pairs.ts';

const at = (ms: number): Instant => ms as Instant;
const WAN1: PairPlan = { name: 'wan1', outside: 'eth0', inside: 'eth1' };
const WAN2: PairPlan = { name: 'wan2', outside: 'eth2', inside: 'eth3' };
const WAN3: PairPlan = { name: 'wan3', outside: 'eth4', inside: 'eth5' };

const allUp = (...plan: PairPlan[]): Pairs => newPairs(plan, at(0), () => true);
const states = (pairs: Pairs): readonly string[] => pairs.pairs.map((pair) => pair.state);

/** Ports that change, in order: `eth0-` loses its carrier, `eth0+` has it again, one every 100 ms. */
function after(pairs: Pairs, ...changes: readonly string[]): Pairs {
  return changes.reduce(
    (before, change, n) => observePort(before, change.slice(0, -1), change.endsWith('+'), at(100 * (n + 1))),
    pairs,
  );
}

describe('a link pair', () => {
  it('is up only if both ports have carrier', () => {
    assert.deepEqual(states(allUp(WAN1)), ['up']);
    assert.deepEqual(states(after(allUp(WAN1), 'eth0-')), ['half']);
    assert.deepEqual(states(after(allUp(WAN1), 'eth1-')), ['half']);
    assert.deepEqual(states(after(allUp(WAN1), 'eth0-', 'eth1-')), ['down']);
    assert.deepEqual(states(after(allUp(WAN1), 'eth0-', 'eth1-', 'eth0+', 'eth1+')), ['up']);
  });

  it('is down until its ports were read', () => {
    assert.deepEqual(states(newPairs([WAN1], at(0))), ['down']);
  });

  it('is in its state since it came into it, not since a port of it changed', () => {
    const pairs = after(allUp(WAN1), 'eth0-', 'eth1-', 'eth0+', 'eth0-', 'eth1+');
    assert.equal(pairs.pairs[0]?.state, 'half');
    assert.equal(pairs.pairs[0]?.since, 500);
    const other = after(allUp(WAN1), 'eth0-', 'eth0-', 'eth0-');
    assert.equal(other.pairs[0]?.since, 100);
  });

  it('is told of by nothing that has not changed', () => {
    const pairs = allUp(WAN1);
    assert.equal(observePort(pairs, 'eth0', true, at(100)), pairs);
    assert.equal(observePort(pairs, 'eth9', false, at(100)), pairs);
    assert.equal(measured(pairs, true, at(100)), pairs);
  });

  it('keeps its state and its time over a reload that does not touch it', () => {
    const before = after(allUp(WAN1, WAN2), 'eth0-');
    const pairs = replanPairs(before, [WAN3, WAN1], at(500), (name) => name === 'eth4');
    assert.deepEqual(states(pairs), ['half', 'half']);
    assert.deepEqual(
      pairs.pairs.map((pair) => pair.since),
      [500, 100],
    );
  });

  it('is another one after a reload that gives it another port', () => {
    const pairs = replanPairs(allUp(WAN1), [{ ...WAN1, inside: 'eth7' }], at(500), (name) => name !== 'eth7');
    assert.deepEqual(states(pairs), ['half']);
  });
});

describe('the fault linkPairs', () => {
  it('stands while fewer pairs are up than there must be', () => {
    const pairs = allUp(WAN1, WAN2);
    assert.equal(verdict(pairs, 2).short, false);
    assert.equal(verdict(after(pairs, 'eth0-'), 2).short, true);
    assert.equal(verdict(after(pairs, 'eth0-'), 1).short, false);
  });

  it('is hard only if not one pair is up', () => {
    assert.equal(verdict(after(allUp(WAN1, WAN2), 'eth0-'), 2).hard, false);
    assert.equal(verdict(after(allUp(WAN1, WAN2), 'eth0-', 'eth3-'), 2).hard, true);
  });

  it('never stands where the minimum is 0, even with every pair down', () => {
    const { short, hard, sinceUnbroken } = verdict(newPairs([WAN1], at(0)), 0);
    assert.deepEqual({ short, hard, sinceUnbroken }, { short: false, hard: false, sinceUnbroken: -Infinity });
  });

  it('says what is missing', () => {
    assert.equal(verdict(after(allUp(WAN1), 'eth0-'), 1).detail, 'link pairs 0 of 1: wan1 down (eth0 no carrier)');
    assert.equal(
      verdict(after(allUp(WAN1, WAN2, WAN3), 'eth0-', 'eth1-', 'eth5-'), 2).detail,
      'link pairs 1 of 3, minimum 2: wan1 down (eth0, eth1 no carrier), wan3 down (eth5 no carrier)',
    );
    assert.equal(verdict(allUp(WAN1), 1).detail, '');
  });

  it('names eight pairs at most', () => {
    const plan = Array.from({ length: 10 }, (_, n) => ({ name: `p${n}`, outside: `o${n}`, inside: `i${n}` }));
    const { detail } = verdict(newPairs(plan, at(0)), 1);
    assert.match(detail, /p7 down \(o7, i7 no carrier\), and 2 more$/);
  });

  it('may clear by the time that enough pairs have each been up without a break', () => {
    const short = after(allUp(WAN1), 'eth0-');
    assert.equal(verdict(short, 1).sinceUnbroken, Infinity);
    assert.equal(verdict(observePort(short, 'eth0', true, at(300)), 1).sinceUnbroken, 300);
    // A break of one port begins the time anew.
    const broken = after(allUp(WAN1), 'eth0-', 'eth0+', 'eth1-', 'eth1+');
    assert.equal(verdict(broken, 1).sinceUnbroken, 400);
  });

  it('takes the pairs that have been up longest, as many as there must be', () => {
    const pairs = after(newPairs([WAN1, WAN2, WAN3], at(0)), 'eth4+', 'eth5+', 'eth0+', 'eth1+', 'eth2+', 'eth3+');
    assert.equal(verdict(pairs, 1).sinceUnbroken, 200);
    assert.equal(verdict(pairs, 2).sinceUnbroken, 400);
    assert.equal(verdict(pairs, 3).sinceUnbroken, 600);
  });

  it('does not take two pairs that take turns for one that has been up all the time', () => {
    const turns = after(allUp(WAN1), 'eth0-');
    const pairs = replanPairs(turns, [WAN1, WAN2], at(200), () => true);
    const turned = observePort(observePort(pairs, 'eth0', true, at(300)), 'eth2', false, at(400));
    assert.equal(verdict(turned, 1).sinceUnbroken, 300);
  });
});

describe('link pairs while the bypass driver reads bypass', () => {
  const bypassed = measured(after(allUp(WAN1), 'eth0-'), false, at(1000));

  it('are not measured', () => {
    assert.deepEqual(states(bypassed), ['notMeasured']);
    assert.deepEqual(states(observePort(bypassed, 'eth1', false, at(1100))), ['notMeasured']);
    assert.equal(activeCount(bypassed), 0);
    assert.equal(observePort(bypassed, 'eth1', false, at(1100)).pairs[0]?.since, 1000);
  });

  it('neither set nor hold the fault', () => {
    const { short, hard, sinceUnbroken } = verdict(bypassed, 1);
    assert.deepEqual({ short, hard, sinceUnbroken }, { short: false, hard: false, sinceUnbroken: -Infinity });
  });

  it('show afterwards what was read meanwhile, and count their time anew', () => {
    const back = measured(observePort(bypassed, 'eth0', true, at(1100)), true, at(2000));
    assert.deepEqual(states(back), ['up']);
    assert.equal(verdict(back, 1).sinceUnbroken, 2000);
    assert.equal(verdict(measured(bypassed, true, at(2000)), 1).short, true);
  });

  it('stay unmeasured over a reload', () => {
    assert.deepEqual(states(replanPairs(bypassed, [WAN1, WAN2], at(1500), () => true)), ['notMeasured', 'notMeasured']);
  });
});

describe('the links of the status', () => {
  it('show every pair with its ports', () => {
    assert.deepEqual(
      linksStatus(after(allUp(WAN1, WAN2), 'eth3-'), { minimumActive: 1, intervalMs: 100 }, (when) => `t${when}`),
      {
        active: 1,
        minimum: 1,
        intervalMs: 100,
        pairs: [
          {
            name: 'wan1',
            state: 'up',
            outside: true,
            inside: true,
            outsideInterface: 'eth0',
            insideInterface: 'eth1',
            outsideSince: 't0',
            insideSince: 't0',
            since: 't0',
          },
          {
            name: 'wan2',
            state: 'half',
            outside: true,
            inside: false,
            outsideInterface: 'eth2',
            insideInterface: 'eth3',
            outsideSince: 't0',
            insideSince: 't100',
            since: 't100',
          },
        ],
      },
    );
  });
});

describe('the reader of ports', () => {
  it('gives no carrier to a port that is down or not there', () => {
    const view: Readonly<Record<string, { up: boolean }>> = { eth0: { up: true }, eth1: { up: false } };
    const carrier = createLinkReader({ interface: (name) => view[name] ?? null });
    assert.deepEqual(['eth0', 'eth1', 'eth2'].map(carrier), [true, false, false]);
  });
});
