/**
 * Hostile packets: valid adverts, mutated, the way that they take in the engine (arrivals, acceptance, brain and machines) into a
 * running instance. Nothing may throw, nothing but what the reference calls valid may reach a machine, and it may move that one only.
 */
import { type Clock, type Instant, later } from '../../core/clock.ts';
import { nextDue } from '../../daemon/brain/due.ts';
import { newInstance, step } from '../../daemon/brain/instance.ts';
import type { Effect } from '../../daemon/brain/effect.ts';
import type { Fact } from '../../daemon/brain/fact.ts';
import type { Instance } from '../../daemon/brain/state.ts';
import { createArrivals } from '../../daemon/engine/arrivals.ts';
import type { Kernel } from '../../daemon/engine/kernel.ts';
import { createLimiter } from '../../daemon/engine/limiter.ts';
import { createRouterShell } from '../../daemon/engine/router-shell.ts';
import type { ReceivedPacket } from '../../vrrp/ports.ts';
import { createRandom } from '../simulation/random.ts';
import { mutated } from './mutations.ts';
import { type Valid, judge } from './reference.ts';
import { PLAN, TARGETS } from './targets.ts';

export interface FuzzResult {
  readonly runs: number;
  readonly accepted: number;
  /** How often a machine changed its state, by accepted adverts and by time. */
  readonly transitions: number;
  /** What each refused packet was counted as, by counter; `unread` = it reached no router. */
  readonly refused: Readonly<Record<string, number>>;
  /** What should not have happened, with the packet in hex. */
  readonly wrong: readonly string[];
}

/** More than this is not collected. */
const MOST_WRONG = 10;

/** Run `runs` packets from a seed. The same seed makes the same packets. */
export function fuzzPackets({ runs, seed }: { readonly runs: number; readonly seed: number }): FuzzResult {
  const random = createRandom(seed);
  const bench = createBench();
  const wrong: string[] = [];
  let accepted = 0;
  for (let n = 0; n < runs && wrong.length < MOST_WRONG; n++) {
    const packet = mutated(random);
    try {
      bench.pass(random.between(0, 20));
      const verdict = judge(packet);
      if (verdict !== null) accepted++;
      const problem = bench.deliver(packet, verdict);
      if (problem !== null) wrong.push(`packet ${n}: ${problem}: ${inHex(packet)}`);
    } catch (error) {
      wrong.push(`packet ${n}: threw ${error instanceof Error ? error.message : String(error)}: ${inHex(packet)}`);
    }
  }
  return { runs, accepted, transitions: bench.transitions(), refused: bench.refused(), wrong };
}

const inHex = ({ family, source, bytes }: ReceivedPacket): string => `${family} ${source} ${bytes.toString('hex')}`;

function createBench() {
  let now = 0 as Instant;
  const clock: Clock = { now: () => now, wall: () => now };
  const facts: Fact[] = [];
  const shells = TARGETS.map(({ plan, ours }) => {
    const shell = createRouterShell(plan, {
      kernel: NO_KERNEL,
      limiter: createLimiter(clock, 10_000),
      say: () => undefined,
      inherited: () => false,
      fact: (fact) => void facts.push(fact),
    });
    shell.setSource(ours);
    return shell;
  });
  const arrivals = createArrivals();
  arrivals.set(shells);
  let transitions = 0;
  let unread = 0;
  let instance: Instance = newInstance(PLAN, now, {});
  const transports = Object.fromEntries(
    TARGETS.map(({ plan, ours }) => [plan.name, { advertUp: true, addressUp: true, source: ours, detail: '' }]),
  );
  apply({ kind: 'start', transports, reason: { code: 'starting' } });

  function apply(fact: Fact): readonly Effect[] {
    const result = step(instance, fact, now);
    for (const effect of result.effects) if (effect.do === 'event' && effect.event.kind === 'router') transitions++;
    instance = result.instance;
    return result.effects;
  }

  function counted(): number {
    let sum = 0;
    for (const { counters } of shells) for (const counter of REFUSALS) sum += counters[counter];
    return sum;
  }

  return {
    /** Let time go by. */
    pass(ms: number): void {
      const until = later(now, ms);
      let turns = 0;
      for (let due = nextDue(instance); due <= until; due = nextDue(instance)) {
        if (++turns > 1000) throw new Error('time does not go by: something is due for ever');
        now = Math.max(now, due) as Instant;
        apply({ kind: 'time' });
      }
      now = until;
    },
    /** Deliver one packet; null, or what was wrong about what came of it. */
    deliver(packet: ReceivedPacket, verdict: Valid | null): string | null {
      const refusedBefore = counted();
      arrivals.arrived(packet);
      const heard = facts.filter((fact) => fact.kind === 'heard');
      const before = instance;
      const effects = facts.splice(0).flatMap(apply);
      if (verdict === null) {
        const counts = counted() - refusedBefore;
        if (counts === 0) unread++;
        if (counts > 1) return `counted ${counts} times`;
        if (heard.length > 0) return `'${heard[0]!.router}' took what is not valid`;
        return unmoved(before, instance, null) ?? noMoves(effects);
      }
      const [only] = heard;
      if (only === undefined || heard.length > 1) return `${heard.length} routers took what '${verdict.router}' has to`;
      return misread(only, verdict) ?? unmoved(before, instance, verdict.router) ?? unsound(instance);
    },
    transitions: () => transitions,
    refused(): Record<string, number> {
      const sums = REFUSALS.map(
        (name) => [name, shells.reduce((sum, { counters }) => sum + counters[name], 0)] as const,
      );
      return { unread, ...Object.fromEntries(sums) };
    },
  };
}

