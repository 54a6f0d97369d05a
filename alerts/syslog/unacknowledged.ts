/**
 * How many bytes of a TCP connection the other machine has not acknowledged: the kernel's transmit queue, as /proc shows it. Syslog over TCP has no
 * receipt of its own, and a write that succeeds only says that this machine has the bytes.
 */
import { readFile } from 'node:fs/promises';
import { addressBytes } from '../../core/address.ts';

export interface Ends {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remotePort: number;
}

/** Null: the kernel does not say (no such connection, or no /proc). */
export async function unacknowledged(ends: Ends): Promise<number | null> {
  const family = ends.localAddress.includes(':') ? 'tcp6' : 'tcp';
  try {
    return findQueue(await readFile(`/proc/self/net/${family}`, 'latin1'), ends);
  } catch {
    return null;
  }
}

/** Reads the table: `  0: 0100007F:1F90 0100007F:C350 01 00000010:00000000 …`, the queue is the first of the pair behind the state. */
export function findQueue(table: string, { localAddress, localPort, remotePort }: Ends): number | null {
  const local = `${hexAddress(localAddress)}:${hexPort(localPort)}`;
  const line = new RegExp(`^ *\\d+: ${local} [0-9A-F]+:${hexPort(remotePort)} [0-9A-F]{2} ([0-9A-F]{8}):`, 'm');
  const found = line.exec(table);
  return found === null ? null : Number.parseInt(found[1]!, 16);
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** Words of four bytes in the order of the machine: little-endian on all that this runs on. */
function hexAddress(address: string): string {
  const bytes = Buffer.from(addressBytes(address.replace(/%.*/, '')) ?? []);
  return bytes.length % 4 === 0 ? bytes.swap32().toString('hex').toUpperCase() : '';
}
