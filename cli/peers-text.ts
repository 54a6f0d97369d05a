/** The other instances for people: what checks say of each, what it says of itself, and every path to it. Pure. */
import type { PeerStatus } from '../core/status.ts';
import { formatAge, formatAgo, formatMs, wrap } from './format.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { HEALTH_STYLE, ROLE_STYLE, type View } from './view.ts';

/** All of `tandem peers`. */
export function peersText(peers: readonly PeerStatus[], view: View): string {
  if (peers.length === 0) return 'no peers are configured: the others are plain VRRP speakers\n';
  const notes = peers.flatMap(notesOf).flatMap((note) => wrap(note, view.width));
  const lines = [
    ...peersAtAGlance(peers, view),
    '',
    ...pathsTable(peers, view),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** A line a peer, as a part of the status too. */
export function peersAtAGlance(peers: readonly PeerStatus[], view: View): string[] {
  const headings = ['PEER', 'HEALTH', 'SINCE', 'ROLE', 'CONTACT', 'CHECKS', 'LINK PAIRS', 'WHY'];
  const rows = peers.map((peer): Cell[] => [
    peer.name,
    { text: peer.health, style: HEALTH_STYLE[peer.health] ?? 'strong' },
    formatAge(view.now - Date.parse(peer.since)),
    { text: peer.role, style: ROLE_STYLE[peer.role] ?? 'strong' },
    formatAgo(peer.lastContactMs),
    checksText(peer, peer),
    linksText(peer),
    whyText(peer),
  ]);
  return table(headings, rows, view.width, view.paint);
}

/** One without pairs, or without a word of them. */
function linksText({ links }: PeerStatus): string {
  if (links === null || (links.active === 0 && links.minimum === 0)) return '-';
  return `${links.active} up, ${links.minimum} needed`;
}

function whyText({ faults, reason }: PeerStatus): string {
  return faults.length > 0 ? faults.join('; ') : (reason?.text ?? 'no report of its own that is fresh');
}

/** `0 of 3 missed` while it is healthy, `1 of 2 good` while it comes back. */
function checksText(
  of: Pick<PeerStatus, 'health' | 'failing' | 'recovering'>,
  { failureThreshold, recoveryThreshold }: PeerStatus,
): string {
  if (of.health === 'unhealthy' && of.recovering > 0) return `${of.recovering} of ${recoveryThreshold} good`;
  return `${Math.min(of.failing, failureThreshold)} of ${failureThreshold} missed`;
}

function pathsTable(peers: readonly PeerStatus[], view: View): string[] {
  const headings = ['PEER', 'PATH', 'HEALTH', 'ROUND TRIP', 'CONTACT', 'CHECKS'];
  const rows = peers.flatMap((peer) =>
    peer.paths.map((path): Cell[] => [
      peer.name,
      path.address,
      { text: path.health, style: HEALTH_STYLE[path.health] ?? 'strong' },
      path.rttMs === null ? '-' : formatMs(path.rttMs),
      formatAgo(path.lastContactMs),
      checksText(path, peer),
    ]),
  );
  return table(headings, rows, view.width, view.paint);
}

/** What stands in no column. */
function notesOf(peer: PeerStatus): string[] {
  const { name, primary, version, configurationHash, standing, ignored } = peer;
  const told =
    version === null
      ? ''
      : `: ${primary === true ? 'primary, ' : ''}version ${version}, configuration ${configurationHash ?? '-'}`;
  const dropped = Object.entries(ignored).filter(([, count]) => count > 0);
  return [
    `${name} counts as ${standing}${told}`,
    ...(dropped.length > 0
      ? [`${name}: datagrams ignored: ${dropped.map(([why, n]) => `${why} ${n}`).join(', ')}`]
      : []),
  ];
}