const REFUSALS = [
  'ipTtlErrors',
  'versionErrors',
  'packetLengthErrors',
  'checksumErrors',
  'invalidTypeReceived',
  'authErrors',
  'advertIntervalErrors',
  'unknownSource',
  'ownSource',
  'familyErrors',
] as const;

function misread(fact: Extract<Fact, { kind: 'heard' }>, verdict: Valid): string | null {
  const { router, heard } = fact;
  if (router !== verdict.router) return `'${router}' took what '${verdict.router}' has to`;
  const same =
    heard.priority === verdict.priority &&
    heard.intervalMs === verdict.intervalMs &&
    Buffer.compare(heard.source, verdict.source) === 0;
  return same ? null : `'${router}' read priority ${heard.priority}, interval ${heard.intervalMs}`;
}

/** Everything but the router that a valid advert was for is the very same object as before. */
function unmoved(before: Instance, after: Instance, but: string | null): string | null {
  for (const [n, entry] of after.routers.entries()) {
    if (entry !== before.routers[n] && entry.plan.name !== but) return `'${entry.plan.name}' changed`;
  }
  for (const [n, group] of after.groups.entries()) {
    if (group !== before.groups[n] && group.name !== but) return `group '${group.name}' changed`;
  }
  if (after.faults !== before.faults || after.heldUntil !== before.heldUntil) return 'faults or hold changed';
  return but === null && after.role !== before.role ? 'the role changed' : null;
}

const MOVES: readonly Effect['do'][] = ['advert', 'take', 'drop', 'takeSome', 'dropSome', 'announce', 'stopped'];

function noMoves(effects: readonly Effect[]): string | null {
  const move = effects.find((effect) => MOVES.includes(effect.do));
  return move === undefined ? null : `it ordered '${move.do}'`;
}

/** Whatever a valid advert says, the machines stay machines. */
function unsound({ routers }: Instance): string | null {
  for (const { plan, machine } of routers) {
    if (machine.state !== 'backup' && machine.state !== 'active') return `'${plan.name}' is ${machine.state}`;
    const due = machine.state === 'backup' ? machine.downAt : machine.advertAt;
    if (!Number.isFinite(due)) return `'${plan.name}' is ${machine.state} without a deadline`;
  }
  return null;
}

const never = (): never => {
  throw new Error('a packet reached for the kernel');
};

/** Packets that arrive move nothing by themselves: whoever reaches for the kernel is caught. */
const NO_KERNEL: Kernel = {
  view: {
    start: never,
    stop: never,
    interface: never,
    addresses: never,
    allAddresses: never,
    onChange: never,
  },
  writer: { add: never, remove: never, setUp: never, close: never },
  transmitter: { send: never, close: never },
  receiver: { open: never },
  neighbours: { announce: never, probe: never, close: never },
};
