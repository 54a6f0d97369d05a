/** The status as metrics: every router, peer, path, pair and check. Pure but for the families that it fills. */
import type { PeerStatus, Role, RouterCounters, RouterStatus, Status } from '../../../core/status.ts';
import type { Families, Labels } from './family.ts';

const ROLES: readonly Role[] = ['starting', 'active', 'standby', 'fault', 'maintenance', 'bypass'];

const COUNTERS: Readonly<Record<keyof RouterCounters, string>> = {
  activeTransitions: 'times it became active',
  advertsSent: 'adverts sent',
  advertsReceived: 'adverts received and accepted',
  advertIntervalErrors: 'adverts with another interval (v2)',
  ipTtlErrors: 'adverts with a TTL other than 255',
  priorityZeroReceived: 'adverts with priority 0 received',
  priorityZeroSent: 'adverts with priority 0 sent',
  invalidTypeReceived: 'packets of another type than an advert',
  addressListErrors: 'adverts with other addresses',
  packetLengthErrors: 'packets of a wrong length',
  checksumErrors: 'packets with a wrong checksum',
  versionErrors: 'packets of another version',
  authErrors: 'packets with a wrong type of authentication or password (v2)',
  unknownSource: 'packets from a source that is no unicast peer',
  ownSource: 'adverts that claim our own source address',
  familyErrors: 'packets that are not for this transport',
  losingAdvertsAnswered: 'losing adverts answered at once',
  sendErrors: 'adverts that could not be sent',
  announcementsSent: 'gratuitous ARP and unsolicited NA sent',
  addressesRestored: 'addresses restored that somebody else removed',
};

/** `advertsSent` → `adverts_sent`. */
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const flag = (value: boolean | null): number | null => (value === null ? null : Number(value));
const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);

export function statusMetrics(families: Families, status: Status, now: number): void {
  const age = (since: string | null): number | null =>
    since === null ? null : Math.max(0, now - Date.parse(since)) / 1000;
  const { gauge } = families;
  gauge(
    'tandem_role',
    '1 for the role that the instance has',
    ROLES.map((role) => [{ role }, Number(status.role === role)]),
  );
  gauge('tandem_role_age_seconds', 'time in this role', [[{}, age(status.since)]]);
  gauge('tandem_eligible', '1 if it may become active', [[{}, flag(status.eligible)]]);
  gauge('tandem_primary', '1 if it is the primary', [[{}, flag(status.primary)]]);
  gauge('tandem_maintenance', '1 while out of service on purpose', [[{}, Number(status.maintenance !== null)]]);
  gauge('tandem_leader', '1 if it is the leader of the stack', [[{}, flag(status.leader)]]);
  gauge(
    'tandem_fault',
    '1 for each fault that stands',
    status.faults.map(({ name, router = '' }) => [{ name, router }, 1]),
  );
  gauge(
    'tandem_condition',
    '1 for each condition that stands',
    status.conditions.map(({ name, router = '', peer = '' }) => [{ name, router, peer }, 1]),
  );
  routers(families, status.routers, age);
  peers(families, status.peers);
  protection(families, status, age);
  const { lateness, realtime } = status;
  gauge('tandem_lateness_seconds', 'lateness of adverts and event loop over the last minute', [
    [{ quantile: '0.5' }, seconds(lateness.p50)],
    [{ quantile: '0.99' }, seconds(lateness.p99)],
    [{ quantile: '1' }, seconds(lateness.worst)],
  ]);
  gauge('tandem_realtime', '1 while the engine runs under real-time scheduling', [[{}, flag(realtime.scheduling)]]);
  gauge('tandem_memory_locked', '1 while its memory is locked', [[{}, flag(realtime.memoryLocked)]]);
}

type Age = (since: string | null) => number | null;

function routers({ gauge, counter }: Families, all: readonly RouterStatus[], age: Age): void {
  const of = ({ name, id, family, interface: port }: RouterStatus): Labels => ({
    router: name,
    vrid: String(id),
    family,
    interface: port,
  });
  gauge(
    'tandem_router_state',
    '1 for the state that the virtual router has',
    all.flatMap((router) =>
      ['init', 'backup', 'active', 'fault'].map(
        (state) => [{ ...of(router), state }, Number(router.state === state)] as const,
      ),
    ),
  );
  gauge(
    'tandem_router_state_age_seconds',
    'time in this state',
    all.map((router) => [of(router), age(router.since)]),
  );
  gauge(
    'tandem_router_priority',
    'its priority now',
    all.map((router) => [of(router), router.priority]),
  );
  gauge(
    'tandem_router_holds_addresses',
    '1 while its addresses are here',
    all.map((router) => [of(router), flag(router.holdsAddresses)]),
  );
  for (const [name, help] of Object.entries(COUNTERS) as [keyof RouterCounters, string][]) {
    counter(
      `tandem_router_${snake(name)}_total`,
      help,
      all.map((router) => [of(router), router.counters[name]]),
    );
  }
}

