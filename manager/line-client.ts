/** Asks a process of the daemon over its socket: a JSON object a line each way, answers carry the number of their request. Never throws and never rejects: what goes wrong is an answer. */
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';

export interface LineClient<Request, Answer> {
  /** Waits for whoever is being started, up to the limit. */
  ask(request: Request): Promise<Answer>;
  /** Called whenever the connection is made again: it may be another one that answers there. */
  onConnect(listener: () => void): void;
  close(): void;
}

export interface LineClientOptions<Answer> {
  readonly path: string;
  /** Who answers there. */
  readonly name: string;
  /** From the request to its answer, ms. */
  readonly limitMs: number;
  /** Longest line of an answer, bytes. */
  readonly longest: number;
  /** A connection that is lost is made again, whether there is something to ask or not. */
  readonly keep: boolean;
  /** Before each try to connect. Empty, or why there is no use in trying. */
  readonly before?: () => Promise<string>;
  /** What went wrong, as an answer. */
  readonly lost: (text: string) => Answer;
}

interface Waiting<Answer> {
  readonly line: string;
  readonly answer: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
  sent: boolean;
}

const RETRY_MS = 500;

export function createLineClient<Request extends object, Answer>(
  options: LineClientOptions<Answer>,
): LineClient<Request, Answer> {
  const { path, name, limitMs, longest, keep, before, lost } = options;
  const waiting = new Map<number, Waiting<Answer>>();
  const listeners: (() => void)[] = [];
  let socket: Socket | null = null;
  let trying = false;
  let retry: NodeJS.Timeout | null = null;
  let next = 0;
  let closed = false;
  let trouble = 'not connected yet';

  function settle(id: number, answer: Answer): void {
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

  async function connect(): Promise<void> {
    if (socket !== null || retry !== null || trying || closed) return;
    trying = true;
    const failed = (await before?.()) ?? '';
    trying = false;
    if (closed) return;
    if (failed !== '') {
      trouble = failed;
      return again();
    }
    open();
  }

  function open(): void {
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
      if (rest.length > longest) fresh.destroy();
      for (const piece of pieces) take(piece);
    });
    fresh.on('error', (error) => (trouble = error.message));
    fresh.on('close', () => {
      if (socket === fresh) socket = null;
      for (const [id, one] of waiting) if (one.sent) settle(id, lost(`the ${name} ended before it answered`));
      again();
    });
  }

  function again(): void {
    if (closed || (!keep && waiting.size === 0)) return;
    retry = setTimeout(() => {
      retry = null;
      void connect();
    }, RETRY_MS);
  }

  function take(line: string): void {
    try {
      const { id, ...answer } = JSON.parse(line) as { readonly id: number };
      settle(id, answer as Answer);
    } catch {
      socket?.destroy();
    }
  }

  return {
    ask(request) {
      return new Promise((resolve) => {
        if (closed) return resolve(lost('closed'));
        const id = next++;
        const timer = setTimeout(() => settle(id, lost(`the ${name} does not answer on ${path}: ${trouble}`)), limitMs);
        waiting.set(id, { line: `${JSON.stringify({ id, ...request })}\n`, answer: resolve, timer, sent: false });
        if (socket === null) void connect();
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
