/** An entry of the journal with nothing special about it. */
import type { JournalEntry } from '../../core/api/journal.ts';

export function entry(more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id: 'e1',
    seq: 1,
    engineSeq: 1,
    at: '2026-11-21T01:02:03.456Z',
    instance: 'a',
    kind: 'role',
    severity: 'info',
    reason: { code: 'peerUnhealthy', text: 'b missed 3 of 3 checks on every path' },
    incident: null,
    ...more,
  };
}
