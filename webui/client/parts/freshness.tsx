/** How old is what one sees: live, delayed, disconnected. */
import type { ReactNode } from 'react';
import { useLive, useNow } from '../live/live.tsx';
import { span } from '../words/format.ts';

export function Freshness(): ReactNode {
  const { state } = useLive();
  const now = useNow();
  const age = state.heardAt === null ? null : now - state.heardAt;
  const [tone, shape, text] =
    state.contact === 'connecting'
      ? (['info', '◌', 'Connecting'] as const)
      : state.contact === 'disconnected'
        ? (['danger', '✕', 'Disconnected'] as const)
        : state.contact === 'delayed'
          ? (['warning', '◐', 'Delayed'] as const)
          : (['good', '●', 'Live'] as const);
  return (
    <span className={`t-word t-${tone} t-fresh`} data-contact={state.contact}>
      <span aria-hidden="true">{shape}</span> {text}
      {state.contact === 'live' && age !== null ? <span className="t-dim"> {span(age)} ago</span> : null}
    </span>
  );
}

/** True: what is shown may be wrong by now, and nothing can be done from here. The text says why. */
export function useOutOfTouch(): string | null {
  const { state } = useLive();
  if (state.contact === 'disconnected') return 'disconnected: what you see may be old';
  if (state.snapshot?.engine.reachable === false) return 'the engine does not answer: what you see may be old';
  return null;
}
