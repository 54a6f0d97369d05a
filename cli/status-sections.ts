/** Parts of the status that stand there only where they are configured: link pairs, tracks, bandwidth, flaps, bypass. Pure. */
import type { BandwidthStatus, Status, TrackStatus } from '../core/status.ts';
import { bypassText } from './bypass-text.ts';
import { count, formatBps, formatMs, wrap } from './format.ts';
import { linksAtAGlance } from './links-text.ts';
import { peersAtAGlance } from './peers-text.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import type { View } from './view.ts';

/** Each with a blank line before it. */
export function configuredSections(status: Status, view: View): string[] {
  const { peers, links, tracks } = status;
  const bypass = bypassText(status.bypass, view.now);
  const measured = [...bandwidthText(status.bandwidth), ...flapsText(status), ...(bypass === null ? [] : [bypass])];
  const parts = [
    peers.length === 0 ? [] : peersAtAGlance(peers, view),
    links.pairs.length === 0 ? [] : linksAtAGlance(links, view),
    tracks.length === 0 ? [] : tracksAtAGlance(tracks, view),
    measured.flatMap((text) => wrap(text, view.width)),
  ];
  return parts.filter((part) => part.length > 0).flatMap((part) => ['', ...part]);
}

function tracksAtAGlance(tracks: readonly TrackStatus[], view: View): string[] {
  const rows = tracks.map(({ name, type, up, weight, routers, detail }): Cell[] => [
    name,
    type,
    up === null
      ? { text: 'not known yet', style: 'warn' }
      : up
        ? { text: 'up', style: 'good' }
        : { text: 'down', style: 'bad' },
    weight === 0 ? 'fault' : `priority ${weight > 0 ? '+' : '-'}${Math.abs(weight)}`,
    routers.length === 0 ? 'all' : routers.join(', '),
    detail === '' ? '-' : detail,
  ]);
  return table(['TRACK', 'TYPE', 'STATE', 'WEIGHT', 'ROUTERS', 'LAST CHECK'], rows, view.width, view.paint);
}

/** Only an active instance is measured (brain 9.1). */
function bandwidthText({
  enabled,
  bps,
  averageBps,
  minimum,
  windowSeconds,
  state,
  disarmedBy,
}: BandwidthStatus): string[] {
  if (!enabled) return [];
  const words = { ok: 'enough', low: 'too little', measuring: 'still measuring', off: 'not judged while not active' };
  const average =
    averageBps === null ? '' : `, ${formatBps(averageBps)} on average over ${formatMs(windowSeconds * 1000)}`;
  const disarmed = disarmedBy === null ? '' : `; ${disarmedBy} moved the role for lack of traffic, it moves no further`;
  return [
    `bandwidth: ${bps === null ? 'nothing measured' : `${formatBps(bps)} received`}${average}, minimum ${formatBps(minimum)}: ${words[state]}${disarmed}`,
  ];
}

/** A line where flaps matter: with peers or a bypass, or if there were any. */
function flapsText({ flaps, peers, bypass }: Status): string[] {
  const { count: counted, max, windowSeconds, latched } = flaps;
  const matters = counted > 0 || latched || (max > 0 && (peers.length > 0 || bypass.driver !== 'none'));
  if (!matters) return [];
  const limit = max === 0 ? 'no limit' : `${max} allowed`;
  const out = latched
    ? `; out of service until ${bypass.latched ? 'tandem bypass release' : 'tandem flaps reset'}`
    : '';
  return [`flaps: ${count(counted, 'flap')} in ${windowText(windowSeconds)}, ${limit}${latched ? out : ''}`];
}

function windowText(seconds: number): string {
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
