/**
 * A receiver of syslog over TCP or TLS. An entry counts as delivered when the receiver's machine has acknowledged it. Where the connection then breaks
 * in a way that may have cost what was acknowledged (a reset: the receiver died with something unread, or its machine), the last minute is repeated.
 */
import type { JournalEntry } from '../../core/api/journal.ts';
import type { Ms } from '../../core/clock.ts';
import type { Sink } from '../sink.ts';
import { openLine } from './connection.ts';
import type { Line } from './connection.ts';
import { countedFrame } from './format.ts';

/** RFC 5425 section 4.3.1: what every receiver should take. */
export const LONGEST_STREAM = 8192;
const IN_DOUBT_MS: Ms = 60_000;
const MOST_IN_DOUBT = 1000;

export interface StreamOptions {
  readonly id: string;
  readonly target: string;
  readonly detail: string;
  readonly host: string;
  readonly port: number;
  readonly format: (entry: JournalEntry, most: number) => Buffer;
  /** The authorities that are trusted, read at each connection; without it plain TCP. */
  readonly authorities?: () => Promise<string | null>;
  /** Monotonic, ms. */
  readonly now?: () => Ms;
}

export function createStreamSink(options: StreamOptions): Sink {
  const { id, target, detail, host, port, format, authorities } = options;
  const now = options.now ?? (() => performance.now());
  let line: Line | null = null;
  let handed: { readonly seq: number; readonly at: Ms }[] = [];
  let doubt: (seqs: readonly number[]) => void = () => undefined;

  function ended(clean: boolean): void {
    line = null;
    const since = now() - IN_DOUBT_MS;
    const seqs = handed.filter(({ at }) => at >= since).map(({ seq }) => seq);
    handed = [];
    if (!clean && seqs.length > 0) doubt(seqs);
  }

  async function deliverAll(entries: readonly JournalEntry[], signal: AbortSignal): Promise<number> {
    if (line === null) {
      const tls = authorities === undefined ? {} : { tls: { ca: await authorities() } };
      line = await openLine({ host, port, ...tls, ended }, signal);
    }
    const frames = entries.map((entry) => countedFrame(format(entry, LONGEST_STREAM)));
    await line.send(Buffer.concat(frames), signal);
    const at = now();
    handed = [...handed, ...entries.map(({ seq }) => ({ seq, at }))].slice(-MOST_IN_DOUBT);
    return entries.length;
  }

  return {
    id,
    kind: 'syslog',
    target,
    detail,
    promised: true,
    wants: () => true,
    deliver: async (entry, signal) => void (await deliverAll([entry], signal)),
    deliverAll,
    onDoubt: (listener) => void (doubt = listener),
    async close() {
      doubt = () => undefined;
      line?.close();
      line = null;
    },
  };
}
