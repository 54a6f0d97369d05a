/**
 * A program: sends Ethernet frames out of an interface as they come in on stdin, in hex, one a line. Unlike lab/send-raw it keeps running,
 * so that a test can look between two frames.
 * usage: frame-sender INTERFACE
 */
import { createInterface } from 'node:readline';
import { AF_PACKET, SOCK_RAW, linkAddress, openSocket, send } from '../../lab/libc.ts';

const fd = openSocket(AF_PACKET, SOCK_RAW);
const address = linkAddress(process.argv[2] ?? '');
process.stdout.write('ready\n');
createInterface({ input: process.stdin }).on('line', (line) => {
  const frame = Buffer.from(line, 'hex');
  const error = send(fd, frame, frame.length, address);
  if (error !== null) process.stdout.write(`refused: ${error}\n`);
});
