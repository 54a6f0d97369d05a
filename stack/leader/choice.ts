/**
 * Who leads a stack with the embedded store (design section 9): a pure function of what an instance knows of all of them. All that hear each other know
 * the same, so they come to the same answer without asking; where the stack is cut in two, each part has a leader of its own.
 */
import type { Role, Status } from '../../core/status.ts';

/** An instance that is heard. */
export interface Member {
  readonly name: string;
  readonly role: Role;
  readonly eligible: boolean;
  /** Groups of virtual routers for which it is active. */
  readonly active: readonly string[];
  /** Priority for the first virtual router: who is to have it. */
  readonly rank: number;
}

export interface Known {
  /** This instance, and the peers whose reports are fresh. */
  readonly members: readonly Member[];
  /** Groups of the virtual routers, in the order of the configuration. */
  readonly groups: readonly string[];
}

/** What the engine's status says of the stack. A peer that is not heard, or says nothing fresh, is in another part of it or nowhere. */
export function knownOf(status: Status): Known {
  const groups = [...new Set(status.routers.map(({ group }) => group))];
  const [first = ''] = groups;
  const own = status.routers.filter(({ group }) => group === first).map(({ priority }) => priority);
  const self: Member = {
    name: status.instance,
    role: status.role,
    eligible: status.eligible,
    active: groups.filter((name) => status.routers.some(({ group, state }) => group === name && state === 'active')),
    rank: Math.max(0, ...own),
  };
  const others = status.peers.flatMap((peer): readonly Member[] => {
    const { name, role, eligible, activeGroups, priorities } = peer;
    if (role === 'unknown') return [];
    return [{ name, role, eligible: eligible === true, active: activeGroups ?? [], rank: priorities?.[first] ?? 0 }];
  });
  return { members: [self, ...others], groups };
}

/**
 * The active instance; where routers are shared out, the active one of the first router that has one. Without any active the best that is not
 * starting, so that a policy that put all of them out of service can be undone. Null: all of them are starting.
 */
export function leaderOf({ members, groups }: Known): string | null {
  for (const group of groups) {
    const best = bestOf(members.filter(({ active }) => active.includes(group)));
    if (best !== null) return best;
  }
  const actives = members.filter(({ role }) => role === 'active');
  return bestOf(actives) ?? bestOf(members.filter(({ role }) => role !== 'starting'));
}

/** Who may become active before who may not: it leads in a moment anyway. Then by rank, then by name, which is the same everywhere. */
function bestOf(members: readonly Member[]): string | null {
  const [best = null] = members.toSorted(
    (a, b) => Number(b.eligible) - Number(a.eligible) || b.rank - a.rank || (a.name < b.name ? -1 : 1),
  );
  return best?.name ?? null;
}
