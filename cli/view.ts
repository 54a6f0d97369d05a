/** How texts for people are made: for what terminal, and in which colours roles and states stand. Pure. */
import type { PairState, PeerHealth, Role, RouterState } from '../core/status.ts';
import type { Paint, Style } from './terminal.ts';

export interface View {
  /** Wall time, ms. */
  readonly now: number;
  /** Columns of the terminal; infinite where there is none. */
  readonly width: number;
  readonly paint: Paint;
}

export const ROLE_STYLE: Readonly<Record<Role | 'unknown', Style>> = {
  starting: 'warn',
  active: 'good',
  standby: 'calm',
  fault: 'bad',
  maintenance: 'warn',
  bypass: 'bad',
  unknown: 'warn',
};

export const STATE_STYLE: Readonly<Record<RouterState, Style>> = {
  init: 'warn',
  backup: 'calm',
  active: 'good',
  fault: 'bad',
};

export const HEALTH_STYLE: Readonly<Record<PeerHealth, Style>> = { healthy: 'good', unhealthy: 'bad', unknown: 'warn' };

export const PAIR_STYLE: Readonly<Record<PairState, Style>> = {
  up: 'good',
  half: 'bad',
  down: 'bad',
  notMeasured: 'warn',
};

/** The role as it stands in a sentence. */
export function roleWords(role: string): string {
  return role === 'fault' || role === 'maintenance' || role === 'bypass' ? `in ${role}` : role;
}

/** `notMeasured` → `not measured`, `advertsSent` → `adverts sent`. */
export function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
