/** The newest events; the rest stands on the tab of that name. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { JournalPage } from '../../../../core/api/journal.ts';
import { read } from '../../api/client.ts';
import { useLive } from '../../live/live.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Clock } from '../../parts/time.tsx';
import { Link } from '../../router.tsx';
import { SEVERITY } from '../../words/words.ts';

const SHOWN = 8;

export function EventsCard({ instance }: { readonly instance: string }): ReactNode {
  const { entries } = useLive().state;
  const history = useQuery({
    queryKey: ['journal', 'newest'],
    queryFn: () => read<JournalPage>(`/journal?limit=${SHOWN}`),
  });
  const known = new Map([...(history.data?.entries ?? []), ...entries].map((entry) => [entry.seq, entry]));
  const newest = [...known.values()].sort((a, b) => b.seq - a.seq).slice(0, SHOWN);
  return (
    <Panel title="Recent events" actions={<Link to={`/stack/instances/${instance}/ha/events`}>All events</Link>}>
      {newest.length === 0 ? (
        <p className="t-dim">{history.isPending ? 'Loading …' : 'Nothing has happened yet.'}</p>
      ) : null}
      <ol className="t-events" data-testid="recent-events">
        {newest.map((entry) => (
          <li key={entry.seq} className={`t-${SEVERITY[entry.severity].tone}`}>
            <Clock at={entry.at} />
            <span aria-hidden="true">{SEVERITY[entry.severity].shape}</span>
            <span>
              <span className="t-hidden">{SEVERITY[entry.severity].text}: </span>
              <strong>{entry.instance}</strong> {entry.reason.text}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
