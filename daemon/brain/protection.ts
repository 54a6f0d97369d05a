/** What outlives this engine and protects the stack from it (design section 2): told to the guardian as ages, read back as instants. */
import { type Instant, NEVER, later } from '../../core/clock.ts';
import { NO_PROTECTION, type Protection } from '../channel.ts';
import type { Turn } from './draft.ts';
import { flapsInWindow } from './flap-window.ts';
import type { Instance } from './state.ts';

export function protectionOf(instance: Instance, now: Instant): Protection {
  const { latched, maintenance, bandwidthDisarmed: move } = instance;
  const { operator } = instance.bypass;
  return {
    flapAges: flapsInWindow(instance, now).map((at) => now - at),
    latched: latched === null ? null : { ageMs: now - latched.since },
    maintenance:
      maintenance === null
        ? null
        : {
            by: maintenance.by,
            ageMs: now - maintenance.since,
            leftMs: maintenance.until === NEVER ? null : Math.max(0, maintenance.until - now),
            reboot: maintenance.reboot,
          },
    operatorBypass: operator === null ? null : { by: operator.by, ageMs: now - operator.since },
    bandwidthMove: move === null ? null : { by: move.by, ageMs: now - move.at, recovered: move.recovered },
  };
}

/** Ask the guardian to keep it. */
export function protect(turn: Turn): void {
  turn.draft.protectSeq += 1;
  const seq = turn.draft.protectSeq;
  turn.effects.push({ do: 'protect', seq, protection: protectionOf(turn.draft, turn.now) });
}

/** At start: what an engine before this one left, latch and operator's bypass among it (brain 7.7, 8.3, 9.2). */
export function restore(turn: Turn, protection: Protection = NO_PROTECTION): void {
  const { draft, now } = turn;
  const before = (ageMs: number): Instant => later(now, -ageMs);
  const { latched, maintenance, operatorBypass, bandwidthMove } = protection;
  draft.flaps = protection.flapAges.map(before);
  draft.latched = latched === null ? null : { since: before(latched.ageMs), saved: true };
  if (maintenance !== null) {
    const { by, ageMs, leftMs, reboot } = maintenance;
    draft.maintenance = { by, since: before(ageMs), until: leftMs === null ? NEVER : later(now, leftMs), reboot };
  }
  if (operatorBypass !== null) {
    const { by, ageMs } = operatorBypass;
    draft.bypass = { ...draft.bypass, operator: { by, since: before(ageMs) } };
  }
  if (bandwidthMove !== null) {
    const { by, ageMs, recovered } = bandwidthMove;
    const at = before(ageMs);
    const armsAt = recovered ? (Math.max(now, at + draft.plan.bandwidth.cooldownMs) as Instant) : NEVER;
    draft.bandwidthDisarmed = { by, at, recovered, armsAt };
  }
}
