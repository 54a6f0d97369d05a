/**
 * Black-box scenarios 7, 10, 11 and 12 (vrrp.md 3.4): what a router of the tests' own says on the wire, right and wrong, once and in floods.
 */
import assert from 'node:assert/strict';
import { sleep, until } from '../../lab/clock.ts';
import { startSending } from '../../lab/raw.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP, VIP6 } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import type { RouterCounters } from '../../core/status.ts';
import { fragmentFrame, frame, startSender } from './foreign-router.ts';
import type { AdvertFields, Sender } from './foreign-router.ts';
import { codesOf, ownedBy, routerOf, stage, start, startBoth } from './stage.ts';

/** Active at once, and silent for so long that every other advert of it is an answer. */
const SILENT_OWNER = { router: { priority: 255, advertInterval: '30s', announce: { again: '0s', refresh: '0s' } } };

/** Counters of what came in. */
const RECEIVED = [
  'advertsReceived',
  'advertIntervalErrors',
  'ipTtlErrors',
  'priorityZeroReceived',
  'invalidTypeReceived',
  'addressListErrors',
  'packetLengthErrors',
  'checksumErrors',
  'versionErrors',
  'authErrors',
  'unknownSource',
  'ownSource',
  'familyErrors',
] as const;

type Effect = Partial<Record<(typeof RECEIVED)[number], number>>;

function difference(before: Readonly<RouterCounters>, after: Readonly<RouterCounters>): Effect {
  return Object.fromEntries(
    RECEIVED.flatMap((name) => (after[name] === before[name] ? [] : [[name, after[name] - before[name]]])),
  );
}

/** The same instance runs a router for each form of the protocol, all as owners: active at once, and beaten by the same from a higher address. */
const ALL_FORMS = [
  {},
  {
    name: 'old',
    id: 52,
    version: 2,
    advertInterval: '1s',
    addresses: ['10.77.0.102/24'],
    authentication: { type: 'pass', password: 'secret' },
  },
  { name: 'six', id: 53, addresses: ['fe80::53/64', `${VIP6}/64`] },
  // A right advert for one of these after each wrong one shows that the wrong one has been dealt with.
  { name: 'marker', id: 98, addresses: ['10.77.0.198/24'] },
  { name: 'marker6', id: 99, addresses: ['fe80::99/64'] },
] as const;

const LINK_LOCAL = 'fe80::250';
const markerOf = (six: boolean): Buffer =>
  six
    ? frame({ vrid: 99, priority: 1, source: LINK_LOCAL, addresses: ['fe80::99'] })
    : frame({ vrid: 98, priority: 1, addresses: ['10.77.0.198'] });

interface Case {
  readonly what: string;
  readonly bytes: Buffer;
  readonly effect: Effect;
}

/** A better advert than ours in everything, but for what is wrong with it. */
const wrong = (what: string, fields: AdvertFields, effect: Effect): Case => ({
  what,
  bytes: frame({ priority: 255, ...fields }),
  effect,
});
const harmless = (what: string, bytes: Buffer): Case => ({ what, bytes, effect: { advertsReceived: 1 } });
const padded = (bytes: Buffer, length: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc(length - bytes.length, 0xa5)]);

const V3: readonly Case[] = [
  wrong('TTL 254', { ttl: 254 }, { ipTtlErrors: 1 }),
  wrong('a byte too short', { missing: 1 }, { packetLengthErrors: 1 }),
  wrong('a byte too long', { surplus: 1 }, { packetLengthErrors: 1 }),
  wrong('255 addresses announced, one there', { count: 255 }, { packetLengthErrors: 1 }),
  wrong('shorter than a header', { addresses: [], missing: 4 }, { packetLengthErrors: 1 }),
  wrong('1500 bytes', { surplus: 1468 }, { packetLengthErrors: 1 }),
  wrong('no address', { addresses: [] }, { addressListErrors: 1 }),
  wrong('an IPv6 address', { addresses: [VIP6], count: 1 }, { packetLengthErrors: 1 }),
  wrong('type 2', { type: 2 }, { invalidTypeReceived: 1 }),
  wrong('version 1', { version: 1 }, { versionErrors: 1 }),
  wrong('version 2', { version: 2 }, { versionErrors: 1 }),
  wrong('version 4', { version: 4 }, { versionErrors: 1 }),
  wrong('checksum one too high', { checksumOff: 1 }, { checksumErrors: 1 }),
  wrong('checksum one too low', { checksumOff: -1 }, { checksumErrors: 1 }),
  wrong('checksum without pseudo-header, one too high', { style: 'rfc9568', checksumOff: 1 }, { checksumErrors: 1 }),
  wrong('interval 0', { interval: 0 }, { advertIntervalErrors: 1 }),
  { what: 'part of a packet', bytes: fragmentFrame({ priority: 255 }), effect: {} },
  {
    what: 'not for the group',
    bytes: frame({ priority: 255, destination: '10.77.0.1' }, '02:77:00:00:00:01'),
    effect: { familyErrors: 1 },
  },
  harmless('reserved bits set', frame({ priority: 50, reserved: 15 })),
  harmless('padded to 60 bytes', padded(frame({ priority: 50 }), 60)),
  harmless('padded to 64 bytes, as behind a VLAN tag', padded(frame({ priority: 50 }), 64)),
  {
    what: 'other addresses than ours',
    bytes: frame({ priority: 50, addresses: ['10.77.0.66'] }),
    effect: { advertsReceived: 1, addressListErrors: 1 },
  },
];

