/** The sockets of the peer checks, against the kernel. */
import assert from 'node:assert/strict';
import { pair } from '../../lab/topology.ts';
import type { Topology } from '../../lab/topology.ts';
import { deriveKeys } from '../../monitors/peer/keys.ts';
import { type PeerMessage } from '../../monitors/peer/state.ts';
import { encode } from '../../monitors/peer/wire.ts';
import { need } from '../support/need.ts';
import { OTHER_SECRET, SECRET, envelope, id, report } from '../unit/monitors/peer/samples.ts';
import { until } from './edge-pair.ts';
import { type PeerHost, spawnPeer } from './peer-client.ts';
import type { Heard, Opening } from './peer-host.ts';

const ASK: PeerMessage = { type: 'request', nonce: id('1'), have: null };
const A_PATHS = ['10.78.0.1', '10.77.0.1'];
const B_PATHS = ['10.78.0.2', '10.77.0.2'];
const [KEY] = deriveKeys([SECRET]);

describe('the sockets of the peer checks', function () {
  this.timeout(60_000);
  let topology: Topology;
  let a: PeerHost;
  let b: PeerHost;
  let bootOfA = '';
  let bootOfB = '';

  before(function () {
    need(this, 'namespaces');
    topology = pair();
    a = spawnPeer(topology.place('a').host.namespace);
    b = spawnPeer(topology.place('b').host.namespace);
  });

  after(async () => {
    const codes = await Promise.all([a?.stop(), b?.stop()]);
    topology?.close();
    if (a !== undefined) assert.deepEqual(codes, [0, 0], 'an exchange that was closed leaves nothing open');
  });

  afterEach(() => topology.reset());

  const asA = (change: Partial<Opening> = {}): Opening => ({
    self: 'a',
    peers: [{ name: 'b', paths: B_PATHS }],
    secrets: [SECRET],
    ...change,
  });
  const asB = (change: Partial<Opening> = {}): Opening => ({
    self: 'b',
    peers: [{ name: 'a', paths: A_PATHS }],
    secrets: [SECRET],
    ...change,
  });

  async function open(ofA: Partial<Opening> = {}, ofB: Partial<Opening> = {}): Promise<void> {
    [bootOfA, bootOfB] = await Promise.all([a.call('open', asA(ofA)), b.call('open', asB(ofB))]);
  }

  /** Everything that a host has heard, once enough of it is there. */
  async function heardBy(host: PeerHost, enough: (heard: Heard) => boolean): Promise<Heard> {
    const all: Heard = { received: [], ignored: [], problems: [] };
    return until(
      'enough is heard',
      async () => {
        const { received, ignored, problems } = await host.call('heard');
        all.received.push(...received);
        all.ignored.push(...ignored);
        all.problems.push(...problems);
        return all;
      },
      enough,
    );
  }

  const fromA = (path: number | null, message = ASK): Promise<string | null> =>
    a.call('send', { path, message, peerBoot: null });
  const arrives = async (count = 1): Promise<Heard> => heardBy(b, ({ received }) => received.length >= count);

  it('carry a message over each path, with its own counter', async () => {
    await open();
    assert.deepEqual((await a.call('heard')).problems, []);
    assert.equal(await fromA(null), null);
    const { received, ignored } = await arrives(2);
    const seen = received.map(({ peer, path, envelope: { counter } }) => `${peer} ${path} ${counter}`);
    assert.deepEqual(new Set(seen), new Set(['a 0 1', 'a 1 2']));
    assert.deepEqual(received[0]?.envelope.message, ASK);
    assert.equal(received[0]?.envelope.boot, bootOfA);
    assert.deepEqual(ignored, []);
  });

  it('carry a report of many datagrams of the cable', async () => {
    await open();
    const groups = Array.from({ length: 500 }, (_, n) => ({ ...report().groups[0]!, name: `customer-${n}` }));
    const push = { type: 'push', version: 1, report: report({ instance: 'a', groups }), direct: {} } as const;
    assert.equal(await a.call('send', { path: 0, message: push, peerBoot: bootOfB }), null);
    assert.deepEqual((await arrives()).received[0]?.envelope.message, push);
  });

  it('take over the HA port only what was sent on the cable: TTL 255', async () => {
    await open({}, {});
    await a.call('open', asA({ peers: [] }));
    const raw = async (from: string, to: string, ttl: number): Promise<void> => {
      const sent = envelope(ASK, { from: 'a', to: 'b', peerBoot: null, counter: ttl });
      await a.call('raw', { from, to, ttl, bytes: encode(sent, KEY!)!.toString('base64') });
    };
    await raw('10.78.0.1', '10.78.0.2', 254);
    await raw('10.78.0.1', '10.78.0.2', 255);
    await raw('10.77.0.1', '10.77.0.2', 3);
    const { received } = await heardBy(b, ({ received }) => received.length >= 2);
    assert.deepEqual(
      received.map(({ path, envelope: { counter } }) => [path, counter]),
      [
        [0, 255],
        [1, 3],
      ],
    );
    await b.call('open', asB({ peers: [{ name: 'a', paths: ['fd78::1'] }] }));
    await raw('fd78::1', 'fd78::2', 254);
    await raw('fd78::1', 'fd78::2', 255);
    assert.equal((await arrives()).received[0]?.envelope.counter, 255);
  });

  it('work over IPv6, global and link-local', async () => {
    const linkLocal = (name: string): string =>
      topology
        .place(name)
        .host.addresses('eth2')
        .find(({ scope }) => scope === 'link')!.address;
    const [ofA, ofB] = [linkLocal('a'), linkLocal('b')];
    await open(
      { peers: [{ name: 'b', paths: [`${ofB}%eth2`, 'fd77::2'] }] },
      { peers: [{ name: 'a', paths: [ofA, 'fd77::1'] }] },
    );
    assert.equal(await fromA(null), null);
    const { received, ignored } = await arrives(2);
    assert.deepEqual(new Set(received.map(({ path }) => path)), new Set([0, 1]));
    assert.deepEqual(ignored, []);
  });

  it('never send from an address that moves', async () => {
    const { host } = topology.place('a');
    const peers = (own: string) => [{ name: own, paths: own === 'b' ? ['fd78::2'] : ['fd78::1'] }];
    host.ip('addr del fd78::1/64 dev eth2', 'addr add fd78::1/64 dev eth2 nodad', 'addr add fd78::3/64 dev eth2 nodad');
    await open({ peers: peers('b'), virtual: ['fd78::3'] }, { peers: peers('a') });
    assert.equal(await fromA(0), null);
    await arrives();
    await a.call('open', asA({ peers: peers('b'), virtual: ['fd78::1'] }));
    assert.equal(await fromA(0), null);
    const { ignored } = await heardBy(b, ({ ignored }) => ignored.length > 0);
    assert.match(ignored[0]!.detail, /^from fd78::3, which is no path of a peer; it calls itself 'a' of stack 'edge'$/);
  });

  it('use no second path that would leave by the HA port, and say so', async () => {
    await open({ peers: [{ name: 'b', paths: ['10.78.0.2', '10.78.0.22'] }] });
    const text = 'it would leave by the HA port eth2, as the first path does: not used';
    assert.deepEqual((await a.call('heard')).problems, [`path 10.78.0.22 to b: ${text}`]);
    assert.equal(await a.call('detail', { peer: 'b', path: 1 }), text);
    assert.equal(await a.call('detail', { peer: 'b', path: 0 }), null);
    assert.equal(await fromA(1), text);
    assert.equal(await fromA(0), null);
  });

  it('let no change of routes lead a path over the HA port', async () => {
    await open();
    const { host } = topology.place('a');
    host.ip('link set eth0 down', 'route add 10.77.0.0/24 dev eth2');
    await a.call('refresh');
    await until(
      'the loss is told',
      () => a.call('detail', { peer: 'b', path: 1 }),
      (detail) => detail !== null,
    );
    assert.notEqual(await fromA(1), null);
    host.ip('route del 10.77.0.0/24 dev eth2');
  });

  it('say where two paths share a cable', async () => {
    await open({ peers: [{ name: 'b', paths: ['10.78.0.2', '10.77.0.2', '10.77.0.22'] }] });
    assert.deepEqual((await a.call('heard')).problems, ['two paths to b use eth0: they fail together']);
  });

  it('are opened when the interface appears, and again when it was made anew', async () => {
    const { host } = topology.place('a');
    await open({ haInterface: 'eth9', peers: [{ name: 'b', paths: ['10.99.0.2'] }] });
    assert.deepEqual((await a.call('heard')).problems, ['path 10.99.0.2 to b: there is no interface eth9']);
    for (let n = 0; n < 2; n++) {
      host.ip('link add eth9 type veth peer name eth9far', 'link set eth9far up', 'link set eth9 up');
      host.ip('addr add 10.99.0.1/24 dev eth9');
      await a.call('refresh');
      await until(
        'the path is used',
        async () => [await a.call('detail', { peer: 'b', path: 0 }), await fromA(0)],
        ([detail, error]) => detail === null && error === null,
      );
      host.ip('link del eth9');
      await a.call('refresh');
      await until(
        'the loss is told',
        () => a.call('detail', { peer: 'b', path: 0 }),
        (detail) => detail === 'there is no interface eth9',
      );
    }
  });

  it('name who has another secret, another stack, or an address that is no path', async () => {
    await open();
    await b.call('open', asB({ secrets: [OTHER_SECRET] }));
    await fromA(0);
    const secret = await heardBy(b, ({ ignored }) => ignored.length > 0);
    assert.deepEqual(secret.ignored, [{ peer: 'a', reason: 'otherSecret', detail: "'a' signs with another secret" }]);
    for (const secrets of [[SECRET], [OTHER_SECRET]]) {
      await b.call('open', asB({ stack: 'core', secrets }));
      await fromA(0);
      const stack = await heardBy(b, ({ ignored }) => ignored.length > 0);
      assert.deepEqual(stack.ignored, [{ peer: 'a', reason: 'otherStack', detail: "it is 'a' of stack 'edge'" }]);
    }
    await b.call('open', asB({ peers: [{ name: 'a', paths: ['10.78.0.77'] }] }));
    await fromA(0);
    const stranger = await heardBy(b, ({ ignored }) => ignored.length > 0);
    assert.deepEqual([stranger.ignored[0]?.peer, stranger.ignored[0]?.reason], [null, 'unknownSender']);
    assert.deepEqual(stranger.received, []);
  });

  it('take nothing that comes by another way than its path', async () => {
    await open();
    await a.call('open', asA({ peers: [] }));
    const bytes = encode(envelope(ASK, { from: 'a', to: 'b', peerBoot: null }), KEY!)!.toString('base64');
    // From the address of the second path, but over the HA port.
    await a.call('raw', { from: '10.77.0.1', to: '10.78.0.2', ttl: 255, bytes });
    const { received, ignored } = await heardBy(b, (heard) => heard.ignored.length + heard.received.length > 0);
    assert.deepEqual(received, []);
    assert.deepEqual(
      ignored.map(({ peer, reason }) => [peer, reason]),
      [['a', 'wrongPath']],
    );
  });

  it('let a secret be rotated on one instance after the other without a datagram lost', async () => {
    await open({ secrets: [OTHER_SECRET, SECRET] });
    const toA = (): Promise<string | null> => b.call('send', { to: 'a', path: 0, message: ASK, peerBoot: null });
    assert.equal(await toA(), null);
    const [first] = (await heardBy(a, ({ received }) => received.length > 0)).received;
    const answer = { path: 0, message: ASK, peerBoot: first!.envelope.boot };
    await a.call('send', answer);
    assert.deepEqual((await arrives()).ignored, []);
    await b.call('replan', asB({ secrets: [OTHER_SECRET, SECRET] }));
    await toA();
    await heardBy(a, ({ received }) => received.length > 0);
    await a.call('replan', asA({ secrets: [OTHER_SECRET] }));
    await b.call('replan', asB({ secrets: [OTHER_SECRET] }));
    await a.call('send', answer);
    assert.deepEqual((await arrives()).ignored, []);
  });

  it('have the last will ready for another process, to every path of whoever is known', async () => {
    await open();
    assert.deepEqual(await a.call('told', { b: null }), []);
    const told = await a.call('told', { b: bootOfB });
    assert.deepEqual(
      told.map((datagram) => [datagram.interface, datagram.destination, datagram.port]),
      [
        ['eth2', '10.78.0.2', 11_211],
        ['eth0', '10.77.0.2', 11_211],
      ],
    );
    await a.call('raw', { from: '10.78.0.1', to: '10.78.0.2', ttl: 255, bytes: told[0]!.bytes });
    const { envelope: will } = (await arrives()).received[0]!;
    assert.deepEqual(
      [will.message, will.counter, will.peerBoot, will.boot],
      [{ type: 'told' }, Number.MAX_SAFE_INTEGER, bootOfB, bootOfA],
    );
  });

  it('look at no more than a bounded number of strangers, and go on hearing the peer', async () => {
    await open();
    topology.place('a').host.ip('addr add 10.78.0.99/24 dev eth2');
    await a.call('raw', { from: '10.78.0.99', to: '10.78.0.2', ttl: 255, bytes: 'AAAA', times: 3000 });
    await fromA(0);
    // What comes while the kernel's buffer is full of strangers is lost with them: said again, as every check is.
    const again = setInterval(() => void fromA(0), 200);
    const { ignored, problems } = await arrives().finally(() => clearInterval(again));
    assert.ok(ignored.length > 0 && ignored.length < 3000, `${ignored.length} looked at`);
    assert.deepEqual(problems, ['more datagrams from strangers than are looked at: some are dropped']);
  });
});
