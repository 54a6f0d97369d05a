/** Asks the helper. Never throws and never rejects: whatever goes wrong is an answer with `ok: false`. */
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { createLines } from '../lines.ts';
import { LONGEST_LINE, decodeAnswer, encodeRequest } from './protocol.ts';
import type { HelperAnswer, HelperRequest } from './protocol.ts';

export interface HelperClient {
  /** Answers when the work is done. A helper that is just being started is waited for. */
  request(request: HelperRequest): Promise<HelperAnswer>;
  close(): void;
}

export interface ClientLimits {
  /** From the request to its answer, waiting for the helper included, ms. */
  readonly requestMs: number;
  /** Between two tries to connect, ms. */
  readonly retryMs: number;
}

const LIMITS: ClientLimits = { requestMs: 30_000, retryMs: 100 };

interface Waiting {
  readonly line: string;
  readonly answer: (answer: HelperAnswer) => void;
  readonly timer: NodeJS.Timeout;
  sent: boolean;
}

/** A client of `<run>/helper.sock`. It connects when it is first asked, and again after the helper was restarted. */
export function createHelperClient(path: string, limits: ClientLimits = LIMITS): HelperClient {
  const waiting = new Map<number, Waiting>();
  let socket: Socket | null = null;
  let retry: NodeJS.Timeout | null = null;
  let next = 0;
  let closed = false;

  function settle(id: number, answer: HelperAnswer): void {
    const one = waiting.get(id);
    if (one === undefined) return;
    waiting.delete(id);
    clearTimeout(one.timer);
    one.answer(answer);
  }

  function send(): void {
    if (socket === null || socket.connecting) return;
    for (const one of waiting.values()) {
      if (!one.sent) socket.write(one.line);
      one.sent = true;
    }
  }

  function connect(): void {
    if (socket !== null || retry !== null || closed) return;
    const fresh = createConnection(path);
    socket = fresh;
    const lines = createLines(LONGEST_LINE, (line) => {
      const answer = decodeAnswer(line);
      if (answer !== null) settle(answer.id, answer.value);
    });
    fresh.on('connect', send);
    fresh.on('data', (chunk) => {
      if (!lines(chunk)) fresh.destroy();
    });
    fresh.on('error', () => undefined);
    fresh.on('close', () => {
      if (socket === fresh) socket = null;
      // What was sent may or may not have been done: only the asker knows whether to ask again.
      for (const [id, one] of waiting)
        if (one.sent) settle(id, { ok: false, text: 'the helper ended before it answered' });
      if (waiting.size === 0 || closed) return;
      retry = setTimeout(() => {
        retry = null;
        connect();
      }, limits.retryMs);
    });
  }

  return {
    request(request) {
      return new Promise((resolve) => {
        if (closed) return resolve({ ok: false, text: 'the client is closed' });
        const id = next++;
        const timer = setTimeout(
          () => settle(id, { ok: false, text: `the helper did not answer within ${limits.requestMs} ms (${path})` }),
          limits.requestMs,
        );
        waiting.set(id, { line: encodeRequest(id, request), answer: resolve, timer, sent: false });
        if (socket === null) connect();
        else send();
      });
    },
    close() {
      closed = true;
      if (retry !== null) clearTimeout(retry);
      retry = null;
      socket?.destroy();
      for (const id of waiting.keys()) settle(id, { ok: false, text: 'the client was closed' });
    },
  };
}
