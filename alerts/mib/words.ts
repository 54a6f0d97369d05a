/** The numbers that stand for words in TANDEM-MIB. */
import type { Severity } from '../../core/event.ts';
import type {
  BandwidthState,
  BypassBy,
  BypassState,
  PairState,
  PeerHealth,
  PeerStatus,
  Role,
  RouterState,
  RouterStatus,
} from '../../core/status.ts';

export const ROLE: Readonly<Record<Role | 'unknown', number>> = {
  unknown: 0,
  starting: 1,
  active: 2,
  standby: 3,
  fault: 4,
  maintenance: 5,
  bypass: 6,
};
export const HEALTH: Readonly<Record<PeerHealth, number>> = { unknown: 0, healthy: 1, unhealthy: 2 };
export const SEVERITY: Readonly<Record<Severity, number>> = { info: 1, warning: 2, critical: 3 };
export const BANDWIDTH: Readonly<Record<BandwidthState, number>> = { off: 1, measuring: 2, ok: 3, low: 4 };
export const BYPASS: Readonly<Record<BypassState, number>> = { notFitted: 1, inline: 2, bypass: 3, unknown: 4 };
export const BYPASS_BY: Readonly<Record<BypassBy, number>> = { flaps: 1, serviceDown: 2, operator: 3, unknown: 4 };
export const ROUTER: Readonly<Record<RouterState, number>> = { init: 1, backup: 2, active: 3, fault: 4 };
export const FAMILY: Readonly<Record<RouterStatus['family'], number>> = { ipv4: 1, ipv6: 2 };
export const STANDING: Readonly<Record<PeerStatus['standing'], number>> = {
  eligible: 1,
  ineligible: 2,
  gone: 3,
  uncertain: 4,
};
export const PAIR: Readonly<Record<PairState, number>> = { up: 1, half: 2, down: 3, notMeasured: 4 };
