/** What became of a save: the reload that takes it up has an end, which comes as an event. */
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { SettingsSaved } from '../../../../core/api/settings.ts';
import { useLive } from '../../live/live.tsx';

/** The engine ends every action within ten seconds; one that is started anew meanwhile ends none, and takes the file up all the same. */
const LIMIT_MS = 12_000;

export function SavedNote({ saved }: { readonly saved: SettingsSaved }): ReactNode {
  const { entries } = useLive().state;
  const [lateOf, setLateOf] = useState<string | null>(null);
  const { actionId } = saved;
  useEffect(() => {
    const timer = window.setTimeout(() => setLateOf(actionId), LIMIT_MS);
    return () => window.clearTimeout(timer);
  }, [actionId]);
  const own = entries.filter((entry) => entry.actionId === actionId && entry.kind !== 'user');
  const end = own.find(({ ended }) => ended !== undefined);
  const begin = own.at(-1);
  const ms = end === undefined || begin === undefined ? null : Date.parse(end.at) - Date.parse(begin.at);
  return (
    <div role="status" className={end?.ended === 'failed' ? 't-danger' : 't-good'} data-testid="saved">
      {end === undefined
        ? lateOf === actionId
          ? 'Saved. That it is in effect was not heard within 12 s: see the events.'
          : 'Saved, being applied …'
        : end.ended === 'failed'
          ? `Saved, but not applied: ${end.reason.text}`
          : `Saved, applied in ${ms ?? 0} ms.`}
      {saved.warnings.length === 0 ? null : (
        <ul className="t-warning">
          {saved.warnings.map((text) => (
            <li key={text}>! {text}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
