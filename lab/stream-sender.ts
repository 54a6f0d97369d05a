/**
 * A program: sends UDP datagrams to an address at a rate that can be changed while it runs.
 * usage: stream-sender ADDRESS PORT RATE; a line on standard input is a new rate. Rates are bits per second on the wire, 0 = nothing. It ends when its
 * standard input closes.
 */
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

const [address = '', port = '', rate = '0'] = process.argv.slice(2);

const DATAGRAM = Buffer.alloc(1200);
/** With UDP, IP and Ethernet headers. */
const BITS = (DATAGRAM.length + 8 + 20 + 14) * 8;
const EVERY = 10;
/** After a standstill the missed ones are left out: a burst is no rate. */
const MOST_AT_ONCE = 500;

const socket = createSocket('udp4');
// A full queue or a cable that is cut: the next one goes out again.
socket.on('error', () => {});
let bps = Number(rate);
let owed = 0;
let last = performance.now();

setInterval(() => {
  const now = performance.now();
  owed = Math.min(MOST_AT_ONCE, owed + ((now - last) / 1000) * (bps / BITS));
  last = now;
  for (; owed >= 1; owed -= 1) socket.send(DATAGRAM, Number(port), address, () => {});
}, EVERY);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    bps = Number(line);
    owed = 0;
  })
  .on('close', () => process.exit(0));
process.stdout.write('ready\n');
