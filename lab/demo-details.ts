/** One line of the demo's screen: what an instance says of its peer, its link pair, its bandwidth, its flaps and its bypass. Pure. */
import type { PairState, PeerHealth } from '../core/status.ts';
import type { InstanceView, SeenStatus } from './demo-instance.ts';
import { dim, green, red, yellow } from './demo-style.ts';

/** What an engine does not tell (yet). */
const UNKNOWN = dim('-');

const HEALTH: Readonly<Record<PeerHealth, (text: string) => string>> = { healthy: green, unhealthy: red, unknown: dim };
const PAIR: Readonly<Record<PairState, (text: string) => string>> = {
  up: green,
  half: red,
  down: red,
  notMeasured: dim,
};

/** `peer b healthy (10.78.0.2 ✓ 10.76.0.2 ✓) · pair wan1 up · 10.1 Mbps ok · flaps 1/3 · bypass inline`. */
export function details({ status }: InstanceView): string {
  if (status === null) return '';
  return [peers(status), pairs(status), bandwidth(status), flaps(status), bypass(status)].join(dim(' · '));
}

function peers({ peers: list }: SeenStatus): string {
  if (list === null || list === undefined) return `peer ${UNKNOWN}`;
  if (list.length === 0) return dim('no peer');
  return list
    .map(({ name, health, paths }) => {
      const ways = paths.map((path) => HEALTH[path.health](`${path.address} ${SIGN[path.health]}`)).join(' ');
      return `peer ${name} ${HEALTH[health](health)} ${ways}`;
    })
    .join(', ');
}

const SIGN: Readonly<Record<PeerHealth, string>> = { healthy: '✓', unhealthy: '✗', unknown: '?' };

function pairs({ links }: SeenStatus): string {
  if (links === null || links === undefined) return `pair ${UNKNOWN}`;
  return links.pairs.map(({ name, state }) => `pair ${name} ${PAIR[state](state)}`).join(', ');
}

function bandwidth({ bandwidth: seen }: SeenStatus): string {
  if (seen === null || seen === undefined) return `bandwidth ${UNKNOWN}`;
  const { state, averageBps, disarmedBy } = seen;
  const average = averageBps === null ? '' : `${megabits(averageBps)} `;
  const colour = state === 'low' ? red : state === 'ok' ? green : dim;
  return `bandwidth ${average}${colour(state)}${disarmedBy === null ? '' : yellow(' (trigger off)')}`;
}

function flaps({ flaps: seen }: SeenStatus): string {
  if (seen === null || seen === undefined) return `flaps ${UNKNOWN}`;
  const { count, max } = seen;
  const text = `flaps ${count}/${max}`;
  return count > max ? red(text) : count > 0 ? yellow(text) : text;
}

function bypass({ bypass: seen }: SeenStatus): string {
  if (seen === null || seen === undefined) return `bypass ${UNKNOWN}`;
  const { state, by, latched } = seen;
  const why = `${by === null ? '' : ` by ${by}`}${latched ? ', latched' : ''}`;
  return `bypass ${(state === 'bypass' ? red : state === 'unknown' ? yellow : dim)(state)}${why}`;
}

/** `9.9 Mbps`. */
export function megabits(bps: number): string {
  return `${(bps / 1e6).toFixed(1)} Mbps`;
}