function peers({ gauge, counter }: Families, all: readonly PeerStatus[]): void {
  const healthy = (health: PeerStatus['health']): number | null =>
    health === 'unknown' ? null : Number(health === 'healthy');
  gauge(
    'tandem_peer_healthy',
    '1 if the peer answers its checks, absent while that is not known',
    all.map((peer) => [{ peer: peer.name }, healthy(peer.health)]),
  );
  gauge(
    'tandem_peer_last_contact_seconds',
    'since anything valid came from it',
    all.map((peer) => [{ peer: peer.name }, seconds(peer.lastContactMs)]),
  );
  gauge(
    'tandem_peer_failing_checks',
    'failed checks in a row on its best path',
    all.map((peer) => [{ peer: peer.name }, peer.failing]),
  );
  gauge(
    'tandem_peer_eligible',
    '1 if the peer says that it may become active',
    all.map((peer) => [{ peer: peer.name }, flag(peer.eligible)]),
  );
  counter(
    'tandem_peer_ignored_total',
    'datagrams that did not count, by reason',
    all.flatMap((peer) =>
      Object.entries(peer.ignored).map(([reason, count]) => [{ peer: peer.name, reason }, count] as const),
    ),
  );
  const paths = all.flatMap(({ name, paths: own }) =>
    own.map((path) => ({ labels: { peer: name, path: path.address }, path })),
  );
  gauge(
    'tandem_path_healthy',
    '1 if the peer answers on this path',
    paths.map(({ labels, path }) => [labels, healthy(path.health)]),
  );
  gauge(
    'tandem_path_rtt_seconds',
    'round trip of the last good check',
    paths.map(({ labels, path }) => [labels, seconds(path.rttMs)]),
  );
  gauge(
    'tandem_path_last_contact_seconds',
    'since an answer came on this path',
    paths.map(({ labels, path }) => [labels, seconds(path.lastContactMs)]),
  );
  gauge(
    'tandem_path_failing_checks',
    'failed checks in a row',
    paths.map(({ labels, path }) => [labels, path.failing]),
  );
}

function protection({ gauge }: Families, status: Status, age: Age): void {
  const { links, bandwidth, flaps, bypass, tracks } = status;
  gauge('tandem_link_pairs_active', 'link pairs that are up', [[{}, links.active]]);
  gauge('tandem_link_pairs_minimum', 'active link pairs below which it marks itself down', [[{}, links.minimum]]);
  const up = (state: string): number | null => (state === 'notMeasured' ? null : Number(state === 'up'));
  gauge(
    'tandem_link_pair_up',
    '1 if both ports of the pair have carrier',
    links.pairs.map(({ name, state }) => [{ pair: name }, up(state)]),
  );
  gauge(
    'tandem_link_pair_state_age_seconds',
    'time in this state',
    links.pairs.map(({ name, since }) => [{ pair: name }, age(since)]),
  );
  gauge(
    'tandem_link_port_up',
    '1 if the port has carrier',
    links.pairs.flatMap(({ name, outside, inside, outsideInterface, insideInterface }) => [
      [{ pair: name, side: 'outside', interface: outsideInterface }, flag(outside)] as const,
      [{ pair: name, side: 'inside', interface: insideInterface }, flag(inside)] as const,
    ]),
  );
  gauge(
    'tandem_track_up',
    '1 if the check passes, absent before its first result',
    tracks.map(({ name, type, up: good }) => [{ track: name, type }, flag(good)]),
  );
  gauge('tandem_bandwidth_bits_per_second', 'received over the last second', [[{}, bandwidth.bps]]);
  gauge('tandem_bandwidth_average_bits_per_second', 'average over the window', [[{}, bandwidth.averageBps]]);
  gauge('tandem_bandwidth_minimum_bits_per_second', 'below it there is a handover', [
    [{}, bandwidth.enabled ? bandwidth.minimum : null],
  ]);
  gauge('tandem_flaps', 'flaps in the window', [[{}, flaps.count]]);
  gauge('tandem_flaps_maximum', 'flaps allowed in the window, 0 = no limit', [[{}, flaps.max]]);
  gauge(
    'tandem_bypass',
    '1 for what the bypass reads',
    ['inline', 'bypass', 'notFitted', 'unknown'].map((state) => [{ state }, Number(bypass.state === state)]),
  );
  const { watchdog } = bypass;
  gauge('tandem_bypass_watchdog_armed', '1 while the card engages by itself when it is not fed', [
    [{}, watchdog === null ? null : Number(watchdog.armed)],
  ]);
  gauge('tandem_bypass_watchdog_fed_timestamp_seconds', 'when it was last fed', [
    [{}, typeof watchdog?.fedAt === 'string' ? Date.parse(watchdog.fedAt) / 1000 : null],
  ]);
  gauge('tandem_bypass_latched', '1 while an operator alone can release it', [[{}, flag(bypass.latched)]]);
}
