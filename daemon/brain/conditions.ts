/** Conditions: what a person should know of, but what takes no eligibility away (brain 2.4, 4.1). */
import type { ConditionName } from '../../core/reason.ts';
import { type Turn, routerIndex, say } from './draft.ts';

/** These want a person now (brain 2.3, 7.2, 8.4, design section 4). */
const CRITICAL: ReadonlySet<ConditionName> = new Set([
  'lastResort',
  'flapLimitReached',
  'serviceDown',
  'primaryConflict',
  'advertsBlocked',
  'checksBlocked',
  'otherSecret',
]);

/** Raise it, once; a new detail replaces the old one without a word. */
export function raiseCondition(turn: Turn, name: ConditionName, router: string, detail: string): void {
  const { conditions } = turn.draft;
  const standing = conditions.find((c) => c.name === name && c.router === router);
  turn.draft.conditions = [
    ...conditions.filter((c) => c !== standing),
    { name, router, since: standing?.since ?? turn.now, detail },
  ];
  turn.dirty = true;
  if (standing === undefined) {
    const severity = CRITICAL.has(name) ? 'critical' : 'warning';
    say(
      turn,
      'condition',
      severity,
      { code: 'conditionRaised', condition: name, router, detail },
      aboutRouter(turn, router),
    );
  }
}

export function clearCondition(turn: Turn, name: ConditionName, router: string): void {
  const left = turn.draft.conditions.filter((c) => c.name !== name || c.router !== router);
  if (left.length === turn.draft.conditions.length) return;
  turn.draft.conditions = left;
  say(turn, 'condition', 'info', { code: 'conditionCleared', condition: name, router }, aboutRouter(turn, router));
}

/** Most conditions are about a router; some are about a peer, or the instance, which no event of a router is. */
function aboutRouter(turn: Turn, subject: string): { readonly router?: string } {
  return routerIndex(turn.draft, subject) < 0 ? {} : { router: subject };
}
