/**
 * A sink: one receiver of alerts. It only knows how to hand over one entry (or a few); waiting, order, repeating, back-off, counting and the queue on disk
 * are the queue's (alerts/queue.ts), the same for all.
 */
import type { SinkView } from '../core/api/alerts.ts';
import type { Ms } from '../core/clock.ts';
import type { JournalEntry } from '../core/api/journal.ts';

export interface Sink {
  /** As SinkView says it: `syslog:192.0.2.9:514/udp`. It names the queue on disk too: the same receiver has the same id after a restart. */
  readonly id: string;
  readonly kind: SinkView['kind'];
  readonly target: string;
  readonly detail: string;
  /** The receiver says that it took an entry, so that repeating makes sense. Without that (UDP) an entry is sent once, in order, and done. */
  readonly promised: boolean;
  /** Whether this receiver wants such entries at all. */
  wants(entry: JournalEntry): boolean;
  /**
   * Hands over one entry. Resolves when the receiver has it (promised) or when it has left (not promised). Rejects with `GivenUp` where it will never take
   * this entry, with any other error where it is worth trying again; the message is what a person reads. Called for one entry at a time.
   */
  deliver(entry: JournalEntry, signal: AbortSignal): Promise<void>;
  /** The same for several, oldest first, where one by one would be slow. Resolves with how many of them, from the first, the receiver has: at least one. */
  deliverAll?(entries: readonly JournalEntry[], signal: AbortSignal): Promise<number>;
  /**
   * Told where entries that were handed over may not have arrived after all (a connection was reset). They are repeated: a receiver knows one that it
   * has by its id.
   */
  onDoubt?(listener: (seqs: readonly number[]) => void): void;
  /** Ends connections. What is under way rejects. */
  close(): Promise<void>;
}

/** The receiver will never take this entry: it is not repeated, and the journal says so. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/** The receiver asks not to be asked again for so long. */
export class TryLater extends Error {
  override readonly name = 'TryLater';
  readonly afterMs: Ms;
  constructor(message: string, afterMs: Ms) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** An agent is asked by others instead of being handed entries (SNMP); it is shown among the sinks. */
export interface AlertsAgent {
  start(): void | Promise<void>;
  stop(): Promise<void>;
  /** Each entry, after it is on disk; never waits. */
  take(entry: JournalEntry): void;
  view(): SinkView;
}
