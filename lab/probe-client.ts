/**
 * A program: sends a probe to an address at a fixed pace and tells, in batches, when each was sent, when it was answered, and by whom.
 * usage: probe-client ADDRESS PORT INTERVAL_MS. Lines of JSON on stdout (`ProbeBatch`). It ends when its standard input closes.
 */
import { writeSync } from 'node:fs';
import { addressBytes } from '../core/address.ts';
import { now } from './clock.ts';
import { inet6, mapped, openEverywhere, receive, send, waitFor } from './libc.ts';
import { PROBE_HEADER } from './probe-record.ts';
import type { ProbeBatch } from './probe-record.ts';

const [address = '', port = '', interval = ''] = process.argv.slice(2);
const bytes = addressBytes(address);
if (bytes === null) throw new Error(`probe-client: '${address}' is no address`);
const target = inet6(bytes.length === 4 ? mapped(bytes) : Buffer.from(bytes), Number(port));
const intervalMs = Number(interval);

/** How often it tells, in ms. */
const TELL_EVERY = 20;
/** After a standstill longer than this many probes the missed ones are left out instead of sent in one burst. */
const BURST = 50;

const fd = openEverywhere(0);
const probe = Buffer.alloc(64);
const data = Buffer.alloc(256);
const sender = inet6(Buffer.alloc(16), 0);
const run = process.pid;
probe.writeUInt32BE(run, 0);

let sequence = 0;
let next = now();
let told = next;
let batch = { first: 0, sent: [] as number[], answered: [] as [number, number, string][] };
let unsent = '';
let orphaned = false;

function sendDue(): void {
  let at = now();
  if (at - next > BURST * intervalMs) next = at;
  while (next <= at) {
    probe.writeUInt32BE(sequence, 4);
    batch.sent.push(at);
    send(fd, probe, probe.length, target);
    sequence += 1;
    next += intervalMs;
    at = now();
  }
}

function takeAnswers(): void {
  for (;;) {
    const length = receive(fd, data, sender, false);
    if (length < 0) return;
    if (length < PROBE_HEADER || data.readUInt32BE(0) !== run) continue;
    batch.answered.push([data.readUInt32BE(4), now(), data.toString('utf8', PROBE_HEADER, length)]);
  }
}

function tell(): void {
  const line: ProbeBatch = { upTo: now(), ...batch };
  unsent += `${JSON.stringify(line)}\n`;
  batch = { first: sequence, sent: [], answered: [] };
  try {
    const written = writeSync(1, unsent);
    unsent = Buffer.from(unsent).subarray(written).toString();
  } catch {
    // The reader is slow (EAGAIN): kept for the next time. The probes must not wait for it.
  }
}

while (!orphaned) {
  sendDue();
  if (now() - told >= TELL_EVERY) {
    told = now();
    tell();
  }
  const waited = waitFor(fd, 0, next - now());
  if (waited.readable) takeAnswers();
  orphaned = waited.orphaned;
}
