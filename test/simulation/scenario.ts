/** One scenario from one seed: a stack, a time of troubles, a time of calm. */
import { checkBest, checkCalm, watch } from './invariants.ts';
import { fail, slowest } from './limits.ts';
import { type Flaw, makeNodes } from './node.ts';
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

/** Run the scenario of a seed to its end. The same seed gives the same outcome, always. `flaw`: one node goes wrong so. */
export function runScenario(seed: number, flaw: Flaw | null = null): Outcome {
  const random = createRandom(seed);
  const world = createWorld(random, makeNodes(random));
  if (flaw !== null) world.nodes[0]!.flaws.add(flaw);
  const guard = watch(world);
  let steps = 0;
  const run = (ms: number): void => {
    const until = world.now + ms;
    while (world.advance(until)) {
      steps++;
      guard.check();
    }
  };
  const ended = (violation: string | null): Outcome => ({ seed, steps, violation, trace: world.trace });
  try {
    const { interval, down } = slowest(world);
    for (const node of world.nodes) world.at(random.next() * interval, () => world.boot(node));
    run(down * 2);
    for (let n = random.between(3, 10); n > 0; n--) {
      trouble(world);
      guard.check();
      run(random.next() * down * random.pick([0.1, 0.5, 1, 2, 4]));
    }
    makePeace(world);
    guard.check();
    // Longest legal waits: a will, a second of carrier, a mistaken claim and its back-off.
    run(6 * down + 1500 + 100 + longestDelay(world));
    checkCalm(world);
    const owners = ownersOf(world);
    run(3 * down);
    checkCalm(world);
    if (isSettled(world) && ownersOf(world) !== owners) fail(`moved in a calm night: ${owners} → ${ownersOf(world)}`);
    checkBest(world);
    return ended(null);
  } catch (error) {
    return ended(error instanceof Error ? error.message : String(error));
  }
}

function longestDelay(world: World): number {
  return Math.max(...world.nodes.map((node) => node.plan.preemptDelayMs));
}

/** Preemption that was held ends by itself, and moves the addresses once: only without it must nothing move. */
function isSettled(world: World): boolean {
  return world.nodes.every((node) => node.lastSwitchover === 'none');
}

function ownersOf(world: World): string {
  return world.nodes.map((node) => `${node.name}:${[...node.held.keys()].sort().join()}`).join(' ');
}
