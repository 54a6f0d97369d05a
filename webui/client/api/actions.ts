/** An action from asking to its end: 202 says that it began, its progress comes as events with its id. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ActionAccepted, ActionBodies } from '../../../core/api/rest.ts';
import type { JournalEntry } from '../../../core/api/journal.ts';
import { useLive } from '../live/live.tsx';
import { ask } from './client.ts';
import type { Problem } from './client.ts';

export type Progress =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking' }
  | {
      readonly kind: 'running';
      readonly actionId: string;
      readonly since: number;
      readonly steps: readonly JournalEntry[];
    }
  | { readonly kind: 'done'; readonly steps: readonly JournalEntry[]; readonly ms: number }
  | { readonly kind: 'failed'; readonly text: string; readonly steps: readonly JournalEntry[] };

/** The engine ends every action within ten seconds. */
const LIMIT_MS = 12_000;

export function useAction(): {
  readonly progress: Progress;
  start<Name extends keyof ActionBodies>(name: Name, body: ActionBodies[Name]): Promise<void>;
  reset(): void;
} {
  const { state } = useLive();
  const [begun, setBegun] = useState<{ readonly actionId: string; readonly since: number } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asking, setAsking] = useState(false);
  const [late, setLate] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  const start = useCallback(async <Name extends keyof ActionBodies>(name: Name, body: ActionBodies[Name]) => {
    setAsking(true);
    setProblem(null);
    setLate(false);
    const since = Date.now();
    const answer = await ask<ActionAccepted>('POST', `/actions/${name}`, { body });
    setAsking(false);
    if (!answer.ok) return setProblem(answer.problem);
    setBegun({ actionId: answer.value.actionId, since });
    timer.current = window.setTimeout(() => setLate(true), LIMIT_MS);
  }, []);

  const reset = useCallback(() => {
    window.clearTimeout(timer.current);
    setBegun(null);
    setProblem(null);
    setLate(false);
  }, []);

  return { progress: progressOf(), start, reset };

  function progressOf(): Progress {
    if (asking) return { kind: 'asking' };
    if (problem !== null) return { kind: 'failed', text: problem.text, steps: [] };
    if (begun === null) return { kind: 'idle' };
    // The asking itself is in the journal too, with the same id.
    const steps = state.entries
      .filter(({ actionId, kind }) => actionId === begun.actionId && kind !== 'user')
      .toReversed();
    const end = steps.find(({ ended }) => ended !== undefined);
    if (end?.ended === 'done')
      return { kind: 'done', steps, ms: Math.max(0, Date.parse(end.at) - Date.parse(steps[0]?.at ?? end.at)) };
    if (end?.ended === 'failed') return { kind: 'failed', text: end.reason.text, steps };
    if (late) return { kind: 'failed', text: 'no end was heard of within 12 s: see the events', steps };
    return { kind: 'running', ...begun, steps };
  }
}
