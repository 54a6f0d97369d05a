import type { SessionRecord } from '../../../../stack/sessions/record.ts';

export const WALL = '2026-11-21T01:00:00.000Z';

/** A session that has just begun. */
export const RECORD: SessionRecord = {
  id: 'ms-1',
  target: '203.0.113.10',
  features: [{ name: 'blocklist' }],
  policy: null,
  state: 'setup',
  hold: false,
  by: 'admin',
  startedAt: WALL,
  elapsedMs: 0,
  maxTimeMs: null,
  unusedAfterMs: 30_000,
  home: 'a',
  takeovers: 0,
  ended: null,
};
