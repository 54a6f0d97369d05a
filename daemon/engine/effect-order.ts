/** What of a turn's effects is run first. Pure. */
import type { Effect } from '../brain/effect.ts';

/** Adverts before addresses (but in a handover, brain 5.3), removed before added where a reload gives an address to another router, what is said last. */
const RANK: Partial<Readonly<Record<Effect['do'], number>>> = {
  takeFirst: 0,
  advert: 1,
  remove: 2,
  dropSome: 2,
  take: 3,
  drop: 5,
  event: 6,
  stopped: 7,
};
/** Everything else, so that peers are told what has been done; equal ranks in the order of the brain. */
const ORDINARY = 4;
const LAST = 7;

/** Effects that change what the last will has to say. */
const OF_THE_WILL: ReadonlySet<Effect['do']> = new Set<Effect['do']>([
  'will',
  'remove',
  'take',
  'takeFirst',
  'drop',
  'takeSome',
  'dropSome',
]);

/**
 * The order in which a turn's effects are run. A group of many routers first tells the others, with every router, and only then
 * works on addresses, which takes the kernel its time. Removing goes backwards: taking the first address of a subnet away
 * makes the kernel promote the next one, every time (255 addresses: 150 ms forwards, 10 ms backwards).
 */
export function inOrder(effects: readonly Effect[]): readonly Effect[] {
  if (effects.length < 2) return effects;
  const ranks = Array.from({ length: LAST + 1 }, (): Effect[] => []);
  const stays = takenAgain(effects);
  effects.forEach((effect, at) => {
    if (effect.do === 'drop' && (stays?.get(effect.router) ?? -1) > at) return;
    ranks[RANK[effect.do] ?? ORDINARY]!.push(effect);
  });
  ranks[RANK.drop!]!.reverse();
  return ranks.flat();
}

/**
 * Where in the turn each router takes its addresses, if any are dropped in it. What is let go and taken again in one turn stays: in the order of the
 * ranks it would be gone.
 */
function takenAgain(effects: readonly Effect[]): ReadonlyMap<string, number> | null {
  if (!effects.some((effect) => effect.do === 'drop')) return null;
  const at = new Map<string, number>();
  effects.forEach((effect, index) => {
    if (effect.do === 'take' || effect.do === 'takeFirst') at.set(effect.router, index);
  });
  return at;
}

/** True for effects that change what the last will has to say. */
export function changesWill(effect: Effect): boolean {
  return OF_THE_WILL.has(effect.do);
}
