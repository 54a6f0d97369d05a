/** One scenario from one seed: a stack, a time of troubles, a time of calm. */
import { checkBest, checkCalm } from './calm.ts';
import type { Flaw } from './flaws.ts';
import { watch } from './invariants.ts';
import { fail, slowest } from './limits.ts';
import { type Stack, makeNodes } from './plans.ts';
import { createRandom } from './random.ts';
import { makePeace, trouble } from './troubles.ts';
import { type World, createWorld } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  /** Null: every invariant held. */
  readonly violation: string | null;
  readonly trace: readonly string[];
}

export interface Asked {
  /** One node goes wrong so. */
  readonly flaw?: Flaw;
  /** Of this kind, whatever the seed would say. */
  readonly stack?: Stack;
  /** Keep no trace: it is faster. */
  readonly quiet?: boolean;
  /** Say every advert and datagram in the trace. */
  readonly verbose?: boolean;
}

/** Far more than any scenario needs. */
const MOST_STEPS = 100_000;

/** Run the scenario of a seed to its end. The same seed gives the same outcome, always. */
export function runScenario(seed: number, { flaw, stack, quiet = false, verbose = false }: Asked = {}): Outcome {
  const random = createRandom(seed);
  const world = createWorld(random, makeNodes(random, stack));
  world.tracing = !quiet;
  world.verbose = verbose;
  // The first is the best, and mostly the bypass holder.
  const last = flaw === 'loops' || flaw === 'forgetsHold';
  if (flaw !== undefined) world.nodes.at(last ? -1 : 0)!.flaws.add(flaw);
  const guard = watch(world);
  let steps = 0;
  const run = (ms: number): void => {
    const until = world.now + ms;
    while (world.advance(until)) {
      if (++steps > MOST_STEPS) fail('time does not go by: something is due for ever');
      guard.check();
    }
  };
  const ended = (violation: string | null): Outcome => {
    world.note('the end');
    if (verbose) for (const { name, instance } of world.nodes) world.note(`${name}: ${stateOf(instance)}`);
    return { seed, steps, violation, trace: world.trace };
  };
  try {
    const { interval, down, detection } = slowest(world);
    const slow = Math.max(down, detection);
    for (const node of world.nodes) world.at(random.next() * interval, () => world.boot(node));
    run(down * 1.2 + interval);
    for (let n = random.between(3, 10); n > 0; n--) {
      trouble(world);
      guard.check();
      run(random.next() * slow * random.pick([0.1, 0.5, 1, 2, 4]));
    }
    world.note('peace');
    makePeace(world);
    guard.check();
    run(settleTime(world));
    checkCalm(world);
    const owners = ownersOf(world);
    run((detection === 0 ? 3 : 1.5) * down + 2 * detection);
    checkCalm(world);
    if (isSettled(world) && ownersOf(world) !== owners) fail(`moved in a calm night: ${owners} → ${ownersOf(world)}`);
    checkBest(world);
    return ended(null);
  } catch (error) {
    return ended(error instanceof Error ? error.message : String(error));
  }
}

/** Longest legal waits: a will, a second of carrier, a mistaken claim and its back-off, preemption and its delay; with a bypass its back-off and settle. */
function settleTime(world: World): number {
  const { down, detection } = slowest(world);
  const delay = Math.max(...world.nodes.map((node) => node.plan.preemptDelayMs));
  if (detection === 0) return 6 * down + 1500 + 100 + delay;
  const [{ plan }] = world.nodes as [World['nodes'][number]];
  const wants = plan.preempt ? 2500 + delay : 0;
  const track = plan.tracks.length > 0 ? 3000 : 0;
  const bandwidth = plan.bandwidth.enabled ? 2 * plan.bandwidth.windowMs + plan.bandwidth.cooldownMs : 0;
  const bypass = plan.bypass.driver === 'none' ? 0 : 3000 + 2 * plan.bypass.settleMs;
  return 3 * down + 3 * detection + 2500 + wants + track + bandwidth + bypass;
}

/** Preemption that was held ends by itself, and moves the addresses once: only without it must nothing move. */
function isSettled(world: World): boolean {
  return world.nodes.every((node) => node.people.lastSwitchover === 'none');
}

function ownersOf(world: World): string {
  return world.nodes.map((node) => `${node.name}:${[...node.held.keys()].sort().join()}`).join(' ');
}

/** What the core knows, without what is long. */
function stateOf(instance: unknown): string {
  const long = new Set(['plan', 'report', 'bandwidth', 'paths', 'ignored', 'identity', 'roleReason']);
  return JSON.stringify(instance, (key, value: unknown) =>
    long.has(key) ? undefined : typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}
