/**
 * An engine that does what the guardian's contract asks for and nothing else: it holds one address, ticks, and prints every message that it gets.
 * What it should do otherwise stands in the environment variable FAKE, a comma-separated list:
 *   deaf      does not stop when told · fatal     says at once that it cannot work · empty     its will is empty · letgo=MS   of its will
 *   hold      its will asks to be held, and it adopts what is held · bypass    …and for the bypass at the end
 *   stubborn  does not adopt what is held · fragile   ends instead of adopting · told=ADDRESS   whom its will tells
 */
import { execFileSync } from 'node:child_process';
import { addressBytes } from '../../core/address.ts';
import type { Protection, ReadyPacket, ToEngine, ToGuardian, Will } from '../../daemon/channel.ts';
import { ipv4Packet } from '../../vrrp/ip-header.ts';
import { AUTH_NONE, GROUP_IPV4, encodeAdvert } from '../../vrrp/packet.ts';

const wishes = new Map(
  (process.env['FAKE'] ?? '').split(',').map((wish) => [wish.split('=')[0], wish.split('=')[1] ?? '']),
);
const SOURCE = addressBytes('192.0.2.1') ?? new Uint8Array();
const ADDRESS = '192.0.2.10';
const PRIORITY = 100;
const INTERVAL_MS = 50;

const LATCHED: Protection = {
  flapAges: [5, 4],
  latched: { ageMs: 3 },
  maintenance: null,
  operatorBypass: null,
  bandwidthMove: null,
};

const print = (text: string): boolean => process.stdout.write(`fake: ${text}\n`);
const tell = (message: ToGuardian): void => void process.send?.(message);
const ip = (...argv: readonly string[]): void => void execFileSync('ip', argv, { stdio: 'ignore' });

function ready(priority: number): ReadyPacket {
  const advert = {
    version: 3,
    vrid: 51,
    priority,
    intervalMs: INTERVAL_MS,
    addresses: [addressBytes(ADDRESS) ?? new Uint8Array()],
    authType: AUTH_NONE,
    authData: new Uint8Array(),
  } as const;
  const envelope = { family: 'ipv4', source: SOURCE, destination: GROUP_IPV4 } as const;
  const bytes = ipv4Packet(SOURCE, GROUP_IPV4, encodeAdvert(advert, envelope, 'rfc5798')).toString('base64');
  return { family: 'ipv4', interface: 'eth0', destination: '224.0.0.18', bytes };
}

function will(): Will {
  if (wishes.has('empty')) return { kind: 'resign', routers: [], told: [], bypass: false };
  const told = wishes.get('told');
  const datagram = Buffer.from('gave up').toString('base64');
  return {
    kind: wishes.has('hold') ? 'hold' : 'resign',
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
        resign: [ready(0)],
        adverts: [ready(PRIORITY)],
        advertIntervalMs: INTERVAL_MS,
        active: true,
        addresses: [{ address: ADDRESS, prefix: 24, family: 'ipv4', interface: 'eth0' }],
        letGoMs: Number(wishes.get('letgo') ?? 60_000),
        macvlans: [],
      },
    ],
    // Over the HA port, and wherever the routing table leads.
    told:
      told === undefined
        ? []
        : ['eth0', null].map((name) => ({ interface: name, destination: told, port: 11_211, bytes: datagram })),
    bypass: wishes.has('bypass'),
  };
}

let begun = 0;
process.on('message', (message: ToEngine) => {
  const { generation } = message;
  print(JSON.stringify(message));
  if (begun === 0 && message.kind !== 'begin')
    return tell({ kind: 'fatal', generation, text: `${message.kind} before begin` });
  begun = generation;
  switch (message.kind) {
    case 'begin':
      if (wishes.has('fatal')) return tell({ kind: 'fatal', generation, text: 'the fake cannot work: mend it' });
      if (message.adopt !== null && wishes.has('fragile')) process.exit(7);
      setInterval(() => tell({ kind: 'tick', generation }), message.tickMs);
      tell({ kind: 'tick', generation });
      if (message.adopt !== null && wishes.has('stubborn')) return undefined;
      tell({ kind: 'will', generation, seq: 1, will: will() });
      if (message.adopt === null) ip('address', 'replace', `${ADDRESS}/24`, 'dev', 'eth0');
      else tell({ kind: 'adopted', generation });
      return tell({ kind: 'ready', generation });
    case 'stop':
      if (wishes.has('deaf')) return undefined;
      ip('address', 'del', `${ADDRESS}/24`, 'dev', 'eth0');
      tell({ kind: 'stopped', generation });
      return void setTimeout(() => process.exit(0), 50);
    case 'plan':
    case 'planRefused':
    case 'willTaken':
    case 'protected':
    case 'processes':
      return undefined;
  }
});
process.on('disconnect', () => process.exit(1));
// As the real one: children act on the guardian's word alone.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => print(signal));
process.on('SIGUSR1', () => tell({ kind: 'reload', generation: begun, actionId: 'reload-1' }));
process.on('SIGUSR2', () => tell({ kind: 'protect', generation: begun, seq: 7, protection: LATCHED }));