const old = { version: 2, vrid: 52, addresses: ['10.77.0.102'], authType: 1, password: 'secret' } as const;
const V2: readonly Case[] = [
  wrong('wrong password', { ...old, password: 'Secret' }, { authErrors: 1 }),
  wrong('no authentication', { ...old, authType: 0, password: '' }, { authErrors: 1 }),
  wrong('authentication type 2', { ...old, authType: 2 }, { authErrors: 1 }),
  wrong('without the eight bytes at its end', { ...old, missing: 8 }, { packetLengthErrors: 1 }),
  wrong('checksum one too high', { ...old, checksumOff: 1 }, { checksumErrors: 1 }),
  wrong('another interval', { ...old, interval: 2 }, { advertIntervalErrors: 1 }),
  wrong('version 3', { vrid: 52 }, { versionErrors: 1 }),
  harmless('right', frame({ ...old, priority: 50 })),
];

const six = { vrid: 53, source: LINK_LOCAL, addresses: ['fe80::53', VIP6] } as const;
const V6: readonly Case[] = [
  wrong('hop limit 254', { ...six, ttl: 254 }, {}),
  wrong('a byte too short', { ...six, missing: 1 }, { packetLengthErrors: 1 }),
  wrong('an IPv4 address', { ...six, addresses: ['10.77.0.100'], count: 1 }, { packetLengthErrors: 1 }),
  wrong('version 2', { ...six, version: 2 }, { versionErrors: 1 }),
  wrong('checksum one too high', { ...six, checksumOff: 1 }, { checksumErrors: 1 }),
  wrong('interval 0', { ...six, interval: 0 }, { advertIntervalErrors: 1 }),
  wrong('our own source address', { ...six, source: 'fe80::77:ff:fe00:1' }, { ownSource: 1 }),
  harmless('right', frame({ ...six, priority: 50 })),
];

async function effectOf(tandem: Tandem, router: string, sender: Sender, bytes: Buffer): Promise<Effect> {
  const isSix = router === 'six';
  const marker = isSix ? 'marker6' : 'marker';
  const before = await tandem.status();
  sender.send(bytes, markerOf(isSix));
  const heard = routerOf(before, marker).counters.advertsReceived;
  const after = await tandem.waitStatus(
    (status) => routerOf(status, marker).counters.advertsReceived > heard,
    'the marker behind it is heard',
  );
  return difference(routerOf(before, router).counters, routerOf(after, router).counters);
}

