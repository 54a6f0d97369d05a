/** HA > Events: a timeline of incidents. What happens while one reads waits behind a button. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { JournalPage } from '../../../../core/api/journal.ts';
import { read } from '../../api/client.ts';
import { useLive } from '../../live/live.tsx';
import { Blank, Waiting } from '../../parts/blank.tsx';
import { go, usePath } from '../../router.tsx';
import { day } from '../../words/format.ts';
import { FilterBar } from './filter-bar.tsx';
import { ItemRow } from './item-row.tsx';
import { fits, itemsOf, journalQuery, readFilter, writeFilter } from './query.ts';
import type { Filter } from './query.ts';

const PAGE = 100;

export function EventsTab(): ReactNode {
  const path = usePath();
  const [place = '', search = ''] = path.split('?');
  const filter = readFilter(search);
  const query = journalQuery(filter).toString();
  const { entries: live } = useLive().state;
  const history = useInfiniteQuery({
    queryKey: ['journal', query],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam }) =>
      read<JournalPage>(
        `/journal?limit=${PAGE}${pageParam === null ? '' : `&before=${pageParam}`}${query === '' ? '' : `&${query}`}`,
      ),
    getNextPageParam: ({ next }) => (next === null ? null : next + 1),
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const loaded = history.data?.pages.flatMap(({ entries }) => entries) ?? [];
  const newest = loaded[0]?.seq ?? 0;
  const [shownUpTo, setShownUpTo] = useState(0);
  const fresh = live.filter((entry) => entry.seq > newest && fits(entry, filter));
  const shown = fresh.filter(({ seq }) => seq <= shownUpTo);
  const waiting = fresh.length - shown.length;
  const items = itemsOf([...shown, ...loaded]);
  const show = (next: Filter): void => go(place + writeFilter(next), true);

  return (
    <div className="t-events-page">
      <FilterBar filter={filter} exportQuery={query} onChange={show} />
      <p className="t-live-row">
        {waiting === 0 ? (
          <span className="t-dim">Nothing new.</span>
        ) : (
          <Button variant="secondary" onClick={() => setShownUpTo(fresh[0]?.seq ?? 0)}>
            {waiting} new ↑
          </Button>
        )}
      </p>
      {history.isPending ? <Waiting lines={10} /> : null}
      {history.isError ? (
        <Blank
          shape="✕"
          title="The journal cannot be read."
          action={<Button onClick={() => void history.refetch()}>Try again</Button>}
        >
          {history.error.message}
        </Blank>
      ) : null}
      {!history.isPending && items.length === 0 ? <Blank shape="·" title="No event fits." /> : null}
      <ol className="t-timeline">
        {items.map((item, index) => {
          const today = day(item.head.at);
          const before = items[index - 1];
          const newDay = before === undefined || day(before.head.at) !== today;
          return (
            <li key={item.key}>
              {newDay ? <h2 className="t-day">{today}</h2> : null}
              <ItemRow item={item} open={filter.incident === item.key} />
            </li>
          );
        })}
      </ol>
      {history.hasNextPage ? (
        <Button variant="secondary" isLoading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Older events
        </Button>
      ) : null}
    </div>
  );
}
