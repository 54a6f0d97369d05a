/** Conditions: what a person should know of, but what takes no eligibility away (brain 2.4, 4.1). */
import type { ConditionName } from '../../core/reason.ts';
import { type Turn, say } from './draft.ts';

/** Raise it, once; a new detail replaces the old one without a word. */
export function raiseCondition(turn: Turn, name: ConditionName, router: string, detail: string): void {
  const { conditions } = turn.draft;
  const standing = conditions.find((c) => c.name === name && c.router === router);
  turn.draft.conditions = [
    ...conditions.filter((c) => c !== standing),
    { name, router, since: standing?.since ?? turn.now, detail },
  ];
  if (standing === undefined) {
    say(turn, 'condition', 'warning', { code: 'conditionRaised', condition: name, router, detail }, { router });
  }
}

export function clearCondition(turn: Turn, name: ConditionName, router: string): void {
  const left = turn.draft.conditions.filter((c) => c.name !== name || c.router !== router);
  if (left.length === turn.draft.conditions.length) return;
  turn.draft.conditions = left;
  say(turn, 'condition', 'info', { code: 'conditionCleared', condition: name, router }, { router });
}
