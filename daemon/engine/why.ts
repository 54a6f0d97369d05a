/** Why this instance has the role that it has: the incident that led to it, told from its beginning. Pure. */
import type { TandemEvent } from '../../core/event.ts';
import type { ReasonText } from '../../core/reason.ts';
import type { Role, Status } from '../../core/status.ts';

/** One link of the chain: what happened, when, and how many events say the same of other routers. */
export interface WhyStep {
  readonly at: string;
  readonly text: string;
}

export interface Why {
  readonly role: Role;
  readonly since: string;
  readonly reason: ReasonText;
  /** Causes in words, oldest first; the last one is the reason of the present role. */
  readonly chain: readonly string[];
  /** The same with their times. */
  readonly steps: readonly WhyStep[];
  /** The incident they were taken from; null if its events are not kept any more. */
  readonly incident: string | null;
}

/** Causes beyond this many are left out in the middle: nobody reads them, and the events have them. */
const LONGEST = 20;

/** Kinds that can be a cause. What is done because of a role (addresses) comes after it. */
const CAUSES: ReadonlySet<TandemEvent['kind']> = new Set([
  'role',
  'router',
  'fault',
  'condition',
  'advert',
  'action',
  'config',
  'process',
]);

/**
 * The chain of causes of the present role: the events of its incident up to the change of role itself. Events that say the same of several
 * routers become one. Without such events (not kept any more) the chain is the reason alone.
 */
export function whyRole(status: Pick<Status, 'role' | 'since' | 'reason'>, events: readonly TandemEvent[]): Why {
  const { role, since, reason } = status;
  const change = events.findLast((e) => e.kind === 'role') ?? null;
  const incident = change?.incident ?? null;
  const causes = events.filter(
    (e) =>
      change !== null &&
      e.seq <= change.seq &&
      CAUSES.has(e.kind) &&
      (e === change || (incident !== null && e.incident === incident)),
  );
  const told = merge(causes);
  if (told.at(-1)?.code !== reason.code) told.push({ at: since, code: reason.code, text: reason.text });
  const steps = shorten(told.map(({ at, text }) => ({ at, text })));
  return { role, since, reason, chain: steps.map((step) => step.text), steps, incident };
}

/** Events in a row with the same code say one thing if each is about another router, or is the change of role that follows from it. */
function merge(causes: readonly TandemEvent[]): (WhyStep & { code: string })[] {
  const groups: { first: TandemEvent; routers: Set<string> }[] = [];
  for (const event of causes) {
    const group = groups.at(-1);
    const sameCode = group?.first.reason.code === event.reason.code;
    const follows = event.kind === 'role' || event.reason.text === group?.first.reason.text;
    if (group !== undefined && sameCode && event.router !== undefined && !group.routers.has(event.router)) {
      group.routers.add(event.router);
    } else if (!(sameCode && follows)) {
      groups.push({ first: event, routers: new Set(event.router === undefined ? [] : [event.router]) });
    }
  }
  return groups.map(({ first, routers }) => ({
    at: first.at,
    code: first.reason.code,
    text: `${change(first)}${first.reason.text}${routers.size > 1 ? ` (and ${routers.size - 1} more)` : ''}`,
  }));
}

/** `active: ` where the instance or a router became something by it. */
function change({ kind, to }: TandemEvent): string {
  return to === undefined ? '' : `${kind === 'role' ? '' : 'router '}${to}: `;
}

function shorten(steps: readonly WhyStep[]): readonly WhyStep[] {
  if (steps.length <= LONGEST) return steps;
  const head = steps.slice(0, LONGEST / 2);
  const tail = steps.slice(-LONGEST / 2);
  const left = steps.length - head.length - tail.length;
  return [...head, { at: tail[0]!.at, text: `${left} more causes: see the events of the incident` }, ...tail];
}
