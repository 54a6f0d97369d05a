/** The bypass for people: what it reads, why, and what ends that. Pure. */
import type { BypassBy, BypassStatus, WatchdogStatus } from '../core/status.ts';
import { formatAgo, formatMs, formatSince, formatTime } from './format.ts';
import { spaced } from './view.ts';

const ENDS: Readonly<Record<BypassBy, string>> = {
  flaps: ', until tandem bypass release',
  operator: ', until tandem bypass release',
  serviceDown: '',
  unknown: '',
};

/** One sentence; null where no driver is configured. */
export function bypassText(bypass: BypassStatus, now: number): string | null {
  const { driver, state, holder, since, detail, powerOff, watchdog } = bypass;
  if (driver === 'none') return null;
  const facts = [
    `${state === 'bypass' ? 'engaged' : spaced(state)}${since === null ? '' : ` since ${formatSince(since, now)}`}`,
    ...whyText(bypass, now),
    `driver ${driver}`,
    ...(holder ? ['this instance engages it when service is down'] : []),
    ...(powerOff === null
      ? []
      : [`without power ${powerOff === 'bypass' ? 'traffic passes uninspected' : 'nothing passes'}`]),
    ...(watchdog === null ? [] : [watchdogText(watchdog, now)]),
  ];
  return `bypass: ${facts.join(', ')}${detail === '' ? '' : ` (${detail})`}`;
}

function watchdogText({ armed, timeMs, fedAt }: WatchdogStatus, now: number): string {
  const fed = fedAt === null ? '' : `, last fed ${formatAgo(Math.max(0, now - Date.parse(fedAt)))}`;
  return `watchdog of ${formatMs(timeMs)} ${armed ? 'armed' : 'not armed'}${fed}`;
}

function whyText({ state, by, reason, reasonSince }: BypassStatus, now: number): string[] {
  if (by === null) return [];
  const since = reasonSince === null ? '' : ` (since ${formatTime(reasonSince, now)})`;
  return [`${state === 'bypass' ? '' : 'to be engaged: '}${reason?.text ?? spaced(by)}${since}${ENDS[by]}`];
}
