/** A session as it stands in the store: `sessions/<id>`, and its blocklist beside it, a key for each source, so that two instances can add to it at once. */
import type { SessionEnd, SessionFeature, SessionState } from '../../core/api/sessions.ts';
import { CLOSE_REASONS } from '../../core/api/sessions.ts';
import type { Ms } from '../../core/clock.ts';
import { SESSIONS } from '../store/merge-rules.ts';
import type { Json } from '../store/store.ts';

export interface SessionRecord {
  readonly id: string;
  /** Canonical network. */
  readonly target: string;
  readonly features: readonly SessionFeature[];
  readonly policy: { readonly name: string; readonly version: number } | null;
  readonly state: SessionState;
  readonly hold: boolean;
  readonly by: string;
  /** Wall time, for display. */
  readonly startedAt: string;
  /** Has certainly passed since it began, ms: counted on monotonic clocks, so that no clock can make a deadline come early. */
  readonly elapsedMs: Ms;
  readonly maxTimeMs: Ms | null;
  readonly unusedAfterMs: Ms;
  /** The instance that leads it. */
  readonly home: string;
  readonly takeovers: number;
  /** The store knows by this that an end beats whatever else was written (merge-rules.ts). */
  readonly ended: SessionEnd | null;
}

export const BLOCKLISTS = 'blocklists/';

/** How long an ended session can still be looked at. */
export const ENDED_TTL_MS: Ms = 3_600_000;

export const sessionKey = (id: string): string => `${SESSIONS}${id}`;
export const sourceKey = (id: string, source: string): string => `${BLOCKLISTS}${id}/${source}`;

/** Session and source of a key under `blocklists/`; null if it is none. */
export function readSourceKey(key: string): { readonly session: string; readonly source: string } | null {
  const [, session, source] = /^blocklists\/([^/]+)\/(.+)$/.exec(key) ?? [];
  return session === undefined || source === undefined ? null : { session, source };
}

export function recordJson(record: SessionRecord): Json {
  return { ...record, features: record.features.map((feature) => ({ ...feature })) } as unknown as Json;
}

/** What stands in the store was written by an instance of this version or another one: what cannot be understood is left alone. */
export function readRecord(value: Json): SessionRecord | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const record = value as unknown as SessionRecord;
  const { id, target, features, state, hold, by, startedAt, elapsedMs, unusedAfterMs, home, takeovers, ended } = record;
  const texts = [id, target, by, startedAt, home];
  if (texts.some((text) => typeof text !== 'string')) return null;
  if (![elapsedMs, unusedAfterMs, takeovers].every((number) => Number.isFinite(number))) return null;
  if (!Array.isArray(features) || typeof hold !== 'boolean') return null;
  if (!['setup', 'inUse', 'ended'].includes(state)) return null;
  if (ended === undefined || (ended !== null && !CLOSE_REASONS.includes(ended.reason))) return null;
  return record;
}

/** How a feature is called where it is named. */
export const featureName = (feature: SessionFeature): string =>
  feature.name === 'command' ? feature.command : feature.name;
