/** The two live regions: what changed, politely; what needs a person now, at once. Never more than one announcement in five seconds each. */
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useLive } from '../live/live.tsx';

const EVERY_MS = 5000;

/** The newest text, but not before the last one was heard. */
function useCoalesced(text: string): string {
  const [said, setSaid] = useState('');
  const at = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, at.current + EVERY_MS - Date.now());
    const timer = window.setTimeout(
      () => {
        at.current = Date.now();
        setSaid(text);
      },
      said === '' ? 0 : wait,
    );
    return () => window.clearTimeout(timer);
  }, [text, said]);
  return said;
}

export function Announcer(): ReactNode {
  const { state } = useLive();
  const { snapshot, contact, entries } = state;
  const role = entries.find(({ kind }) => kind === 'role' || kind === 'action');
  const loud =
    contact === 'disconnected'
      ? 'Disconnected'
      : (snapshot?.headline.problems.find(({ severity }) => severity === 'critical')?.text ?? '');
  const polite = useCoalesced(role === undefined ? '' : `${role.instance}: ${role.reason.text}`);
  const urgent = useCoalesced(loud);
  return (
    <>
      <div role="status" aria-live="polite" className="t-hidden">
        {polite}
      </div>
      <div role="alert" className="t-hidden">
        {urgent}
      </div>
    </>
  );
}
