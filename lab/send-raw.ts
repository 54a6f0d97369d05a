/**
 * A program: sends Ethernet frames out of an interface at a given pace, as they are.
 * usage: send-raw INTERFACE RATE COUNT, frames in hex on stdin, one a line, sent in turn until COUNT have left (0 = without end).
 * RATE is frames a second, 0 = as fast as it goes. At the end it prints `sent N`.
 */
import { readFileSync } from 'node:fs';
import { now, sleepNow } from './clock.ts';
import { AF_PACKET, SOCK_RAW, linkAddress, openSocket, send } from './libc.ts';

const [interfaceName = '', rate = '0', count = '0'] = process.argv.slice(2);
const frames = readFileSync(0, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => Buffer.from(line, 'hex'));
if (frames.length === 0) throw new Error('send-raw: no frames on stdin');

const fd = openSocket(AF_PACKET, SOCK_RAW);
const address = linkAddress(interfaceName);
const perSecond = Number(rate);
const limit = Number(count) > 0 ? Number(count) : Number.POSITIVE_INFINITY;
const begin = now();
let sent = 0;
let refused = 0;
process.stdout.write('ready\n');

while (sent + refused < limit) {
  const due = perSecond > 0 ? Math.min(limit, Math.floor(((now() - begin) * perSecond) / 1000) + 1) : limit;
  for (; sent + refused < due;) {
    const frame = frames[(sent + refused) % frames.length]!;
    const error = send(fd, frame, frame.length, address);
    if (error === null) sent += 1;
    else if (error !== 'EAGAIN' && error !== 'ENOBUFS') refused += 1;
  }
  if (sent + refused < limit) sleepNow(1);
}
process.stdout.write(`sent ${sent}${refused > 0 ? `, refused ${refused}` : ''}\n`);
