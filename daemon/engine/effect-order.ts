/** What of a turn's effects is run first. Pure. */
import type { Effect } from '../brain/state.ts';

/** Adverts before addresses, removed before added where a reload gives an address to another router, what is said last. */
const RANK: Partial<Readonly<Record<Effect['do'], number>>> = {
  advert: 0,
  remove: 1,
  dropSome: 1,
  take: 2,
  drop: 4,
  event: 5,
  stopped: 6,
};
/** Everything else; equal ranks in the order of the brain. */
const ORDINARY = 3;
const LAST = 6;

/**
 * The order in which a turn's effects are run. A group of many routers first tells the others, with every router, and only then
 * works on addresses, which takes the kernel its time. Removing goes backwards: taking the first address of a subnet away
 * makes the kernel promote the next one, every time (255 addresses: 150 ms forwards, 10 ms backwards).
 */
export function inOrder(effects: readonly Effect[]): readonly Effect[] {
  if (effects.length < 2) return effects;
  const ranks = Array.from({ length: LAST + 1 }, (): Effect[] => []);
  for (const effect of effects) ranks[RANK[effect.do] ?? ORDINARY]!.push(effect);
  ranks[RANK.drop!]!.reverse();
  return ranks.flat();
}

/** True for effects that change what the last will has to say. */
export function changesWill(effect: Effect): boolean {
  return (
    effect.do === 'remove' ||
    effect.do === 'take' ||
    effect.do === 'drop' ||
    effect.do === 'takeSome' ||
    effect.do === 'dropSome'
  );
}
