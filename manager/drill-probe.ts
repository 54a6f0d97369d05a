/**
 * Is the virtual address answered? What a process without privileges can ask of a machine: a TCP connection to a port where nothing listens is refused by
 * whoever has the address, at once. One a millisecond; one that gets no answer within a second is lost.
 */
import { createConnection } from 'node:net';

export interface ProbeCount {
  readonly sent: number;
  readonly lost: number;
}

export interface RunningProbe {
  /** Ends sending, waits for what is under way. */
  stop(): Promise<ProbeCount>;
}

/** Discard: nobody has served it for decades. */
const PORT = 9;
const EVERY_MS = 1;
const PATIENCE_MS = 1000;
const MOST = 15_000;

/** True: somebody answered, with a connection or a refusal. */
export function probeOnce(address: string, port = PORT, patienceMs = PATIENCE_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port });
    const done = (answered: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answered);
    };
    const timer = setTimeout(() => done(false), patienceMs);
    socket.on('connect', () => done(true));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET'),
    );
  });
}

export function startProbe(address: string, port = PORT): RunningProbe {
  const running: Promise<boolean>[] = [];
  const timer = setInterval(() => {
    if (running.length < MOST) running.push(probeOnce(address, port));
  }, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      const answers = await Promise.all(running);
      return { sent: answers.length, lost: answers.filter((answered) => !answered).length };
    },
  };
}
