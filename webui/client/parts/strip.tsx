/** The last sixty checks of a path: a bar each, and the same in words. */
import type { ReactNode } from 'react';
import { stripText } from '../words/format.ts';

const SHOWN = 60;

export function Strip({ recent }: { readonly recent: string }): ReactNode {
  const marks = recent.slice(-SHOWN);
  return (
    <span className="t-strip" role="img" aria-label={stripText(marks)} title={stripText(marks)}>
      {Array.from(marks.padStart(SHOWN, ' '), (mark) => mark).map((mark, index) => (
        // A bar has no other name than its place.
        <span key={index} className={mark === 'p' ? 't-pass' : mark === 'f' ? 't-fail' : 't-none'} />
      ))}
    </span>
  );
}
