/**
 * A program: answers every probe on every address of its host with the probe's own beginning and the host's name.
 * usage: echo PORT NAME. It ends when its standard input closes or a signal comes.
 */
import { inet6, openEverywhere, receive, send, waitFor } from './libc.ts';
import { PROBE_HEADER } from './probe-record.ts';

const [port, name] = process.argv.slice(2);
const fd = openEverywhere(Number(port));
const label = Buffer.from(name ?? '');
const data = Buffer.alloc(256);
const answer = Buffer.alloc(PROBE_HEADER + label.length);
label.copy(answer, PROBE_HEADER);
const sender = inet6(Buffer.alloc(16), 0);
process.stdout.write('ready\n');

let orphaned = false;
while (!orphaned) {
  // A second is only how soon it notices that nobody wants it any more.
  orphaned = waitFor(fd, 0, 1000).orphaned;
  while (receive(fd, data, sender, false) >= PROBE_HEADER) {
    data.copy(answer, 0, 0, PROBE_HEADER);
    send(fd, answer, answer.length, sender);
  }
}
