/**
 * The life of a session: `(life, fact, now) → life`, and when to look again. Time is counted, not dated: what is kept is how long it has certainly run, so that
 * whoever takes it over counts on from there, on its own monotonic clock. Clocks that differ, and the time that nobody counted, can only make a
 * deadline later. Pure.
 */
import type { CloseReason, SessionEnd } from '../../core/api/sessions.ts';
import { LEAST_UNUSED_MS, SETUP_MS } from '../../core/api/sessions.ts';
import type { Instant, Ms } from '../../core/clock.ts';
import { NEVER, later } from '../../core/clock.ts';
import type { SessionRecord } from './record.ts';

export interface Life {
  readonly record: SessionRecord;
  /** When `record.elapsedMs` was so. */
  readonly countedAt: Instant;
  /** Until when somebody has to say that it is needed. */
  readonly neededBy: Instant;
  /** The record has to be written: what it says is more than what is in the store. */
  readonly dirty: boolean;
}

export type LifeFact =
  | { readonly kind: 'time' }
  /** A client says that it is there. */
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'kill'; readonly by: string }
  /** A feature of it is gone, with the instance that it ran on. */
  | { readonly kind: 'lost'; readonly feature: string; readonly from: string }
  /** This process did not run for so long: nobody could be heard. */
  | { readonly kind: 'stalled'; readonly ms: Ms };

/** How much of what was counted a failover may lose. */
const COUNTED_EVERY_MS: Ms = 10_000;

/** A session that begins here. */
export function begin(record: SessionRecord, now: Instant): Life {
  return { record, countedAt: now, neededBy: neededBy(record, now, SETUP_MS), dirty: true };
}

/** A session that is found in the store, by an instance that begins to lead, or leads again. Whoever uses it gets the time to find its way here. */
export function resume(record: SessionRecord, instance: string, now: Instant): Life {
  const moved = record.home !== instance;
  const next = moved ? { ...record, home: instance, takeovers: record.takeovers + 1 } : record;
  const setupLeft = Math.max(record.unusedAfterMs, SETUP_MS - record.elapsedMs);
  return { record: next, countedAt: now, neededBy: neededBy(next, now, setupLeft), dirty: moved };
}

/** `wall`: for the record of an end, ISO 8601. */
export function step(life: Life, fact: LifeFact, now: Instant, wall: string): Life {
  const { record } = life;
  // A kill beats a renewal, and whatever else comes late.
  if (record.ended !== null) return life;
  switch (fact.kind) {
    case 'heartbeat': {
      const used: SessionRecord = { ...record, state: 'inUse' };
      const needed = neededBy(used, now, 0);
      if (record.state === 'inUse') return { ...life, neededBy: needed };
      return { ...count(life, now), record: { ...used, elapsedMs: elapsed(life, now) }, neededBy: needed, dirty: true };
    }
    case 'kill':
      return end(life, now, wall, 'Killed', `killed by ${fact.by}`);
    case 'lost': {
      const text = `${fact.feature} does not survive a failover, and ${fact.from} led the session`;
      return end(life, now, wall, 'StateLost', text, fact.feature);
    }
    case 'stalled':
      return { ...life, neededBy: later(life.neededBy, fact.ms) };
    case 'time': {
      const { maxTimeMs } = record;
      if (maxTimeMs !== null && elapsed(life, now) >= maxTimeMs)
        return end(life, now, wall, 'TimeLimitExceeded', `its time of ${seconds(maxTimeMs)} is over`);
      if (life.neededBy <= now) {
        if (record.state === 'setup')
          return end(life, now, wall, 'SetupDeadlineExceeded', `no client was heard within ${seconds(SETUP_MS)}`);
        return end(life, now, wall, 'Unused', `no client was heard for ${seconds(record.unusedAfterMs)}`);
      }
      return countedBy(life) <= now ? count(life, now) : life;
    }
  }
}

/** When `time` has something to do. */
export function due(life: Life): Instant {
  const { record, neededBy: needed } = life;
  if (record.ended !== null) return NEVER;
  return Math.min(needed, limitAt(life), countedBy(life)) as Instant;
}

/** How long it has certainly run. */
export function elapsed({ record, countedAt }: Life, now: Instant): Ms {
  return record.ended === null ? record.elapsedMs + Math.max(0, now - countedAt) : record.elapsedMs;
}

/** What ends it next if nothing happens; null: nothing does. */
export function deadline(life: Life, now: Instant): { readonly reason: CloseReason; readonly inMs: Ms } | null {
  const { record, neededBy: needed } = life;
  const limit = limitAt(life);
  if (record.ended !== null || (needed === NEVER && limit === NEVER)) return null;
  const reason = limit <= needed ? 'TimeLimitExceeded' : record.state === 'setup' ? 'SetupDeadlineExceeded' : 'Unused';
  return { reason, inMs: Math.max(0, Math.round(Math.min(limit, needed) - now)) };
}

/** As asked for, but never so short that a client which is there would be missed. */
export const unusedAfter = (asked: Ms): Ms => Math.max(LEAST_UNUSED_MS, asked);

function neededBy(record: SessionRecord, now: Instant, setupLeft: Ms): Instant {
  if (record.hold) return NEVER;
  return later(now, record.state === 'setup' ? setupLeft : record.unusedAfterMs);
}

function limitAt({ record, countedAt }: Life): Instant {
  const { maxTimeMs, elapsedMs } = record;
  return maxTimeMs === null ? NEVER : later(countedAt, maxTimeMs - elapsedMs);
}

/** Only where a deadline of whoever comes next depends on it. */
function countedBy({ record, countedAt }: Life): Instant {
  const matters = record.maxTimeMs !== null || (record.state === 'setup' && !record.hold);
  return matters ? later(countedAt, COUNTED_EVERY_MS) : NEVER;
}

function count(life: Life, now: Instant): Life {
  return { ...life, record: { ...life.record, elapsedMs: elapsed(life, now) }, countedAt: now, dirty: true };
}

function end(
  life: Life,
  now: Instant,
  at: string,
  reason: CloseReason,
  text: string,
  feature: string | null = null,
): Life {
  const ended: SessionEnd = { reason, text, feature, at };
  const record: SessionRecord = { ...life.record, state: 'ended', elapsedMs: elapsed(life, now), ended };
  return { record, countedAt: now, neededBy: NEVER, dirty: true };
}

const seconds = (ms: Ms): string => `${Math.round(ms / 1000)} s`;
