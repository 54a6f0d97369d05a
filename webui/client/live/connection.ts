/**
 * Keeps a stream of events open, and says when it is silent. It is read as bytes, so that a heartbeat counts as a sign of life. Where streams are blocked on the
 * way it asks every two seconds instead, and says so.
 */
import type { JournalEntry, JournalPage } from '../../../core/api/journal.ts';
import type { Sample, Snapshot, StatusPatch } from '../../../core/api/stack.ts';
import { ask } from '../api/client.ts';
import { createSseReader } from './sse.ts';
import type { StreamMessage } from './sse.ts';
import type { LiveEvent } from './state.ts';

/** Heartbeats come every five seconds: with three missed the connection is lost. */
const SILENCE_MS = 14_000;
const POLL_MS = 2000;
const RETRY_MS = 2000;
/** A stream that fails once may have been cut; one that fails again is blocked. */
const BLOCKED_AFTER = 2;

export interface Connection {
  close(): void;
  /** Asks for the whole snapshot: a patch did not fit. */
  refetch(): void;
}

export function connect(tell: (event: LiveEvent) => void, sample: (sample: Sample) => void): Connection {
  let stream: AbortController | null = null;
  let silence = 0;
  let retry = 0;
  let last: number | null = null;
  let closed = false;
  /** The present stream has said something. */
  let alive = false;
  /** Streams in a row that ended before they said anything. */
  let failures = 0;
  let polledAt = 0;

  function heard(): void {
    window.clearTimeout(silence);
    silence = window.setTimeout(silent, SILENCE_MS);
  }

  function silent(): void {
    const answered = Date.now() - polledAt < 2 * POLL_MS;
    if (!answered) tell({ kind: 'lost', at: Date.now() });
    stream?.abort();
  }

  async function poll(): Promise<void> {
    const answer = await ask<Snapshot>('GET', '/snapshot', { limitMs: 5000 });
    if (closed) return;
    if (!answer.ok) {
      if (answer.problem.status !== 401) tell({ kind: 'lost', at: Date.now() });
      return;
    }
    polledAt = Date.now();
    tell({ kind: 'snapshot', snapshot: answer.value, at: polledAt, polled: !alive && failures >= BLOCKED_AFTER });
    last ??= answer.value.journal;
    if (!alive && last !== null && (answer.value.journal ?? 0) > last) await catchUp(last);
  }

  /** What the stream would have told: without it no action would ever be seen to end. */
  async function catchUp(after: number): Promise<void> {
    const missed = await ask<JournalPage>('GET', `/journal?after=${after}&order=oldest&limit=200`, { limitMs: 5000 });
    if (closed || !missed.ok) return;
    for (const entry of missed.value.entries) took(entry);
  }

  function took(entry: JournalEntry): void {
    last = Math.max(last ?? 0, entry.seq);
    tell({ kind: 'entry', entry, at: Date.now() });
  }

  function take({ event, data }: StreamMessage): void {
    const at = Date.now();
    switch (event) {
      case 'snapshot': {
        const snapshot = JSON.parse(data) as Snapshot;
        last ??= snapshot.journal;
        return tell({ kind: 'snapshot', snapshot, at });
      }
      case 'status':
        return tell({ kind: 'patch', patch: JSON.parse(data) as StatusPatch, at });
      case 'event':
        return took(JSON.parse(data) as JournalEntry);
      case 'sample':
        return sample(JSON.parse(data) as Sample);
    }
  }

  async function read(signal: AbortSignal): Promise<void> {
    const response = await fetch(last === null ? '/api/v1/events' : `/api/v1/events?after=${last}`, {
      headers: { accept: 'text/event-stream' },
      cache: 'no-store',
      signal,
    });
    if (!response.ok || response.body === null) throw new Error(`the stream was refused: ${response.status}`);
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const messages = createSseReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      alive = true;
      failures = 0;
      messages(decoder.decode(value, { stream: true })).forEach(take);
      tell({ kind: 'heartbeat', at: Date.now() });
    }
  }

  function open(): void {
    if (closed || stream !== null || document.hidden) return;
    tell({ kind: 'opening' });
    const opened = new AbortController();
    stream = opened;
    alive = false;
    heard();
    void read(opened.signal)
      .catch(() => undefined)
      .then(() => {
        if (stream !== opened) return;
        stream = null;
        window.clearTimeout(silence);
        if (!alive) failures += 1;
        alive = false;
        // Refused, cut, or blocked on the way: the plain request tells which.
        void poll();
        window.clearTimeout(retry);
        if (!closed) retry = window.setTimeout(open, RETRY_MS);
      });
  }

  function end(): void {
    window.clearTimeout(silence);
    window.clearTimeout(retry);
    const ended = stream;
    stream = null;
    ended?.abort();
  }

  function visible(): void {
    if (document.hidden) end();
    else open();
  }

  const polling = window.setInterval(() => {
    if (!alive && failures >= BLOCKED_AFTER && !document.hidden) void poll();
  }, POLL_MS);
  document.addEventListener('visibilitychange', visible);
  open();
  return {
    close() {
      closed = true;
      document.removeEventListener('visibilitychange', visible);
      window.clearInterval(polling);
      end();
    },
    refetch: () => void poll(),
  };
}
