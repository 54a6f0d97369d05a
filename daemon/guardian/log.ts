/**
 * What the guardian has to say: plain lines on stdout and stderr. Whoever reads them may stand still (a full pipe, a terminal on hold),
 * so they are written from the thread pool, in order, and dropped with a count when nobody reads.
 */
import { write, writeSync } from 'node:fs';

export interface Log {
  /** A line as it is, on stdout. */
  readonly line: (text: string) => void;
  /** A line as it is, on stderr: an error that names its own place. */
  readonly error: (text: string) => void;
  readonly info: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Resolves when everything is written, at the latest after `limitMs`. */
  flush(limitMs: number): Promise<void>;
}

const MOST_WAITING = 1000;

interface Stream {
  push(text: string): void;
  readonly idle: () => boolean;
}

export function createLog(stdout = 1, stderr = 2): Log {
  const out = createStream(stdout);
  const err = createStream(stderr);
  return {
    line: (text) => out.push(text),
    error: (text) => err.push(text),
    info: (text) => out.push(`tandemd: ${oneLine(text)}`),
    warn: (text) => err.push(`tandemd: ${oneLine(text)}`),
    async flush(limitMs) {
      const end = performance.now() + limitMs;
      while (!(out.idle() && err.idle()) && performance.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

/** A start-up error: one sentence, before anything runs that could be kept waiting. */
export function complain(text: string): void {
  try {
    writeSync(2, `tandemd: ${oneLine(text)}\n`);
  } catch {
    // Nobody listens; the exit code still tells.
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function createStream(fd: number): Stream {
  const waiting: string[] = [];
  let writing = false;
  let dropped = 0;

  function next(rest: Buffer | null): void {
    const text = rest ?? (waiting.length > 0 ? Buffer.from(`${waiting.splice(0).join('\n')}\n`) : null);
    writing = text !== null;
    if (text === null) return;
    write(fd, text, (error, length) => {
      if (error?.code === 'EAGAIN') setTimeout(next, 20, text);
      // Gone for good (EPIPE): what is said now is lost, and trying again with the next line costs nothing.
      else next(error === null && length < text.length ? text.subarray(length) : null);
    });
  }

  return {
    push(text) {
      if (waiting.length >= MOST_WAITING) {
        dropped += 1;
        return;
      }
      if (dropped > 0) waiting.push(`tandemd: ${dropped} lines were dropped, as nobody read them`);
      dropped = 0;
      waiting.push(text);
      if (!writing) next(null);
    },
    idle: () => !writing,
  };
}
