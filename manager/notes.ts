/**
 * What colleagues are told of a maintenance, or of a bypass that was engaged by hand: the engine does not know it, so it is kept here, from the asking to the
 * end of what was asked for, over a restart of the manager too. Who asked may have been refused a moment later, and it may end while no manager runs: a
 * note stands for one maintenance alone, or for one bypass.
 */
import { printable } from '../config/printable.ts';
import { NOTE_LENGTH } from '../core/action.ts';
import type { Note } from '../core/api/stack.ts';
import type { Ms } from '../core/clock.ts';
import type { TandemEvent } from '../core/event.ts';
import type { Status } from '../core/status.ts';
import { readKept, writeKept } from './kept-files.ts';

/** What a note is about. */
export interface Subject {
  /** Since when it is so, as the engine says; null = it is not. */
  readonly since: (status: Status) => string | null;
  /** The event with this code ends it. */
  readonly endedBy: string | null;
  /** In words, for the log. */
  readonly name: string;
}

export const MAINTENANCE: Subject = {
  since: ({ maintenance }) => maintenance?.since ?? null,
  endedBy: 'maintenanceEnded',
  name: 'maintenance',
};
/** By hand alone: what the brain engages has its reason. */
export const BYPASS: Subject = {
  since: ({ bypass }) => (bypass.by === 'operator' ? bypass.reasonSince : null),
  endedBy: null,
  name: 'bypass',
};

export interface NotePorts {
  readonly of: Subject;
  /** Where it is kept. */
  readonly file: string;
  readonly wall: () => number;
  readonly warn: (text: string) => void;
}

export interface Notes {
  /** An action that the engine has taken. Resolves when it is on disk, or could not be put there, which the log says. */
  keep(text: string, by: string, actionId: string): Promise<void>;
  /** Every status of the engine: has it begun, has it ended? */
  look(status: Status): void;
  /** Events of the engine: the end of an action is one. */
  events(events: readonly TandemEvent[]): void;
  /** Null unless it is of what is so now. */
  present(): Note | null;
  /** Everything so far is on disk. */
  settled(): Promise<void>;
}

interface Kept extends Note {
  readonly actionId: string;
  /** When the engine says that it began; null until it has. */
  readonly since: string | null;
}

/** The engine ends every action within ten seconds: what has not begun then never will. */
const BEGIN_MS: Ms = 15_000;
/** The engine counts ages and prints times: what it prints of one moment differs a little, and more after the clock was set. */
const SAME_MS: Ms = 60_000;
/** One that began earlier than so long before the note is the one before. */
const EARLIER_MS: Ms = 2000;

export async function createNotes({ of, file, wall, warn }: NotePorts): Promise<Notes> {
  let kept = keptOf(await readKept(file));
  /** Until the first status after a start: it may have ended, and another begun, without us. */
  let unsure = kept !== null;
  let begun = false;
  let writing: Promise<void> = Promise.resolve();

  function set(next: Kept | null): void {
    kept = next;
    begun = false;
    const text = `${JSON.stringify(next)}\n`;
    writing = writing.then(async () => {
      try {
        await writeKept(file, text);
      } catch (error) {
        warn(`the note of the ${of.name} is not kept over a restart: ${(error as Error).message}`);
      }
    });
  }

  return {
    keep(text, by, actionId) {
      unsure = false;
      set({ text: printable(text, NOTE_LENGTH), by, at: new Date(wall()).toISOString(), actionId, since: null });
      return writing;
    },
    look(status) {
      if (kept === null) return;
      const { at, since } = kept;
      const present = of.since(status);
      if (present === null) {
        if (since !== null || wall() - Date.parse(at) > BEGIN_MS) set(null);
        return;
      }
      const began = Date.parse(present);
      if (since === null) {
        if (began < Date.parse(at) - EARLIER_MS) return;
        // Somebody else's, which no note was written for.
        if (began > Date.parse(at) + BEGIN_MS) return set(null);
        set({ ...kept, since: present });
      } else if (unsure && Math.abs(began - Date.parse(since)) > SAME_MS) return set(null);
      unsure = false;
      begun = true;
    },
    events(events) {
      for (const { actionId, at, ended, reason } of events) {
        if (kept === null) return;
        const failed = actionId === kept.actionId && ended === 'failed';
        if (failed || (reason.code === of.endedBy && at > kept.at)) set(null);
      }
    },
    present() {
      if (kept === null || !begun) return null;
      const { text, by, at } = kept;
      return { text, by, at };
    },
    settled: () => writing,
  };
}

function keptOf(found: unknown): Kept | null {
  if (typeof found !== 'object' || found === null) return null;
  const { text, by, at, actionId, since } = found as Partial<Record<keyof Kept, unknown>>;
  const wrong = [text, by, at, actionId].some((one) => typeof one !== 'string') || Number.isNaN(Date.parse(String(at)));
  if (wrong || (since !== null && typeof since !== 'string')) return null;
  return { text: String(text), by: String(by), at: String(at), actionId: String(actionId), since };
}
