/**
 * An engine that does what the guardian's contract asks for and nothing else: it holds one address, ticks, and prints every message that it gets.
 * What it should do otherwise stands in the environment variable FAKE, a comma-separated list:
 *   deaf      does not stop when told · fatal     says at once that it cannot work · empty     its will is empty · letgo=MS   of its will
 */
import { execFileSync } from 'node:child_process';
import { addressBytes } from '../../core/address.ts';
import type { ToEngine, ToGuardian, Will } from '../../daemon/channel.ts';
import { ipv4Packet } from '../../vrrp/ip-header.ts';
import { AUTH_NONE, GROUP_IPV4, encodeAdvert } from '../../vrrp/packet.ts';

const wishes = new Map(
  (process.env['FAKE'] ?? '').split(',').map((wish) => [wish.split('=')[0], wish.split('=')[1] ?? '']),
);
const SOURCE = addressBytes('192.0.2.1') ?? new Uint8Array();
const ADDRESS = '192.0.2.10';

const print = (text: string): boolean => process.stdout.write(`fake: ${text}\n`);
const tell = (message: ToGuardian): void => void process.send?.(message);
const ip = (...argv: readonly string[]): void => void execFileSync('ip', argv, { stdio: 'ignore' });

function priorityZero(): string {
  const advert = {
    version: 3,
    vrid: 51,
    priority: 0,
    intervalMs: 1000,
    addresses: [addressBytes(ADDRESS) ?? new Uint8Array()],
    authType: AUTH_NONE,
    authData: new Uint8Array(),
  } as const;
  const envelope = { family: 'ipv4', source: SOURCE, destination: GROUP_IPV4 } as const;
  return ipv4Packet(SOURCE, GROUP_IPV4, encodeAdvert(advert, envelope, 'rfc5798')).toString('base64');
}

function will(): Will {
  if (wishes.has('empty')) return { routers: [] };
  return {
    routers: [
      {
        name: 'wan',
        id: 51,
        version: 3,
        family: 'ipv4',
        interface: 'eth0',
        password: null,
        unicastPeers: [],
        sources: ['192.0.2.1'],
        resign: [{ family: 'ipv4', interface: 'eth0', destination: '224.0.0.18', bytes: priorityZero() }],
        addresses: [{ address: ADDRESS, prefix: 24, family: 'ipv4', interface: 'eth0' }],
        letGoMs: Number(wishes.get('letgo') ?? 60_000),
        macvlans: [],
      },
    ],
  };
}

let begun = false;
process.on('message', (message: ToEngine) => {
  const { generation } = message;
  print(JSON.stringify(message));
  if (!begun && message.kind !== 'begin')
    return tell({ kind: 'fatal', generation, text: `${message.kind} before begin` });
  begun = true;
  switch (message.kind) {
    case 'begin':
      if (wishes.has('fatal')) return tell({ kind: 'fatal', generation, text: 'the fake cannot work: mend it' });
      tell({ kind: 'will', generation, seq: 1, will: will() });
      ip('address', 'replace', `${ADDRESS}/24`, 'dev', 'eth0');
      setInterval(() => tell({ kind: 'tick', generation }), message.tickMs);
      tell({ kind: 'tick', generation });
      return tell({ kind: 'ready', generation });
    case 'stop':
      if (wishes.has('deaf')) return undefined;
      ip('address', 'del', `${ADDRESS}/24`, 'dev', 'eth0');
      tell({ kind: 'stopped', generation });
      return void setTimeout(() => process.exit(0), 50);
    case 'plan':
    case 'planRefused':
    case 'willTaken':
    case 'processes':
      return undefined;
  }
});
process.on('disconnect', () => process.exit(1));
// As the real one: children act on the guardian's word alone.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => print(signal));
process.on('SIGUSR1', () => tell({ kind: 'reload', generation: 1, actionId: 'reload-1' }));
