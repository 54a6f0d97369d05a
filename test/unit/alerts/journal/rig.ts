/** Journals in folders of their own, removed when the test is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../../../../alerts/journal/journal.ts';
import type { OpenJournal } from '../../../../alerts/journal/journal.ts';
import type { NewEntry } from '../../../../core/api/journal.ts';
import type { TandemEvent } from '../../../../core/event.ts';

export const NOW = Date.parse('2026-11-21T12:00:00.000Z');

export interface JournalRig {
  readonly folder: string;
  now: number;
  open(): Promise<OpenJournal>;
  /** What has to end before the journals are closed. */
  atEnd(end: () => Promise<void>): void;
}

/** Closes what was opened and removes the folder after each test. */
export function journalRig(): JournalRig {
  const opened = new Set<OpenJournal>();
  const ends: (() => Promise<void>)[] = [];
  const rig = {
    folder: '',
    atEnd: (end: () => Promise<void>) => void ends.push(end),
    now: NOW,
    async open() {
      const journal = await openJournal(rig.folder, 'a', () => rig.now);
      opened.add(journal);
      const { close } = journal;
      journal.close = async () => {
        if (opened.delete(journal)) await close();
      };
      return journal;
    },
  };
  beforeEach(() => {
    rig.folder = join(mkdtempSync(join(tmpdir(), 'tandem-journal-')), 'journal');
    rig.now = NOW;
  });
  afterEach(async () => {
    for (const end of ends) await end();
    for (const journal of opened) await journal.close();
    rmSync(join(rig.folder, '..'), { recursive: true, force: true });
  });
  return rig;
}

export function event(seq: number, more: Partial<TandemEvent> = {}): TandemEvent {
  return {
    id: `e${seq}`,
    seq,
    at: new Date(NOW + seq * 1000).toISOString(),
    instance: 'a',
    kind: 'role',
    severity: 'info',
    reason: { code: 'recovered', text: `text ${seq}` },
    incident: null,
    ...more,
  };
}

export const events = (count: number, more: (seq: number) => Partial<TandemEvent> = () => ({})): NewEntry[] =>
  Array.from({ length: count }, (_, at) => ({ event: event(at + 1, more(at + 1)), log: 'L1' }));

export const own = (text: string): NewEntry => ({
  kind: 'user',
  severity: 'info',
  reason: { code: 'loggedIn', text },
  incident: null,
  actor: { user: 'anna', from: '192.0.2.7' },
});
