/** Where there is nothing to show: what that means, and one thing to do. */
import type { ReactNode } from 'react';

interface Props {
  readonly shape: string;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export function Blank({ shape, title, children, action }: Props): ReactNode {
  return (
    <div className="t-blank">
      <span aria-hidden="true" className="t-blank-shape">
        {shape}
      </span>
      <p className="t-strong">{title}</p>
      {children === undefined ? null : <div className="t-dim">{children}</div>}
      {action}
    </div>
  );
}

/** Grey bars of the final size, at the first load only. */
export function Waiting({ lines = 3 }: { readonly lines?: number }): ReactNode {
  return (
    <div className="t-waiting" aria-busy="true">
      <span className="t-hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="t-bar" />
      ))}
    </div>
  );
}
