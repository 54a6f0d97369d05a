/**
 * Thousands of scenarios with the real core, on two cores. `TANDEM_SCENARIOS` says how many, `TANDEM_SEED` where to begin:
 * TANDEM_SCENARIOS=1 TANDEM_SEED=89 npx mocha test/simulation/simulation.test.ts
 */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { FLAWS, type Flaw } from './flaws.ts';
import { type Pool, createPool } from './pool.ts';
import type { Stack } from './plans.ts';
import { createQueue } from './queue.ts';
import { createRandom } from './random.ts';
import { type Outcome, runScenario } from './scenario.ts';

const SCENARIOS = number('TANDEM_SCENARIOS', 5000);
const FIRST = number('TANDEM_SEED', 1);
const CHUNK = 500;

function number(variable: string, otherwise: number): number {
  const text = process.env[variable] ?? '';
  const value = text === '' ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${variable} is '${text}', a whole number expected`);
  return value;
}

/** Fails with everything that is needed to look into it. */
function assertHeld({ seed, violation, trace }: Outcome): void {
  if (violation === null) return;
  const again = `npm run simulate -- --scenarios 1 --seed ${seed} --trace`;
  assert.fail(`seed ${seed}: ${violation}\nagain: ${again}\n${trace.slice(-60).join('\n')}`);
}

describe('every invariant holds', function () {
  this.timeout(600_000);
  let pool: Pool;

  before(() => {
    process.stdout.write(`    seeds ${FIRST} to ${FIRST + SCENARIOS - 1}\n`);
    pool = createPool(Math.min(availableParallelism(), 8));
  });
  after(() => pool.close());

  for (let first = FIRST; first < FIRST + SCENARIOS; first += CHUNK) {
    const count = Math.min(CHUNK, FIRST + SCENARIOS - first);
    it(`in the scenarios ${first} to ${first + count - 1}`, async () => {
      const { scenarios, failures } = await pool.run({ first, count });
      failures.slice(0, 1).forEach(assertHeld);
      assert.equal(scenarios, count);
    });
  }
});

/** Each was wrong once. What the rule is has a test in test/unit/brain. */
const ONCE_WRONG: Readonly<Record<number, string>> = {
  7880: 'maintenance by force, where the peer takes one router and cannot take the other',
  103698: 'a bypass that is released before the disk had that it was engaged',
  128927: 'maintenance that is left before the disk had that it was begun',
  130195: 'a router that is added to a group which is just being adopted',
  131411: 'a router that is added to a group which is just being switched over, and nobody takes it',
  218058: 'a stop before what the guardian holds was adopted',
  222665: 'mode off, a peer that is active and cannot be heard, and `splitBrainGuard: false`',
  235167: 'a claim, a better report, and a handover of an instance in maintenance, within a Master_Down',
  256037: 'a refusal that comes over two paths, and counted twice',
  265503: 'an instance that stood still while the network answered it',
  266357: 'a claim, a better report, and a handover of an instance that stops, within a Master_Down',
  281217: 'a driver that does not obey, and an instance that becomes active meanwhile',
  134347: 'a held role that its holder loses to another, which then gives it to a better one',
};

describe('every invariant holds where it once did not', () => {
  for (const [seed, what] of Object.entries(ONCE_WRONG)) {
    it(`in ${seed}: ${what}`, () => assertHeld(runScenario(Number(seed))));
  }
});

describe('the simulator', function () {
  this.timeout(120_000);

  it('runs a seed the same way every time, to the last line of its trace', () => {
    for (const seed of [1, 2, 3, 4, 1000]) {
      const [once, again] = [runScenario(seed), runScenario(seed)];
      assert.deepEqual(again, once);
      assert.ok(once.steps > 10 && once.trace.length > 5, `seed ${seed}: ${once.steps} steps`);
    }
    assert.notDeepEqual(runScenario(1).trace, runScenario(2).trace);
  });

  /** What is noticed of each mistake. */
  const NOTICED: Readonly<Record<Flaw, RegExp>> = {
    deaf: /both active/,
    deafToPeers: /both active/,
    neverYields: /both active/,
    keepsAddresses: /but has its addresses|is on [a-e] and/,
    neverClaims: /nobody of|although \d+ could have it|on nobody/,
    losesTimer: /without a deadline/,
    tearsGroup: /torn/,
    neverPreempts: /could have it/,
    asksNobody: /took r\d unheard/,
    neverLetsGo: /has its addresses in|both active|is on/,
    restless: /claimed r\d twice/,
    neverAgrees: /a handover of \w+ does not end/,
    letsGoEarly: /go by agreement, and nobody has them/,
    keepsPriority: /keeps 254/,
    forgetsMaintenance: /maintenance was acknowledged and is lost/,
    forgetsBypass: /bypass was acknowledged and is lost/,
    opensLatch: /the latch opened by itself/,
    engagesBeside: /engages the bypass while it is active/,
    loops: /is not the holder/,
    neverReleases: /stays in bypass although somebody is eligible/,
    trustsDisk: /before the latch is on the disk/,
    neverEnds: /has no end/,
    forgetsHold: /is held/,
  };
  /** In which stack it is soon noticed; any, where it is not said. */
  const IN: Readonly<Partial<Record<Flaw, Stack>>> = {
    deaf: 'strangers',
    deafToPeers: 'peers',
    neverYields: 'strangers',
    neverClaims: 'strangers',
    neverPreempts: 'strangers',
    asksNobody: 'strangers',
    restless: 'strangers',
    neverAgrees: 'peers',
    letsGoEarly: 'peers',
    forgetsHold: 'peers',
    forgetsMaintenance: 'peers',
    forgetsBypass: 'guarded',
    opensLatch: 'guarded',
    engagesBeside: 'guarded',
    loops: 'guarded',
    neverReleases: 'guarded',
    trustsDisk: 'guarded',
  };
  /** Where the first scenario lies that shows a rare one. */
  const FROM: Readonly<Partial<Record<Flaw, number>>> = { deafToPeers: 80, forgetsHold: 300 };
  for (const flaw of FLAWS) {
    it(`notices a node that goes wrong: ${flaw}`, () => {
      const stack = IN[flaw];
      const from = FROM[flaw] ?? 1;
      for (let seed = from; seed < from + 400; seed++) {
        const { violation } = runScenario(seed, { flaw, quiet: true, ...(stack === undefined ? {} : { stack }) });
        if (violation !== null && NOTICED[flaw].test(violation)) return;
      }
      assert.fail('nothing was noticed in 400 scenarios');
    });
  }
});

describe('the queue of happenings', () => {
  it('gives them back by time, and equal times in the order of their insertion', () => {
    const random = createRandom(7);
    const queue = createQueue<number>();
    const items = Array.from({ length: 500 }, (_, n) => ({ at: random.between(0, 40), n }));
    for (const { at, n } of items) queue.push(at, n);
    const expected = [...items].sort((a, b) => a.at - b.at || a.n - b.n).map(({ n }) => n);
    assert.deepEqual(
      items.map(() => queue.pop()),
      expected,
    );
    assert.equal(queue.pop(), null);
    assert.equal(queue.peek(), Number.POSITIVE_INFINITY);
  });
});
