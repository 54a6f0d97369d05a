/** The lab's link pairs, the backup path, and the stand-in for the appliance's software that lets traffic through. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { now, sleep, until } from '../../lab/clock.ts';
import { startInline } from '../../lab/inline.ts';
import type { Inline } from '../../lab/inline.ts';
import type { Probe } from '../../lab/probe.ts';
import { INSIDE, OUTSIDE, PAIR, pair } from '../../lab/topology.ts';
import type { Place, Topology } from '../../lab/topology.ts';
import { startStream, startTraffic } from '../../lab/traffic.ts';
import { need } from '../support/need.ts';
import { startEngineStandIn } from './engine-stand-in.ts';
import type { EngineStandIn } from './engine-stand-in.ts';

/** As the software wires of brain 7 do it, without anybody's permission. */
function wire({ host }: Place): void {
  host.ip(
    'link add wire type bridge stp_state 0 forward_delay 0',
    'link set wire up',
    `link set ${PAIR.outside} master wire`,
    `link set ${PAIR.inside} master wire`,
  );
}

const carrier = ({ host }: Place, port: string): boolean =>
  !/NO-CARRIER/.test(host.command(['ip', '-br', 'link', 'show', port]));

const received = ({ host }: Place, port: string): number =>
  Number(host.command(['sh', '-c', `cat /proc/net/dev | sed -n 's/^ *${port}: *\\([0-9]*\\) .*/\\1/p'`]));

