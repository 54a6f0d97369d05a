/**
 * A program: hands on the VRRP, ARP and neighbour discovery frames that pass an interface, in and out, with the time at which each was read.
 * usage: capture INTERFACE. On stdout records of `CAPTURE_HEADER` bytes (length, time in ms on the lab's clock) and the frame; on stderr
 * `ready` once it listens. It ends when its standard input closes. (tcpdump cannot be used: in a user namespace it fails to change its user.)
 */
import { writeSync } from 'node:fs';
import { now } from './clock.ts';
import { CAPTURE_HEADER } from './capture-record.ts';
import { openCapture, receive, waitFor } from './libc.ts';

/** Classic BPF: what is loaded, what it is compared with, how far to jump. Offsets are those of an Ethernet frame. */
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const WHOLE = 0x40000;

/** [code, jump if true, jump if false, operand] */
const FILTER: readonly (readonly [number, number, number, number])[] = [
  [LOAD_HALF, 0, 0, 12], //           0  EtherType
  [JUMP_IF_EQUAL, 10, 0, 0x0806], //  1  ARP: take
  [JUMP_IF_EQUAL, 0, 2, 0x0800], //   2  IPv4?
  [LOAD_BYTE, 0, 0, 23], //           3    protocol
  [JUMP_IF_EQUAL, 7, 6, 112], //      4    VRRP: take, otherwise leave
  [JUMP_IF_EQUAL, 0, 5, 0x86dd], //   5  IPv6?
  [LOAD_BYTE, 0, 0, 20], //           6    next header
  [JUMP_IF_EQUAL, 4, 0, 112], //      7    VRRP: take
  [JUMP_IF_EQUAL, 0, 2, 58], //       8    ICMPv6?
  [LOAD_BYTE, 0, 0, 54], //           9      type
  [JUMP_IF_EQUAL, 1, 2, 135], //     10      solicitation: take; advertisement is looked at below
  [RETURN, 0, 0, 0], //              11  leave
  [RETURN, 0, 0, WHOLE], //          12  take
  [JUMP_IF_EQUAL, 0, 1, 136], //     13      advertisement?
  [RETURN, 0, 0, WHOLE], //          14
  [RETURN, 0, 0, 0], //              15
];

const [interfaceName = ''] = process.argv.slice(2);
const fd = openCapture(interfaceName, FILTER);
const frame = Buffer.alloc(65_536);
const sender = Buffer.alloc(20);
let waiting: Buffer[] = [];
process.stderr.write('ready\n');

function hand(bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch {
      // The reader is slow (EAGAIN): wait for it, the kernel keeps the frames meanwhile.
      waitFor(fd, 0, 1);
    }
  }
}

let orphaned = false;
while (!orphaned) {
  orphaned = waitFor(fd, 0, 1000).orphaned;
  for (let length = receive(fd, frame, sender, false); length >= 0; length = receive(fd, frame, sender, false)) {
    const record = Buffer.alloc(CAPTURE_HEADER + length);
    record.writeUInt32LE(length, 0);
    record.writeDoubleLE(now(), 4);
    frame.copy(record, CAPTURE_HEADER, 0, length);
    waiting.push(record);
    if (waiting.length >= 256) break;
  }
  if (waiting.length > 0) hand(Buffer.concat(waiting));
  waiting = [];
}
