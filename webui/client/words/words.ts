/** The page's words for the API's values, each with a shape of its own, so that colour is never the only difference. Pure. */
import type { Severity } from '../../../core/event.ts';
import type { JournalKind } from '../../../core/api/journal.ts';
import type { StackHealth } from '../../../core/api/stack.ts';
import type { BypassBy, BypassState, PairState, PeerHealth, PowerOff, Role } from '../../../core/status.ts';

/** How something is meant: the colours and icons follow from it. */
export type Tone = 'good' | 'neutral' | 'info' | 'warning' | 'danger' | 'unknown';

export interface Word {
  readonly text: string;
  readonly shape: string;
  readonly tone: Tone;
}

export const ROLE: Readonly<Record<Role | 'unknown', Word>> = {
  active: { text: 'Active', shape: '▶', tone: 'good' },
  standby: { text: 'Standby', shape: '■', tone: 'neutral' },
  starting: { text: 'Starting', shape: '◌', tone: 'info' },
  fault: { text: 'Fault', shape: '✕', tone: 'danger' },
  maintenance: { text: 'Maintenance', shape: '‖', tone: 'warning' },
  bypass: { text: 'Bypass', shape: '⇄', tone: 'danger' },
  unknown: { text: 'Unknown', shape: '?', tone: 'unknown' },
};

/** Behind "is": `active`, but `in bypass`. */
export function being(role: Role | 'unknown'): string {
  const text = ROLE[role].text.toLowerCase();
  return role === 'fault' || role === 'maintenance' || role === 'bypass' ? `in ${text}` : text;
}

export const HEALTH: Readonly<Record<StackHealth, Word>> = {
  protected: { text: 'Protected', shape: '✓', tone: 'good' },
  degraded: { text: 'Degraded', shape: '!', tone: 'warning' },
  unprotected: { text: 'Unprotected', shape: '‼', tone: 'danger' },
  serviceDown: { text: 'Service down', shape: '✕', tone: 'danger' },
  unknown: { text: 'Unknown', shape: '?', tone: 'unknown' },
};

export const PAIR: Readonly<Record<PairState, Word>> = {
  up: { text: 'Up', shape: '●', tone: 'good' },
  half: { text: 'Half up', shape: '◐', tone: 'warning' },
  down: { text: 'Down', shape: '○', tone: 'danger' },
  notMeasured: { text: 'Not measured', shape: '?', tone: 'unknown' },
};

export const BYPASS: Readonly<Record<BypassState, Word>> = {
  inline: { text: 'Inline', shape: '●', tone: 'good' },
  bypass: { text: 'Bypassed', shape: '⇄', tone: 'danger' },
  notFitted: { text: 'Not fitted', shape: '–', tone: 'neutral' },
  unknown: { text: 'Unknown', shape: '?', tone: 'unknown' },
};

export const BYPASS_BY: Readonly<Record<BypassBy, string>> = {
  flaps: 'automatic: too many flaps',
  serviceDown: 'automatic: no instance is eligible',
  operator: 'by hand',
  unknown: 'found engaged; nobody here did it',
};

export const POWER_OFF: Readonly<Record<PowerOff, string>> = {
  bypass: 'traffic passes uninspected',
  blocked: 'nothing passes',
};

export const SEVERITY: Readonly<Record<Severity, Word>> = {
  info: { text: 'Information', shape: '·', tone: 'neutral' },
  warning: { text: 'Warning', shape: '!', tone: 'warning' },
  critical: { text: 'Critical', shape: '✕', tone: 'danger' },
};

/** `Pass`, `Failing (2 of 3)`, `Failed`, `Recovering (1 of 2)`. */
export function check(peer: {
  readonly health: PeerHealth;
  readonly failing: number;
  readonly recovering: number;
  readonly failureThreshold: number;
  readonly recoveryThreshold: number;
}): Word {
  const { health, failing, recovering, failureThreshold, recoveryThreshold } = peer;
  if (health === 'unknown') return { text: 'Unknown', shape: '?', tone: 'unknown' };
  if (health === 'healthy')
    return failing === 0
      ? { text: 'Pass', shape: '✓', tone: 'good' }
      : { text: `Failing (${failing} of ${failureThreshold})`, shape: '!', tone: 'warning' };
  return recovering === 0
    ? { text: 'Failed', shape: '✕', tone: 'danger' }
    : { text: `Recovering (${recovering} of ${recoveryThreshold})`, shape: '◌', tone: 'info' };
}

export const MODE: Readonly<Record<string, string>> = {
  off: 'Off',
  'active-passive': 'Active-passive',
  'active-active': 'Active-active',
  cluster: 'Cluster',
};

/** What the filter of the Events page calls the kinds. */
export const KINDS: readonly { readonly text: string; readonly kinds: readonly JournalKind[] }[] = [
  { text: 'Role', kinds: ['role', 'router', 'fault', 'condition', 'address', 'advert', 'flap'] },
  { text: 'Peer', kinds: ['peer'] },
  { text: 'Link', kinds: ['link', 'track'] },
  { text: 'Bandwidth', kinds: ['bandwidth'] },
  { text: 'Bypass', kinds: ['bypass'] },
  { text: 'Configuration', kinds: ['config'] },
  { text: 'User', kinds: ['user', 'action', 'drill'] },
  { text: 'Session', kinds: ['session'] },
  { text: 'System', kinds: ['process', 'manager', 'alert'] },
];
