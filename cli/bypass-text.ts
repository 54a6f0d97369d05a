/** The bypass for people: what it reads, why, and what ends that. Pure. */
import type { BypassBy, BypassStatus } from '../core/status.ts';
import { formatSince, formatTime } from './format.ts';
import { spaced } from './view.ts';

const ENDS: Readonly<Record<BypassBy, string>> = {
  flaps: ', until tandem bypass release',
  operator: ', until tandem bypass release',
  serviceDown: '',
  unknown: '',
};

/** One sentence; null where no driver is configured. */
export function bypassText(bypass: BypassStatus, now: number): string | null {
  const { driver, state, holder, since, detail } = bypass;
  if (driver === 'none') return null;
  const facts = [
    `${state === 'bypass' ? 'engaged' : spaced(state)}${since === null ? '' : ` since ${formatSince(since, now)}`}`,
    ...whyText(bypass, now),
    `driver ${driver}`,
    ...(holder ? ['this instance engages it when service is down'] : []),
  ];
  return `bypass: ${facts.join(', ')}${detail === '' ? '' : ` (${detail})`}`;
}

function whyText({ state, by, reason, reasonSince }: BypassStatus, now: number): string[] {
  if (by === null) return [];
  const since = reasonSince === null ? '' : ` (since ${formatTime(reasonSince, now)})`;
  return [`${state === 'bypass' ? '' : 'to be engaged: '}${reason?.text ?? spaced(by)}${since}${ENDS[by]}`];
}
