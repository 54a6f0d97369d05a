/** Why this instance has the role that it has: the incident that led to it, told from its beginning, and what would change it. Pure. */
import type { TandemEvent } from '../../core/event.ts';
import { type ReasonCode, type ReasonText, formatReason } from '../../core/reason.ts';
import type { Role, Status } from '../../core/status.ts';
import { type WhyNext, whatNext } from './why-next.ts';

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
  /** What would change the role, and what keeps it from changing. */
  readonly next: readonly WhyNext[];
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
  'peer',
  'link',
  'track',
  'bandwidth',
  'flap',
  'bypass',
  'action',
  'config',
  'process',
]);

/** A path that is lost or back moves nothing (design section 6): what the peer is on all of them is the cause. */
const NO_CAUSE: ReadonlySet<ReasonCode> = new Set(['pathHealthy', 'pathUnhealthy']);
const PATH_DOWN = formatReason({ code: 'conditionRaised', condition: 'pathDown', router: '', detail: '' });

/**
 * The chain of causes of the present role: the events of its incident up to the change of role itself. Events that say the same of several
 * routers become one. Without such events (not kept any more) the chain is the reason alone.
 */
export function whyRole(status: Status, events: readonly TandemEvent[]): Why {
  const { role, since, reason } = status;
  // Other events of this kind say what is under way: a handover begun, a claim refused.
  const change = events.findLast((e) => e.kind === 'role' && e.to !== undefined) ?? null;
  const incident = change?.incident ?? null;
  // What was asked for and refused, or failed, changed nothing.
  const vain = new Set(events.flatMap((e) => (e.ended === 'failed' ? [e.actionId] : [])));
  const causes = events.filter(
    (e) =>
      change !== null &&
      e.seq <= change.seq &&
      isCause(e) &&
      (e.actionId === undefined || !vain.has(e.actionId)) &&
      (e === change || (incident !== null && e.incident === incident)),
  );
  const told = merge(causes);
  // A role that stays can get another reason.
  const last = change?.reason.text === reason.text ? told.at(-1) : undefined;
  if (last === undefined) told.push({ at: since, text: reason.text });
  const steps = shorten(told);
  return { role, since, reason, chain: steps.map((step) => step.text), steps, incident, next: whatNext(status) };
}

function isCause({ kind, reason, ended }: TandemEvent): boolean {
  // That an action was asked for is a cause; that it is done follows from what it did.
  if (kind === 'action' && ended !== undefined) return false;
  return CAUSES.has(kind) && !NO_CAUSE.has(reason.code as ReasonCode) && !reason.text.includes(PATH_DOWN);
}

interface Told {
  readonly first: TandemEvent;
  readonly routers: Set<string>;
  /** The change of role that follows from it. */
  role: TandemEvent | null;
}

/** Events in a row that say one thing: of one router after the other, and then of the instance. */
function merge(causes: readonly TandemEvent[]): WhyStep[] {
  const groups: Told[] = [];
  for (const event of causes) {
    const group = groups.at(-1);
    if (group !== undefined && saysTheSame(group, event)) {
      if (isAboutRouter(event)) group.routers.add(event.router);
      if (event.kind === 'role') group.role = event;
    } else {
      const role = event.kind === 'role' ? event : null;
      groups.push({ first: event, routers: new Set(isAboutRouter(event) ? [event.router] : []), role });
    }
  }
  return groups.map(({ first, routers, role }) => ({
    at: first.at,
    text: `${changeOf(role ?? first)}${first.reason.text}${routers.size > 1 ? ` (and ${routers.size - 1} more)` : ''}`,
  }));
}

function saysTheSame({ first, routers, role }: Told, event: TandemEvent): boolean {
  if (event.reason.code !== first.reason.code) return false;
  const same = event.reason.text === first.reason.text;
  // The role changed by it: a router can still follow, whatever else comes is another story.
  if (role !== null) return same && event.kind !== 'role';
  if (same) return true;
  if (!isAboutRouter(event) || routers.has(event.router)) return event.kind === 'role';
  // Of a state the figures may differ from router to router; a fault or condition is the same only if all but the router is.
  return event.kind === 'router' || without(event) === without(first);
}

const isAboutRouter = (event: TandemEvent): event is TandemEvent & { readonly router: string } =>
  event.router !== undefined && event.router !== '';

const without = ({ reason, router = '' }: TandemEvent): string =>
  router === '' ? reason.text : reason.text.replaceAll(router, '');

/** `active: ` where the instance or a router became something by it. */
function changeOf({ kind, to }: TandemEvent): string {
  return to === undefined ? '' : `${kind === 'role' ? '' : 'router '}${to}: `;
}

function shorten(steps: readonly WhyStep[]): readonly WhyStep[] {
  if (steps.length <= LONGEST) return steps;
  const head = steps.slice(0, LONGEST / 2);
  const tail = steps.slice(-LONGEST / 2);
  const left = steps.length - head.length - tail.length;
  return [...head, { at: tail[0]!.at, text: `${left} more causes: see the events of the incident` }, ...tail];
}
