/** Times: relative for people, absolute on hover, exact for machines. */
import type { ReactNode } from 'react';
import { useNow } from '../live/live.tsx';
import { clock, moment, span } from '../words/format.ts';

const full = (at: string): string => `${moment(at)} local time, ${at} UTC`;

/** `3 d 4 h`, counting. */
export function Since({ at }: { readonly at: string }): ReactNode {
  const now = useNow(1000);
  return (
    <time dateTime={at} title={full(at)}>
      {span(now - Date.parse(at))}
    </time>
  );
}

export function Clock({ at, exact = false }: { readonly at: string; readonly exact?: boolean }): ReactNode {
  return (
    <time dateTime={at} title={full(at)}>
      {clock(at, exact)}
    </time>
  );
}

export function Moment({ at }: { readonly at: string }): ReactNode {
  return (
    <time dateTime={at} title={`${at} UTC`}>
      {moment(at)}
    </time>
  );
}
