/** What became of a save: the reload that takes it up has an end, which comes as an event. */
import type { ReactNode } from 'react';
import type { SettingsSaved } from '../../../../core/api/settings.ts';
import { useLive } from '../../live/live.tsx';

export function SavedNote({ saved }: { readonly saved: SettingsSaved }): ReactNode {
  const { entries } = useLive().state;
  const own = entries.filter(({ actionId, kind }) => actionId === saved.actionId && kind !== 'user');
  const end = own.find(({ ended }) => ended !== undefined);
  const begin = own.at(-1);
  const ms = end === undefined || begin === undefined ? null : Date.parse(end.at) - Date.parse(begin.at);
  return (
    <div role="status" className={end?.ended === 'failed' ? 't-danger' : 't-good'} data-testid="saved">
      {end === undefined
        ? 'Saved, being applied …'
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
