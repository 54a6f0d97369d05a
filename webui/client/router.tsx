/** Which page is shown: the path, and nothing that a library would be needed for. Leaving is asked for where something is unsaved. */
import { useSyncExternalStore } from 'react';
import type { MouseEvent, ReactNode } from 'react';

const listeners = new Set<() => void>();
let guard: (() => boolean) | null = null;

const here = (): string => location.pathname + location.search;
/** What is shown: where Back was refused, the address goes there again. */
let shown = here();

function tell(): void {
  shown = here();
  listeners.forEach((listener) => listener());
}

window.addEventListener('popstate', () => {
  if (guard === null || here() === shown || guard()) tell();
  else history.pushState(null, '', shown);
});

/** Path and query as they are now. */
export function usePath(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, here);
}

/** `mayLeave` is asked before another page is shown; null = always. */
export function guardLeaving(mayLeave: (() => boolean) | null): void {
  guard = mayLeave;
}

export function go(path: string, replace = false): void {
  if (guard !== null && !guard()) return;
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  tell();
  window.scrollTo(0, 0);
}

/** For `onClick` of a link: a plain click stays within the page, any other is the browser's. */
export function follow(path: string): (event: MouseEvent) => void {
  return (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(path);
  };
}

export function Link({
  to,
  children,
  className,
}: {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
}): ReactNode {
  return (
    <a href={to} onClick={follow(to)} className={className}>
      {children}
    </a>
  );
}
