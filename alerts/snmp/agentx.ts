/** A session with the master agent over TCP: opened, registered, answering, watched by pings; whoever started it starts it again when it has ended. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { type Oid, oidText } from '../mib/oid.ts';
import type { MibView } from '../mib/view.ts';
import { Malformed } from './ber.ts';
import {
  AGENTX,
  HEADER_BYTES,
  PayloadReader,
  bytes,
  encodeAgentX,
  encodeOctets,
  encodeOid,
  encodeResponse,
  readHeader,
} from './agentx-codec.ts';
import type { Header } from './agentx-codec.ts';
import { respondAgentX } from './agentx-respond.ts';
import type { AgentCounters } from './agent-counters.ts';

/** How long the master waits for us, s, before it says that an object cannot be read. */
const TIMEOUT_S = 5;
const PRIORITY = 127;
const ANSWER_MS = 5000;
const PING_MS = 15_000;
/** A master that does not take our last word is not waited for. */
const GOODBYE_MS = 1000;
/** A master that does not read what we answer is left. */
const MOST_UNSENT = 1_048_576;

/** res.error (RFC 2741 section 6.2.16): those that a person may meet, and what we say to a PDU that cannot be read. */
const ERRORS: Readonly<Record<number, string>> = {
  256: 'it does not open a session',
  263: 'another subagent has registered the same',
  267: 'it is not permitted',
};
const PARSE_ERROR = 266;

export interface AgentXSession {
  /** What the master would not let us register, in words. */
  readonly refused: readonly string[];
  /** Resolves with why it ended; null = it was told to. */
  readonly ended: Promise<Error | null>;
  close(): void;
}

export interface AgentXOptions {
  readonly host: string;
  readonly port: number;
  readonly id: Oid;
  readonly description: string;
  readonly regions: readonly Oid[];
  readonly view: () => MibView;
  readonly counters: AgentCounters;
}

/** Rejects where there is no master, or where it takes none of the regions. */
export async function joinAgentX(options: AgentXOptions): Promise<AgentXSession> {
  const { host, port, counters } = options;
  const where = `${host}:${port}`;
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  const waiting = new Map<number, (error: number, session: number) => void>();
  let ids = { session: 0, transaction: 0, packet: 0 };
  let closed: Error | null | undefined;
  const end = (why: Error | null): void => {
    if (closed !== undefined) return;
    closed = why;
    for (const answer of waiting.values()) answer(-1, 0);
    socket.destroy();
  };

  /** Sends a question of ours; resolves with res.error and the session's number. Without an answer in time the session has ended. */
  function ask(type: 'open' | 'register' | 'ping', ...payload: Buffer[]): Promise<{ error: number; session: number }> {
    return new Promise((resolve, reject) => {
      if (closed !== undefined) return reject(closed ?? new Error(`${where}: closed`));
      ids = { ...ids, packet: ids.packet + 1 };
      const { packet } = ids;
      const late = setTimeout(() => end(new Error(`${where}: no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
      waiting.set(packet, (error, session) => {
        clearTimeout(late);
        waiting.delete(packet);
        if (error < 0) reject(closed ?? new Error(`${where}: closed`));
        else resolve({ error, session });
      });
      socket.write(encodeAgentX(type, ids, ...payload));
    });
  }

  function take(header: Header, payload: Buffer): void {
    if (header.type === AGENTX.response) {
      const reader = new PayloadReader(payload, header);
      reader.word();
      waiting.get(header.packet)?.(reader.short(), header.session);
      return;
    }
    if (header.type === AGENTX.close) return end(new Error(`${where}: the master has closed the session`));
    counters.received++;
    let response: Buffer | null;
    try {
      response = respondAgentX(options.view(), header, payload);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      counters.malformed++;
      response = encodeResponse(PARSE_ERROR, 0, []);
    }
    if (response === null) return;
    socket.write(encodeAgentX('response', header, response));
    counters.answered++;
    if (socket.writableLength > MOST_UNSENT) end(new Error(`${where}: it does not read our answers`));
  }

  socket.on('error', (error: NodeJS.ErrnoException) => {
    end(
      new Error(`${where}: ${error.code === 'ECONNREFUSED' ? 'nothing listens there' : (error.code ?? error.message)}`),
    );
  });
  const pings = setInterval(() => void ask('ping').catch(() => {}), PING_MS);
  const ended = new Promise<Error | null>((resolve) => {
    socket.once('close', () => {
      end(new Error(`${where}: the master has closed the connection`));
      clearInterval(pings);
      resolve(closed ?? null);
    });
  });
  readPdus(socket, take, (error) => {
    counters.malformed++;
    end(new Error(`${where}: ${error.message}`));
  });

  const { error, session } = await ask(
    'open',
    bytes(TIMEOUT_S, 0, 0, 0),
    encodeOid(options.id),
    encodeOctets(Buffer.from(options.description)),
  );
  ids = { ...ids, session };
  if (error !== 0) end(new Error(`${where}: ${words(error)}`));
  const refused: string[] = [];
  for (const region of options.regions) {
    const { error } = await ask('register', bytes(TIMEOUT_S, PRIORITY, 0, 0), encodeOid(region));
    if (error !== 0) refused.push(`${oidText(region)}: ${words(error)}`);
  }
  if (refused.length === options.regions.length) end(new Error(`${where}: ${refused.join('; ')}`));
  if (closed !== undefined) throw closed ?? new Error(`${where}: closed`);

  return {
    refused,
    ended,
    close: () => {
      if (closed !== undefined) return;
      const late = setTimeout(() => end(null), GOODBYE_MS);
      socket.once('close', () => clearTimeout(late));
      // reasonShutdown (section 6.2.2).
      socket.end(encodeAgentX('close', { ...ids, packet: ids.packet + 1 }, bytes(5, 0, 0, 0)), () => end(null));
    },
  };
}

const words = (error: number): string => ERRORS[error] ?? `AgentX error ${error}`;

/** Cuts the stream into PDUs, however it arrives. `broken`: it is not AgentX, and nothing after it can be read. */
function readPdus(
  socket: Socket,
  take: (header: Header, payload: Buffer) => void,
  broken: (error: Malformed) => void,
): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    try {
      while (rest.length >= HEADER_BYTES) {
        const header = readHeader(rest);
        const end = HEADER_BYTES + header.length;
        if (rest.length < end) return;
        const payload = rest.subarray(HEADER_BYTES, end);
        rest = rest.subarray(end);
        take(header, payload);
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      broken(error);
    }
  });
}
