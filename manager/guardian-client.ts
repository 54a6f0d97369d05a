/** Asks the guardian over `<run>/guardian.sock` (core/guardian-link.ts). Never throws and never rejects: what goes wrong is an answer. */
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { LONGEST_LINK_LINE } from '../core/guardian-link.ts';
import type { GuardianAnswer, GuardianRequest } from '../core/guardian-link.ts';

export interface GuardianClient {
  /** Waits for a guardian that is being started; 20 s at most, as a check of the configuration takes a while. */
  ask(request: GuardianRequest): Promise<GuardianAnswer>;
  /** Called whenever the connection is made again: the guardian is another one, perhaps with another plan. */
  onConnect(listener: () => void): void;
  close(): void;
}

interface Waiting {
  readonly line: string;
  readonly answer: (answer: GuardianAnswer) => void;
  readonly timer: NodeJS.Timeout;
  sent: boolean;
}

const LIMIT_MS = 20_000;
const RETRY_MS = 500;

export function createGuardianClient(path: string): GuardianClient {
  const waiting = new Map<number, Waiting>();
  const listeners: (() => void)[] = [];
  let socket: Socket | null = null;
  let retry: NodeJS.Timeout | null = null;
  let next = 0;
  let closed = false;
  let trouble = 'not connected yet';

  function settle(id: number, answer: GuardianAnswer): void {
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
    let rest = '';
    fresh.setEncoding('utf8');
    fresh.on('connect', () => {
      for (const listener of listeners) listener();
      send();
    });
    fresh.on('data', (chunk: string) => {
      const pieces = (rest + chunk).split('\n');
      rest = pieces.pop() ?? '';
      if (rest.length > LONGEST_LINK_LINE) fresh.destroy();
      for (const piece of pieces) take(piece);
    });
    fresh.on('error', (error) => (trouble = error.message));
    fresh.on('close', () => {
      if (socket === fresh) socket = null;
      for (const [id, one] of waiting) if (one.sent) settle(id, lost('the guardian ended before it answered'));
      if (closed) return;
      retry = setTimeout(() => {
        retry = null;
        connect();
      }, RETRY_MS);
    });
  }

  function take(line: string): void {
    try {
      const { id, ...answer } = JSON.parse(line) as GuardianAnswer & { readonly id: number };
      settle(id, answer);
    } catch {
      socket?.destroy();
    }
  }

  return {
    ask(request) {
      return new Promise((resolve) => {
        const id = next++;
        const timer = setTimeout(
          () => settle(id, lost(`the guardian does not answer on ${path}: ${trouble}`)),
          LIMIT_MS,
        );
        waiting.set(id, { line: `${JSON.stringify({ id, ...request })}\n`, answer: resolve, timer, sent: false });
        if (socket === null) connect();
        else send();
      });
    },
    onConnect: (listener) => void listeners.push(listener),
    close() {
      closed = true;
      if (retry !== null) clearTimeout(retry);
      socket?.destroy();
      for (const id of waiting.keys()) settle(id, lost('closed'));
    },
  };
}

const lost = (text: string): GuardianAnswer => ({ ok: false, error: { code: 'failed', text } });
