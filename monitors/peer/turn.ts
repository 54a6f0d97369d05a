/** One step of a session while it is worked out. */
import type { Instant } from '../../core/clock.ts';
import type { PeerHealth } from '../../core/status.ts';
import type { IgnoredReason, PathState, PeerSession, SessionEffect, SessionOrders } from './state.ts';

export interface Turn {
  session: PeerSession;
  readonly effects: SessionEffect[];
  readonly orders: SessionOrders;
  readonly now: Instant;
}

export function change(turn: Turn, part: Partial<PeerSession>): void {
  turn.session = { ...turn.session, ...part };
}

/** It did not count: counted by its reason, and nothing else. */
export function ignore(turn: Turn, reason: IgnoredReason): void {
  const { ignored } = turn.session;
  change(turn, { ignored: { ...ignored, [reason]: (ignored[reason] ?? 0) + 1 } });
}

export function setPath(turn: Turn, index: number, path: PathState): void {
  const before = turn.session.paths[index];
  if (before === undefined || before === path) return;
  change(turn, { paths: turn.session.paths.with(index, path) });
  if (before.health !== path.health) turn.effects.push({ do: 'pathHealth', path: index, health: path.health });
}

/** Every path is changed by the same rule. */
export function eachPath(turn: Turn, rule: (path: PathState, index: number) => PathState): void {
  for (const [index, path] of turn.session.paths.entries()) setPath(turn, index, rule(path, index));
}

/** What the paths say of the peer. */
export function settleHealth(turn: Turn): void {
  const { session, now } = turn;
  const health = healthOf(session);
  if (health === session.health) return;
  change(turn, { health, healthSince: now });
  turn.effects.push({ do: 'health', health });
}

/** Healthy while any path is. Who was healthy does not become unknown: a path that never answered proves nothing. */
export function healthOf({ paths, health }: Pick<PeerSession, 'paths' | 'health'>): PeerHealth {
  if (paths.some((path) => path.health === 'healthy')) return 'healthy';
  return health !== 'unknown' || paths.every((path) => path.health === 'unhealthy') ? 'unhealthy' : 'unknown';
}
