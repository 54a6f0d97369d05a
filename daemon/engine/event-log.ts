/**
 * The engine's memory of what happened: the newest events, numbered, each with the incident that it belongs to.
 * Bounded, in memory; the manager keeps the history.
 */
import { randomUUID } from 'node:crypto';
import type { Clock, Instant, Ms } from '../../core/clock.ts';
import type { EventBody, TandemEvent } from '../../core/event.ts';
import { describeReason } from '../../core/reason.ts';

/** Quiet for this long ends an incident. */
export const INCIDENT_QUIET_MS: Ms = 10_000;

/** An incident to which further events may still be added. */
export interface OpenIncident {
  readonly id: string;
  /** When its last event happened. */
  readonly lastAt: Instant;
}

/**
 * The incident of an event that happens now, or null outside of one. It opens with the first event that is a change of role, moves a router
 * into or out of `active`, or is louder than `info`, and takes every event within ten seconds of its last one. Pure; `newId` is called for a new one only.
 */
export function incidentOf(
  open: OpenIncident | null,
  event: Pick<EventBody, 'kind' | 'severity' | 'from' | 'to'>,
  now: Instant,
  newId: () => string,
): OpenIncident | null {
  if (open !== null && now - open.lastAt <= INCIDENT_QUIET_MS) return { id: open.id, lastAt: now };
  const moves = event.kind === 'role' || event.from === 'active' || event.to === 'active';
  if (moves || event.severity !== 'info') return { id: newId(), lastAt: now };
  return null;
}

export interface EventLog {
  /** Drawn at random for every log: a reader that comes back with another one has numbers that mean nothing here. */
  readonly id: string;
  /** Number of the newest event, 0 before the first. */
  readonly last: number;
  /** Number of the oldest event kept, 1 before the first. */
  readonly first: number;
  /** Number an event, keep it and tell the subscribers. */
  append(body: EventBody): TandemEvent;
  /**
   * The kept events after number `seq`, oldest first, at most `limit`. `gap`: some of those asked for are not kept any more, or `seq` is
   * of another log (larger than any number given out); then all that is kept counts as after it.
   */
  after(seq: number, limit?: number): { readonly gap: boolean; readonly events: readonly TandemEvent[] };
  /** The newest `n` events, oldest first. */
  latest(n: number): readonly TandemEvent[];
  /** Call `listener` after every append, synchronously; it must be quick and not throw. Returns how to stop that. */
  subscribe(listener: (event: TandemEvent) => void): () => void;
}

/** A log that keeps the newest `limit` events. */
export function createEventLog(options: { instance: string; clock: Clock; limit?: number }): EventLog {
  const { instance, clock } = options;
  const limit = options.limit ?? 10_000;
  /** Event number n lies at (n - 1) mod limit. */
  const ring: TandemEvent[] = [];
  const listeners = new Set<(event: TandemEvent) => void>();
  let last = 0;
  let open: OpenIncident | null = null;

  const firstKept = (): number => Math.max(1, last - limit + 1);
  const range = (from: number, to: number): TandemEvent[] => {
    const events: TandemEvent[] = [];
    for (let seq = from; seq <= to; seq++) events.push(ring[(seq - 1) % limit]!);
    return events;
  };

  return {
    id: randomUUID(),
    get last() {
      return last;
    },
    get first() {
      return firstKept();
    },
    append(body) {
      open = incidentOf(open, body, clock.now(), randomUUID);
      last += 1;
      const event: TandemEvent = {
        id: randomUUID(),
        seq: last,
        at: new Date(clock.wall()).toISOString(),
        instance,
        kind: body.kind,
        severity: body.severity,
        reason: describeReason(body.reason),
        incident: open?.id ?? null,
        ...(body.router === undefined ? {} : { router: body.router }),
        ...(body.from === undefined ? {} : { from: body.from }),
        ...(body.to === undefined ? {} : { to: body.to }),
        ...(body.actionId === undefined ? {} : { actionId: body.actionId }),
        ...(body.ended === undefined ? {} : { ended: body.ended }),
      };
      ring[(last - 1) % limit] = event;
      for (const listener of listeners) listener(event);
      return event;
    },
    after(seq, most = Number.POSITIVE_INFINITY) {
      const gap = seq > last || seq < firstKept() - 1;
      const from = gap ? firstKept() : seq + 1;
      return { gap, events: range(from, Math.min(last, from + most - 1)) };
    },
    latest(n) {
      return range(Math.max(firstKept(), last - n + 1), last);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
