/** One incident: what happened, why, and below it its causes and effects in order. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { JournalEntry } from '../../../../core/api/journal.ts';
import { Clock } from '../../parts/time.tsx';
import { Link, usePath } from '../../router.tsx';
import { ROLE, SEVERITY } from '../../words/words.ts';
import type { Item } from './query.ts';

export function ItemRow({ item, open: first }: { readonly item: Item; readonly open: boolean }): ReactNode {
  const [open, setOpen] = useState(first);
  const { head, rest, loudest } = item;
  return (
    <article className={`t-item t-edge-${SEVERITY[loudest].tone}`}>
      <Line entry={head} />
      {rest.length === 0 ? null : (
        <>
          <button type="button" className="t-more" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? '▾' : '▸'} {rest.length} {rest.length === 1 ? 'cause or effect' : 'causes and effects'}
            {head.severity === loudest ? '' : `, ${SEVERITY[loudest].text.toLowerCase()}`}
          </button>
          {open ? (
            <ol className="t-chain">
              {rest.map((entry) => (
                <li key={entry.seq}>
                  <Line entry={entry} />
                </li>
              ))}
            </ol>
          ) : null}
        </>
      )}
    </article>
  );
}

function Line({ entry }: { readonly entry: JournalEntry }): ReactNode {
  const [place = ''] = usePath().split('?');
  const { severity, kind, instance, reason, from, to, actor, details, incident } = entry;
  const role = kind === 'role' && to !== undefined && to in ROLE ? ROLE[to as keyof typeof ROLE] : null;
  return (
    <div className="t-line" id={`event-${entry.seq}`}>
      <Clock at={entry.at} exact />
      <span aria-hidden="true" className={`t-${SEVERITY[severity].tone}`}>
        {role?.shape ?? SEVERITY[severity].shape}
      </span>
      <span>
        <span className="t-hidden">{SEVERITY[severity].text}: </span>
        <strong>{instance}</strong>{' '}
        {role === null ? null : (
          <>
            became {role.text.toLowerCase()}{' '}
            <span className="t-dim">
              ({from ?? '?'} → {to})
            </span>
            , because{' '}
          </>
        )}
        {reason.text}
        {actor === undefined ? null : (
          <span className="t-dim">
            {' '}
            · {actor.user} from {actor.from}
          </span>
        )}
        {details === undefined ? null : (
          <span className="t-details">
            {Object.entries(details).map(([name, value]) => (
              <code key={name}>
                {name}: {String(value)}
              </code>
            ))}
          </span>
        )}
      </span>
      <span className="t-dim t-kind">{kind}</span>
      <Link
        to={`${place}?${incident === null ? `entry=${entry.seq}` : `incident=${encodeURIComponent(incident)}`}`}
        className="t-dim"
      >
        <span className="t-hidden">Permanent link of event {entry.seq}</span>
        <span aria-hidden="true">#</span>
      </Link>
    </div>
  );
}
