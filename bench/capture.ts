/**
 * Captures the adverts of one virtual router. The filter runs in the kernel, so a flood of others costs nothing here; times are the kernel's,
 * so a busy machine does not falsify them.
 */
import { now } from '../lab/clock.ts';
import { readFrame } from '../lab/frame.ts';
import type { Host } from '../lab/host.ts';
import type { Program } from '../lab/program.ts';
import type { CapturedAdvert } from './adverts.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** A running capture. */
export interface Capture {
  readonly program: Program;
  readonly adverts: readonly CapturedAdvert[];
}

/** Starts capturing on an interface; returns when it listens. IPv4 adverts without IP options only. */
export async function startCapture(host: Host, interfaceName: string, vrid: number): Promise<Capture> {
  const adverts: CapturedAdvert[] = [];
  const offset = wallToLab();
  let rest: Buffer = Buffer.alloc(0);
  let headerRead = false;
  const take = (bytes: Buffer): void => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    if (!headerRead) {
      if (rest.length < FILE_HEADER) return;
      rest = rest.subarray(FILE_HEADER);
      headerRead = true;
    }
    while (rest.length >= RECORD_HEADER) {
      const end = RECORD_HEADER + rest.readUInt32LE(8);
      if (rest.length < end) return;
      const at = rest.readUInt32LE(0) * 1000 + rest.readUInt32LE(4) / 1000 + offset;
      const seen = readFrame(rest.subarray(RECORD_HEADER, end));
      if (seen?.kind === 'advert') adverts.push({ at, source: seen.source, priority: seen.priority });
      rest = rest.subarray(end);
    }
  };
  const filter = `ip proto 112 and ip[0] = 0x45 and ip[21] = ${vrid}`;
  const options = ['-n', '-p', '-U', '-B', '8192', '-Z', 'root', '-s', '128', '-w', '-'];
  const program = host.spawn(['tcpdump', '-i', interfaceName, ...options, filter], { name: 'tcpdump', onBytes: take });
  await program.waitFor(/listening on/);
  return { program, adverts };
}

/** What has to be added to a wall time in ms (a capture's time stamp) to get a lab time. */
function wallToLab(): number {
  // Date.now() steps once a millisecond: at the edge of a step both clocks are known to some microseconds.
  const before = Date.now();
  let wall = before;
  while (wall === before) wall = Date.now();
  return now() - wall;
}
