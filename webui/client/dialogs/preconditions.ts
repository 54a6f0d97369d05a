/** What is looked at before a switchover, live: whether the other one can take over. Pure. */
import type { PeerStatus, Status } from '../../../core/status.ts';

export interface Precondition {
  readonly text: string;
  readonly ok: boolean;
  /** Without it nothing can be done, but by force. */
  readonly hard: boolean;
}

const reachable = ({ name, health }: PeerStatus): Precondition =>
  health === 'healthy'
    ? { text: `${name} is reachable`, ok: true, hard: true }
    : { text: `${name} does not answer`, ok: false, hard: true };

function sameSettings(peer: PeerStatus, status: Status): Precondition {
  const same = peer.configurationHash === status.configuration.hash;
  return { text: same ? 'settings match' : 'settings differ', ok: same, hard: false };
}

/** This instance gives its role to the peer of that name. */
export function giving(to: string, status: Status): readonly Precondition[] {
  const peer = status.peers.find(({ name }) => name === to);
  if (peer === undefined) return [{ text: 'no peer is known', ok: false, hard: true }];
  const { name, links, faults, eligible } = peer;
  const why = faults.length === 0 ? '' : `: ${faults.join(', ')}`;
  return [
    reachable(peer),
    eligible === true
      ? { text: `${name} may become active`, ok: true, hard: true }
      : { text: `${name} may not become active${why}`, ok: false, hard: true },
    ...(links === null
      ? []
      : [
          {
            text: `${links.active} of ${links.minimum} required link pairs`,
            ok: links.active >= links.minimum,
            hard: false,
          },
        ]),
    sameSettings(peer, status),
  ];
}

/** This instance takes the role from the peer of that name. */
export function taking(from: string, status: Status): readonly Precondition[] {
  const { instance, eligible, faults } = status;
  const why = faults.length === 0 ? '' : `: ${faults.map(({ text }) => text).join(', ')}`;
  const peer = status.peers.find(({ name }) => name === from);
  return [
    eligible
      ? { text: `${instance} may become active`, ok: true, hard: true }
      : { text: `${instance} may not become active${why}`, ok: false, hard: true },
    ...(peer === undefined ? [] : [reachable(peer), sameSettings(peer, status)]),
  ];
}
