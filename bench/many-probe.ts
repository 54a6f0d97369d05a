/**
 * A program: pings many addresses in turn and tells when somebody else answers for one of them, and when nobody did.
 * usage: many-probe FIRST COUNT PERIOD_MS: COUNT IPv4 addresses from FIRST on, each asked once in PERIOD_MS. The kernel of whoever holds an
 * address answers; who that was is told by the TTL of the answer. Lines of JSON on stdout (`ManyBatch`). It ends when its standard input closes.
 */
import { writeSync } from 'node:fs';
import { addressBytes } from '../core/address.ts';
import { now } from '../lab/clock.ts';
import { AF_INET, SOCK_RAW, openSocket, receive, send, waitFor } from '../lab/libc.ts';
import { AnswerTrack } from './answer-track.ts';

const ICMP = 1;
const ECHO_REQUEST = 8;
const IP_HEADER = 20;
const TELL_EVERY = 20;

const [first = '', countText = '', periodText = ''] = process.argv.slice(2);
const bytes = addressBytes(first);
if (bytes?.length !== 4) throw new Error(`many-probe: '${first}' is no IPv4 address`);
const count = Number(countText);
const periodMs = Number(periodText);
const base = Buffer.from(bytes).readUInt32BE();
const run = process.pid & 0xffff;

const targets = Array.from({ length: count }, (_, index) => socketAddress(base + index));
const requests = Array.from({ length: count }, (_, index) => echoRequest(index));

/** struct sockaddr_in: family in host order, port 0, address. */
function socketAddress(address: number): Buffer {
  const target = Buffer.alloc(16);
  target.writeUInt16LE(AF_INET, 0);
  target.writeUInt32BE(address, 4);
  return target;
}

/** ICMP echo (RFC 792) whose sequence number is the index. */
function echoRequest(index: number): Buffer {
  const message = Buffer.alloc(16);
  message[0] = ECHO_REQUEST;
  message.writeUInt16BE(run, 4);
  message.writeUInt16BE(index, 6);
  let sum = 0;
  for (let at = 0; at < message.length; at += 2) sum += message.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  message.writeUInt16BE(~sum & 0xffff, 2);
  return message;
}

const fd = openSocket(AF_INET, SOCK_RAW, ICMP);
const data = Buffer.alloc(128);
const sender = Buffer.alloc(16);
// Two answers of one address are a period apart; half a period more is a silence.
const track = new AnswerTrack(count, 1.5 * periodMs);

const step = periodMs / count;
let index = 0;
let next = now();
let told = next;

function sendDue(): void {
  const at = now();
  // After a standstill the missed ones are left out instead of sent in one burst.
  if (at - next > periodMs) next = at;
  for (; next <= at; next += step) {
    send(fd, requests[index]!, 16, targets[index]!);
    index = (index + 1) % count;
  }
}

function takeAnswers(): void {
  while (receive(fd, data, sender, false) >= IP_HEADER + 8) {
    // Type 0 (echo reply) and our number.
    if (data[IP_HEADER] !== 0 || data.readUInt16BE(IP_HEADER + 4) !== run) continue;
    track.answer(data.readUInt16BE(IP_HEADER + 6), now(), data[8]!);
  }
}

let unsent = '';
let orphaned = false;
while (!orphaned) {
  sendDue();
  takeAnswers();
  if (now() - told >= TELL_EVERY) {
    told = now();
    unsent += `${JSON.stringify(track.take(told))}\n`;
    try {
      const written = writeSync(1, unsent);
      unsent = Buffer.from(unsent).subarray(written).toString();
    } catch {
      // The reader is slow (EAGAIN): kept for the next time.
    }
  }
  // A quarter of a millisecond: some addresses at a time, so that it does not need a whole core.
  orphaned = waitFor(fd, 0, Math.max(0.25, next - now())).orphaned;
}