describe('link pairs and backup paths of the lab', function () {
  this.timeout(60_000);
  let t: Topology;
  const engines: EngineStandIn[] = [];

  before(function () {
    need(this, 'namespaces', 'ping', 'nft');
    t = pair({ name: 'pairs test', pairs: true, backup: true });
  });
  afterEach(async function () {
    this.timeout(60_000);
    if (this.currentTest?.state === 'failed')
      for (const { host } of t.places)
        for (const { name, output } of host.programs) process.stderr.write(`        ${name}: ${output.join(' | ')}\n`);
    for (const engine of engines.splice(0)) await engine.stop();
    await t.reset();
  });
  after(() => t?.close());

  const reaches = async (from: Place, address: string): Promise<boolean> =>
    (await from.host.run(['ping', '-n', '-c', '1', '-W', '1', address])).code === 0;

  /** An engine that says what it is told to, and the appliance's software that follows it. */
  async function appliance(name: string): Promise<{ readonly engine: EngineStandIn; readonly inline: Inline }> {
    const place = t.place(name);
    const engine = await startEngineStandIn(join(place.host.folder('fake'), 'engine.sock'));
    engines.push(engine);
    return { engine, inline: await startInline(place.host, engine.socket) };
  }

  const comesThrough = (probe: Probe): Promise<void> => probe.answered({ by: 'inside', after: now() });

  /** Waits until nothing comes through: for longer than an answer may take. */
  async function endsComing(probe: Probe): Promise<void> {
    await until(() => probe.record.last === null || now() - probe.record.last.at > 500, {
      what: 'nothing comes through any more',
    });
  }

  it('lets traffic through the active instance alone, as its engine tells', async () => {
    const [a, b] = [await appliance('a'), await appliance('b')];
    const probe = await startTraffic(t);
    await sleep(200);
    assert.equal(probe.record.last, null, 'nothing comes through two standbys');
    a.engine.become('active');
    await comesThrough(probe);
    // It says so after it has begun.
    await until(() => a.inline.forwards && !b.inline.forwards, { what: 'a alone says that it forwards' });

    a.engine.become('standby');
    await endsComing(probe);
    b.engine.become('active');
    await comesThrough(probe);
    await until(() => !a.inline.forwards && b.inline.forwards, { what: 'b alone says that it forwards' });
  });

  it('lets nothing through beside a wire of a peer, and nothing of an instance that is silent', async () => {
    const a = await appliance('a');
    a.engine.become('active');
    await until(() => a.inline.forwards, { what: 'a lets traffic through' });
    a.engine.become('active', { b: 'bypass' });
    await until(() => !a.inline.forwards, { what: 'a leaves it to the wire' });
    a.engine.become('active', { b: 'standby' });
    await until(() => a.inline.forwards, { what: 'a lets traffic through again' });
    await engines.splice(0)[0]?.stop();
    await until(() => !a.inline.forwards, { what: 'a has no word from its engine' });
  });

  it('a wire lets traffic through without any engine', async () => {
    const probe = await startTraffic(t);
    wire(t.place('a'));
    await comesThrough(probe);
  });

  it('two instances that let traffic through at once make copies, and no loop', async () => {
    const [a] = [await appliance('a')];
    a.engine.become('active');
    wire(t.place('b'));
    const probe = await startTraffic(t);
    await comesThrough(probe);
    await until(() => a.inline.forwards, { what: 'a lets traffic through too' });
    const [from, begin] = [now(), received(t.place('b'), PAIR.outside)];
    await sleep(500);
    const perMs = (received(t.place('b'), PAIR.outside) - begin) / (now() - from);
    // A probe of 106 bytes a millisecond, its answer, and a copy of each; a loop is limited by nothing but the processor.
    assert.ok(perMs < 2000, `${perMs} bytes a millisecond`);
  });

  it('pulling a port of the pair takes its carrier, and the traffic, and nothing else', async () => {
    const place = t.place('a');
    wire(place);
    const probe = await startTraffic(t);
    for (const port of [PAIR.outside, PAIR.inside]) {
      const cable = port === PAIR.outside ? place.wan : place.lan;
      await comesThrough(probe);
      cable.cut();
      await until(() => !carrier(place, port), { what: `${port} lost its carrier` });
      await endsComing(probe);
      for (const other of ['eth0', 'eth1', 'eth2', port === PAIR.outside ? PAIR.inside : PAIR.outside])
        assert.ok(carrier(place, other), other);
      cable.restore();
    }
    await comesThrough(probe);
  });

  it('HA port and backup path are cables of their own, pulled or cut in the switch', async () => {
    const [a, b] = [t.place('a'), t.place('b')];
    for (const [cable, port, address, other] of [
      [a.ha, 'eth2', b.haAddress, b.backupAddress],
      [a.backup, 'eth1', b.backupAddress, b.haAddress],
    ] as const) {
      assert.ok((await reaches(a, address)) && (await reaches(a, other)));
      cable.cut();
      assert.equal(carrier(a, port), false);
      assert.equal(await reaches(a, address), false, `${port} is pulled`);
      assert.ok(await reaches(a, other), 'the other one is whole');
      cable.restore();
      await until(() => reaches(a, address), { what: `${port} is back` });
      cable.cut({ how: 'inSwitch' });
      assert.ok(carrier(a, port), 'the carrier stays');
      assert.equal(await reaches(a, address), false, `${port} is cut in the switch`);
      assert.ok(await reaches(a, other), 'the other one is whole');
      cable.restore();
      assert.ok(await reaches(a, address));
    }
  });

  it('cuts only what it is told to, as a firewall on the way would', async () => {
    const [a, b] = [t.place('a'), t.place('b')];
    a.ha.cut({ how: 'inSwitch', only: 'meta l4proto icmp' });
    assert.equal(await reaches(a, b.haAddress), false);
    assert.ok(await reaches(a, b.haAddress6), 'what it does not name passes');
    a.ha.restore();
    assert.ok(await reaches(a, b.haAddress));
  });

  it('sends a stream at the rate that it is told, also none', async () => {
    const place = t.place('a');
    const stream = await startStream(t, 8_000_000);
    const rate = async (): Promise<number> => {
      const [from, begin] = [now(), received(place, PAIR.outside)];
      await sleep(300);
      return ((received(place, PAIR.outside) - begin) * 8000) / (now() - from);
    };
    await until(async () => (await rate()) > 4_000_000, { what: 'it comes at about its rate' });
    stream.setRate(0);
    await until(async () => (await rate()) < 100_000, { what: 'it stops' });
    stream.setRate(2_000_000);
    await until(async () => (await rate()) > 1_000_000, { what: 'it goes on' });
  });

  it('a topology without pairs and backup has none', () => {
    const plain = pair({ name: 'plain' });
    try {
      assert.deepEqual([...plain.place('a').host.ports.keys()], ['eth0', 'eth2']);
      assert.deepEqual([...plain.lab.hosts.keys()], ['client', 'a', 'b']);
      assert.throws(() => plain.place('a').backup, /no backup path/);
      assert.throws(() => plain.outside, /no link pairs/);
    } finally {
      plain.close();
    }
  });

  it('is as at the beginning after a reset', async () => {
    wire(t.place('a'));
    const b = await appliance('b');
    b.engine.become('active');
    await until(() => b.inline.forwards, { what: 'b lets traffic through' });
    await t.reset();
    const probe = await startTraffic(t);
    await sleep(200);
    assert.equal(probe.record.last, null, 'no wire and no rule is left');
    assert.ok(t.outside.has(OUTSIDE.address) && t.inside.has(INSIDE.address));
  });
});
