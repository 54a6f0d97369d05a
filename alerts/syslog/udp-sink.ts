/** A receiver of syslog over UDP (RFC 5426): one datagram an entry, sent once. What the network loses is lost. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { JournalEntry } from '../../core/api/journal.ts';
import type { Sink } from '../sink.ts';

/** RFC 5426 section 3.2: what every receiver should take. */
export const LONGEST_DATAGRAM = 2048;

export interface UdpOptions {
  readonly id: string;
  readonly target: string;
  readonly detail: string;
  readonly host: string;
  readonly port: number;
  readonly format: (entry: JournalEntry, most: number) => Buffer;
}

export function createUdpSink({ id, target, detail, host, port, format }: UdpOptions): Sink {
  return {
    id,
    kind: 'syslog',
    target,
    detail,
    promised: false,
    wants: () => true,
    async deliver(entry) {
      const { address, family } = await lookup(host);
      const message = format(entry, LONGEST_DATAGRAM);
      // A socket for each: an error that a datagram before has caused (ICMP) does not come up with the next one.
      const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
      try {
        await new Promise<void>((resolve, reject) => {
          socket.once('error', reject);
          socket.send(message, port, address, (error) => (error === null ? resolve() : reject(error)));
        });
      } finally {
        socket.close();
      }
    },
    close: () => Promise.resolve(),
  };
}
