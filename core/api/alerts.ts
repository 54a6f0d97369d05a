/** Who is told (design section 8), and how that goes. */
import type { JournalEntry } from './journal.ts';

export interface SinkView {
  /** `syslog:192.0.2.9:514/udp`, `trap:192.0.2.9:162`, `webhook:https://…` (without user, password and query). */
  readonly id: string;
  readonly kind: 'syslog' | 'trap' | 'webhook' | 'agent';
  readonly target: string;
  readonly detail: string;
  readonly state: 'ok' | 'failing' | 'idle';
  readonly since: string;
  /** Waiting in its queue, sent, given up or dropped because the queue was full. */
  readonly queued: number;
  readonly sent: number;
  readonly dropped: number;
  readonly lastError: string | null;
  readonly lastSentAt: string | null;
}

export interface TestResult {
  readonly sink: string;
  readonly ok: boolean;
  /** What was seen: `taken (2 ms)`, `sent; UDP gives no receipt`, or why not. */
  readonly text: string;
}

/** Everything that tells others. */
export interface Alerts {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Called for each entry after it is on disk; never waits. */
  take(entry: JournalEntry): void;
  sinks(): readonly SinkView[];
  /** Sends a test alert to one sink, or to all, and waits for the outcome (10 s at most). */
  test(sink: string | null, by: string): Promise<readonly TestResult[]>;
}
