/** The agent that stands alone: a UDP socket that answers. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { answerTo } from './agent-answer.ts';
import type { AgentState } from './agent-answer.ts';
import { createRate } from './rate.ts';

/** A walk asks again as soon as it is answered: the burst is for that. What is beyond is an attack or a mistake, and costs others their answers. */
const PER_SECOND = 2000;
const BURST = 10_000;

export interface Serving {
  /** Where it listens. */
  readonly port: number;
  /** Resolves when it has closed, with why it did by itself; null = it was told to. */
  readonly ended: Promise<Error | null>;
  close(): void;
}

/** Rejects where it cannot listen there. */
export async function serveUdp(host: string, port: number, state: AgentState): Promise<Serving> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const rate = createRate(PER_SECOND, BURST);
  const { counters } = state;
  socket.on('message', (bytes, { address: from, port: fromPort }) => {
    counters.received++;
    if (!rate.take(performance.now()) || fromPort === 0) {
      counters.dropped++;
      return;
    }
    const reply = answerTo(bytes, state);
    if (reply === null) return;
    // Whoever asked may be gone: that is theirs.
    socket.send(reply, fromPort, from, (error) => {
      if (error === null) counters.answered++;
      else counters.dropped++;
    });
  });
  try {
    socket.bind(port, address);
    await once(socket, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    socket.close();
    throw new Error(`${host}:${port}: ${code === 'EADDRINUSE' ? 'another program listens there' : (code ?? message)}`, {
      cause: error,
    });
  }
  let why: Error | null = null;
  let closed = false;
  const ended = new Promise<Error | null>((resolve) => {
    socket.once('close', () => resolve(why));
  });
  socket.on('error', (error) => {
    if (closed) return;
    closed = true;
    why = error;
    socket.close();
  });
  return {
    port: socket.address().port,
    ended,
    close: () => {
      if (!closed) socket.close();
      closed = true;
    },
  };
}
