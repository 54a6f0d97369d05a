/**
 * A program: asks the manager's API as many clients would. usage:
 *   bench/manager-client --url https://10.78.0.1:8443 --rate 500 --streams 200 --seconds 60 < TOKEN
 * Requests leave on a time table, whether or not the ones before were answered: a server that stalls is not asked less. The last line is a JSON
 * object: requests, failed, p50, p99, worst (ms from when the request was due), streams (open at the end), messages.
 */
import { Agent, request } from 'node:https';
import { parseArgs } from 'node:util';
import { now, sleep } from '../lab/clock.ts';
import { percentile } from './statistics.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'https://127.0.0.1:8443' },
    rate: { type: 'string', default: '500' },
    streams: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
  },
});
const { url } = values;
const [rate, streams, seconds] = [Number(values.rate), Number(values.streams), Number(values.seconds)];

let token = '';
for await (const chunk of process.stdin.setEncoding('utf8')) token += String(chunk);
const headers = { authorization: `Bearer ${token.trim()}` };
// The certificate is the instance's own; who it is matters to nobody here.
const common = { headers, rejectUnauthorized: false };

let open = 0;
let messages = 0;

function openStream(): Promise<void> {
  return new Promise((resolve, reject) => {
    const made = request(`${url}/api/v1/events`, { ...common, agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`a stream was answered with ${response.statusCode}`));
      open += 1;
      response.on('data', (chunk: Buffer) => {
        for (const byte of chunk) if (byte === 0x0a) messages += 1;
      });
      response.on('close', () => (open -= 1));
      resolve();
    });
    made.on('error', reject);
    made.end();
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false });
const took: number[] = [];
let failed = 0;

function ask(due: number): Promise<void> {
  return new Promise((resolve) => {
    const made = request(`${url}/api/v1/status`, { ...common, agent }, (response) => {
      response.resume();
      response.on('end', () => {
        took.push(now() - due);
        if (response.statusCode !== 200) failed += 1;
        resolve();
      });
    });
    made.on('error', () => {
      failed += 1;
      resolve();
    });
    made.end();
  });
}

for (let begun = 0; begun < streams; begun += 20) {
  await Promise.all(Array.from({ length: Math.min(20, streams - begun) }, openStream));
}
// Connections are made before what is measured: clients that ask often keep theirs.
await Promise.all(Array.from({ length: 64 }, () => ask(now())));
took.length = 0;
process.stdout.write('begun\n');

const start = now();
const running: Promise<void>[] = [];
for (let sent = 0; sent < rate * seconds;) {
  const due = Math.min(rate * seconds, Math.floor(((now() - start) * rate) / 1000));
  while (sent < due) {
    running.push(ask(start + (sent * 1000) / rate));
    sent += 1;
  }
  await sleep(2);
}
await Promise.all(running);
const figure = (share: number): number => Math.round((percentile(took, share) ?? 0) * 100) / 100;
const result = {
  requests: took.length,
  failed,
  p50: figure(0.5),
  p99: figure(0.99),
  worst: figure(1),
  streams: open,
  messages,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
