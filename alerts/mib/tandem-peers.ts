/** TANDEM-MIB: the tables of the other instances and of the paths to them. */
import type { Status } from '../../core/status.ts';
import { nameIndex, TANDEM_OBJECTS } from './oid.ts';
import { answer, dateAndTime, gauge, integer, text } from './value.ts';
import { table } from './view.ts';
import type { Column } from './view.ts';
import { HEALTH, ROLE, STANDING } from './words.ts';

const known = (n: number | null) => (n === null ? null : gauge(n));

export function peerTables({ peers }: Status): Column[] {
  const paths = peers.flatMap((peer) => peer.paths.map((path, at) => ({ peer: peer.name, number: at + 1, path })));
  return [
    ...table({
      entry: [...TANDEM_OBJECTS, 7, 5, 1],
      first: 2,
      rows: peers,
      index: ({ name }) => nameIndex(name),
      columns: [
        ['tandemPeerHealth', (peer) => integer(HEALTH[peer.health])],
        ['tandemPeerSince', (peer) => dateAndTime(peer.since)],
        ['tandemPeerRole', (peer) => integer(ROLE[peer.role])],
        ['tandemPeerReasonCode', (peer) => text(peer.reason?.code ?? null)],
        ['tandemPeerReasonText', (peer) => text(peer.reason?.text ?? null)],
        ['tandemPeerEligible', (peer) => answer(peer.eligible)],
        ['tandemPeerStanding', (peer) => integer(STANDING[peer.standing])],
        ['tandemPeerLastContact', (peer) => known(peer.lastContactMs)],
        ['tandemPeerFailing', (peer) => gauge(peer.failing)],
        ['tandemPeerRecovering', (peer) => gauge(peer.recovering)],
        ['tandemPeerFailureThreshold', (peer) => gauge(peer.failureThreshold)],
        ['tandemPeerRecoveryThreshold', (peer) => gauge(peer.recoveryThreshold)],
        ['tandemPeerPrimary', (peer) => answer(peer.primary)],
        ['tandemPeerVersion', (peer) => text(peer.version)],
        ['tandemPeerConfigurationHash', (peer) => text(peer.configurationHash)],
        ['tandemPeerFaults', (peer) => text(peer.faults.join('; '))],
      ],
    }),
    ...table({
      entry: [...TANDEM_OBJECTS, 7, 6, 1],
      first: 2,
      rows: paths,
      index: ({ peer, number }) => [...nameIndex(peer), number],
      columns: [
        ['tandemPathAddress', ({ path }) => text(path.address)],
        ['tandemPathHealth', ({ path }) => integer(HEALTH[path.health])],
        ['tandemPathRoundTrip', ({ path }) => known(path.rttMs === null ? null : path.rttMs * 1000)],
        ['tandemPathLastContact', ({ path }) => known(path.lastContactMs)],
        ['tandemPathFailing', ({ path }) => gauge(path.failing)],
        ['tandemPathRecovering', ({ path }) => gauge(path.recovering)],
      ],
    }),
  ];
}
