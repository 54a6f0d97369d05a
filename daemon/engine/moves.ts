/** Turns of the brain in which the role moved: since when that was under way, for what is measured of it. Pure. */
import type { Instant } from '../../core/clock.ts';
import type { HandoverPurpose } from '../../core/report.ts';
import { routerIndex } from '../brain/draft.ts';
import type { Effect } from '../brain/effect.ts';
import type { Group, Instance } from '../brain/state.ts';

export interface Moves {
  /** Addresses are taken in this turn. `asked`: by a handover, since its first message; otherwise since the decision, which is this turn. */
  readonly taken: { readonly since: Instant; readonly asked: boolean } | null;
  /** A peer has confirmed that it took over what it was asked to take then. */
  readonly given: readonly { readonly peer: string; readonly purpose: HandoverPurpose; readonly since: Instant }[];
}

/** Null for nearly every turn, and quickly. */
export function movesOf(before: Instance, after: Instance, effects: readonly Effect[], now: Instant): Moves | null {
  let router: string | null = null;
  let said = false;
  for (const effect of effects) {
    if (effect.do === 'take' || effect.do === 'takeFirst') router ??= effect.router;
    // Whoever lets a peer have the role tells it so in the same turn.
    if (effect.do === 'send') said = true;
  }
  const given = said ? after.groups.flatMap((group, at) => givenIn(before.groups[at], group)) : [];
  if (router === null) return given.length === 0 ? null : { taken: null, given };
  const entry = after.routers[routerIndex(after, router)];
  const handover = after.groups.find(({ name }) => name === entry?.plan.group)?.handover ?? null;
  const asked = handover !== null && handover.side === 'target';
  return { taken: { since: asked ? handover.since : now, asked }, given };
}

function givenIn(before: Group | undefined, { handover }: Group): Moves['given'] {
  if (handover?.side !== 'giver' || handover.stage !== 'released') return [];
  const known = before?.handover ?? null;
  if (known?.id === handover.id && known.stage === 'released') return [];
  const { peer, purpose, since } = handover;
  return [{ peer, purpose, since }];
}
