/** Light, dark, or as the system. One class on the root element, which theme.js has set before the first paint. */
import { useSyncExternalStore } from 'react';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'tandem-theme';
const DARK = 'pf-v6-theme-dark';
const media = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

export function theme(): Theme {
  try {
    const chosen = localStorage.getItem(KEY);
    return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
  } catch {
    return 'auto';
  }
}

function apply(): void {
  const chosen = theme();
  document.documentElement.classList.toggle(DARK, chosen === 'dark' || (chosen === 'auto' && media.matches));
  listeners.forEach((listener) => listener());
}

export function setTheme(chosen: Theme): void {
  try {
    if (chosen === 'auto') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
  } catch {
    // Storage is switched off: this page alone.
  }
  apply();
}

media.addEventListener('change', apply);
// Paper is light.
window.addEventListener('beforeprint', () => document.documentElement.classList.remove(DARK));
window.addEventListener('afterprint', apply);
// Another tab chose.
window.addEventListener('storage', apply);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** True while the page is dark: the chart draws its own colours. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, () => document.documentElement.classList.contains(DARK));
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, theme);
}
