/** Keeps a stream of events open, and says when it is silent. Where streams are blocked it asks every two seconds instead, and says so. */
import type { JournalEntry } from '../../../core/api/journal.ts';
import type { Sample, Snapshot, StatusPatch } from '../../../core/api/stack.ts';
import { ask } from '../api/client.ts';
import type { LiveEvent } from './state.ts';

/** Heartbeats come every five seconds: three missed are a lost connection. */
const SILENCE_MS = 15_000;
const POLL_MS = 2000;
const RETRY_MS = 2000;

export interface Connection {
  close(): void;
  /** Asks for the whole snapshot: a patch did not fit. */
  refetch(): void;
}

export function connect(tell: (event: LiveEvent) => void, sample: (sample: Sample) => void): Connection {
  let source: EventSource | null = null;
  let silence = 0;
  let retry = 0;
  let last: number | null = null;
  let closed = false;
  /** The stream said something once: it is not blocked. */
  let streamed = false;

  function heard(): void {
    window.clearTimeout(silence);
    silence = window.setTimeout(lost, SILENCE_MS);
  }

  function lost(): void {
    source?.close();
    source = null;
    tell({ kind: 'lost', at: Date.now() });
    again(RETRY_MS);
  }

  function again(ms: number): void {
    window.clearTimeout(retry);
    if (!closed) retry = window.setTimeout(open, ms);
  }

  async function poll(): Promise<void> {
    const answer = await ask<Snapshot>('GET', '/snapshot');
    if (closed) return;
    if (answer.ok) tell({ kind: 'snapshot', snapshot: answer.value, at: Date.now(), polled: !streamed });
    else if (answer.problem.status !== 401) tell({ kind: 'lost', at: Date.now() });
  }

  function open(): void {
    if (closed || source !== null || document.hidden) return;
    tell({ kind: 'opening' });
    const opened = new EventSource(last === null ? '/api/v1/events' : `/api/v1/events?after=${last}`);
    source = opened;
    heard();
    const on = (name: string, take: (data: string) => void): void =>
      opened.addEventListener(name, (message) => {
        heard();
        streamed = true;
        take((message as MessageEvent<string>).data);
      });
    on('snapshot', (data) => {
      const snapshot = JSON.parse(data) as Snapshot;
      last ??= snapshot.journal;
      tell({ kind: 'snapshot', snapshot, at: Date.now() });
    });
    on('status', (data) => tell({ kind: 'patch', patch: JSON.parse(data) as StatusPatch, at: Date.now() }));
    on('event', (data) => {
      const entry = JSON.parse(data) as JournalEntry;
      last = Math.max(last ?? 0, entry.seq);
      tell({ kind: 'entry', entry, at: Date.now() });
    });
    on('sample', (data) => {
      tell({ kind: 'heartbeat', at: Date.now() });
      sample(JSON.parse(data) as Sample);
    });
    opened.addEventListener('error', () => {
      opened.close();
      if (source === opened) source = null;
      window.clearTimeout(silence);
      // Refused, cut, or blocked on the way: the plain request tells which.
      void poll();
      again(streamed ? RETRY_MS : POLL_MS);
    });
  }

  function visible(): void {
    if (document.hidden) {
      window.clearTimeout(silence);
      source?.close();
      source = null;
    } else open();
  }

  document.addEventListener('visibilitychange', visible);
  open();
  return {
    close() {
      closed = true;
      document.removeEventListener('visibilitychange', visible);
      window.clearTimeout(silence);
      window.clearTimeout(retry);
      source?.close();
    },
    refetch: () => void poll(),
  };
}