describe('adverts of others', function () {
  this.timeout(60_000);
  const on = stage();

  it('scenario 7: a losing advert is answered at once', async () => {
    const a = await start(on.a, SILENT_OWNER);
    await a.waitRole('active');
    const wire = await startWatcher(on.client, 'eth0');
    const sender = await startSender(on.client);
    for (const priority of [1, 100, 254]) {
      const known = wire.adverts({ source: on.a.address }).length;
      sender.send(frame({ priority }));
      await until(() => wire.adverts({ source: on.a.address }).length === known + 1, {
        what: `an answer to ${priority}`,
      });
      // Answers are ten milliseconds apart at least, whatever comes.
      await sleep(20);
    }
    const { counters } = routerOf(await a.status());
    assert.equal(counters.losingAdvertsAnswered, 3);
    assert.equal((await codesOf(a)).filter((code) => code === 'announcedAgain').length, 1, 'told once');
    assert.equal(counters.advertsReceived, 3);
    const order = wire.adverts().map(({ source }) => source);
    assert.deepEqual(order.slice(-2), ['10.77.0.250', on.a.address]);
    assert.equal((await a.status()).role, 'active');
  });

  it('scenario 10: malformed adverts are counted by what is wrong with them, and change nothing', async () => {
    const a = await start(on.a, { routers: ALL_FORMS.map((router) => ({ ...router, priority: 255 })) });
    const b = await start(on.b, { routers: ALL_FORMS });
    await a.waitRole('active');
    await b.waitRole('standby');
    const sender = await startSender(on.client);
    const since = (await a.status()).since;
    const wanted: Record<string, Effect> = {};
    const found: Record<string, Effect> = {};
    for (const [router, cases] of [
      ['wan', V3],
      ['old', V2],
      ['six', V6],
    ] as const) {
      for (const { what, bytes, effect } of cases) {
        wanted[`${router}: ${what}`] = effect;
        found[`${router}: ${what}`] = await effectOf(a, router, sender, bytes);
        assert.equal((await a.status()).role, 'active', `${router}: ${what}`);
      }
    }
    assert.deepEqual(found, wanted);

    sender.send(...Array.from({ length: 300 }, () => frame({ priority: 255, checksumOff: 1 })));
    await a.waitStatus((status) => routerOf(status).counters.checksumErrors >= 303, 'all of a burst are counted');
    const told = (await a.events()).filter(
      ({ reason, router }) => reason.code === 'advertIgnored' && router === 'wan' && reason.text.includes('checksum'),
    );
    assert.equal(told.length, 1, 'the same complaint is made once');
    const logged = a.program.output.filter((line) => /wan.*ignored.*checksum/.test(line));
    assert.equal(logged.length, 1, 'in the log too');

    for (const [tandem, role] of [
      [a, 'active'],
      [b, 'standby'],
    ] as const) {
      const status = await tandem.status();
      assert.equal(status.role, role);
      for (const router of status.routers) {
        assert.equal(
          router.counters.activeTransitions,
          role === 'active' ? 1 : 0,
          `${router.name} of ${tandem.host.name}`,
        );
      }
    }
    assert.equal((await a.status()).since, since);
    for (const address of [VIP, VIP6, '10.77.0.102', 'fe80::53']) await ownedBy(on, 'a', address);
  });

  it('scenario 11: a flood of priority 0 is answered at most once in ten milliseconds', async () => {
    const a = await start(on.a, SILENT_OWNER);
    await a.waitRole('active');
    const wire = await startWatcher(on.a.host, 'eth0');
    const sent = 1500;
    const flood = startSending(on.client, 'eth0', [frame({ priority: 0 })], { rate: 1000, count: sent });
    await flood.exited;
    const { role, routers } = await a.waitStatus(
      (status) => routerOf(status).counters.priorityZeroReceived === sent,
      'the flood is heard',
    );
    const foreign = await until(
      () => {
        const heard = wire.adverts({ priority: 0 });
        return heard.length === sent && heard;
      },
      { what: 'the flood is seen' },
    );
    assert.equal(role, 'active');
    assert.equal(routers[0]!.counters.activeTransitions, 1);
    const answers = wire.adverts({ source: on.a.address }).length;
    const took = foreign.at(-1)!.at - foreign[0]!.at;
    assert.ok(answers >= 1 && answers <= took / 10 + 2, `${answers} answers in ${took.toFixed(0)} ms`);
    await ownedBy(on, 'a');
  });

  it('scenario 12: a storm of adverts for other virtual routers hides none of our own', async () => {
    const [a, b] = await startBoth(on);
    const before = [await a.status(), await b.status()].map((status) => routerOf(status).counters);
    const frames = Array.from({ length: 50 }, (_, n) =>
      frame({ vrid: 100 + n, priority: 255, addresses: ['10.77.0.99'] }),
    );
    const storm = startSending(on.client, 'eth0', frames, { rate: 10_000, count: 20_000 });
    await storm.exited;
    assert.match(storm.output.at(-1) ?? '', /^sent 20000/);
    const [after, afterB] = [await a.status(), await b.status()].map(routerCounters);
    const sent = after!.advertsSent - before[0]!.advertsSent;
    const heard = afterB!.advertsReceived - before[1]!.advertsReceived;
    assert.ok(sent > 5, 'own adverts were sent');
    // They are read one after the other: two adverts may lie between.
    assert.ok(Math.abs(sent - heard) <= 2, `${sent} sent, ${heard} heard`);
    assert.equal(afterB!.activeTransitions, 0);
    assert.equal(afterB!.versionErrors + afterB!.checksumErrors + afterB!.packetLengthErrors, 0);
    await ownedBy(on, 'a');
  });
});

function routerCounters(status: Awaited<ReturnType<Tandem['status']>>): Readonly<RouterCounters> {
  return routerOf(status).counters;
}
