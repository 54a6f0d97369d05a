import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../lab/command.ts';
import { now, sleep, until } from '../../lab/clock.ts';
import { startKeepalived } from '../../lab/keepalived.ts';
import { startEcho, startProbe } from '../../lab/probe.ts';
import { ethernetFrame, ipv4Packet, sendRaw } from '../../lab/raw.ts';
import { isAlive, registryFolder } from '../../lab/registry.ts';
import { VIP, VIP6, pair } from '../../lab/topology.ts';
import type { Topology } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { packageFolder } from '../../daemon/where.ts';
import { need } from '../support/need.ts';

const reaches = async (t: Topology, address: string): Promise<boolean> =>
  (await t.client.run(['ping', '-n', '-c', '1', '-W', '1', address])).code === 0;

describe('the lab', function () {
  this.timeout(60_000);
  let t: Topology;

  before(function () {
    need(this, 'namespaces', 'ping', 'nft');
    t = pair({ name: 'lab test' });
  });
  const owners: ChildProcess[] = [];
  afterEach(async () => {
    for (const owner of owners.splice(0)) owner.kill('SIGKILL');
    await t.reset();
  });
  after(() => t?.close());

  it('joins hosts by cables that lose their carrier when pulled, and get it back', async () => {
    const a = t.place('a');
    assert.ok(await reaches(t, a.address));
    assert.ok(await reaches(t, a.address6));
    a.data.cut();
    assert.match(a.host.command(['ip', '-br', 'link', 'show', 'eth0']), /NO-CARRIER/);
    assert.doesNotMatch(a.host.command(['ip', '-br', 'link', 'show', 'eth2']), /NO-CARRIER/);
    assert.equal(await reaches(t, a.address), false);
    a.data.restore();
    assert.ok(await until(() => reaches(t, a.address), { what: 'a answers again' }));
  });

  for (const [direction, mark] of [
    ['both', ' @long'],
    ['fromHost', ''],
    ['toHost', ' @long'],
  ] as const) {
    it(`cuts a cable inside the switch (${direction}) and leaves the carrier${mark}`, async () => {
      const a = t.place('a');
      const heard = await startWatcher(t.client, 'eth0');
      const arrived = await startWatcher(a.host, 'eth0');
      a.data.cut({ how: 'inSwitch', direction });
      assert.doesNotMatch(a.host.command(['ip', '-br', 'link', 'show', 'eth0']), /NO-CARRIER/);
      const frame = (vrid: number): Buffer =>
        ethernetFrame(ipv4Packet({ source: '10.77.0.9', payload: Buffer.of(0x31, vrid, 100, 0, 0, 100, 0, 0) }));
      await sendRaw(a.host, 'eth0', [frame(1)]);
      await sendRaw(t.client, 'eth0', [frame(2)]);
      a.data.restore();
      await sendRaw(a.host, 'eth0', [frame(3)]);
      await sendRaw(t.client, 'eth0', [frame(4)]);
      // The last ones arrive, and what arrives does so in order: so the first ones are decided.
      await heard.waitFor('the frame after the restoration', (seen) => seen.kind === 'advert' && seen.vrid === 3);
      await arrived.waitFor('the frame after the restoration', (seen) => seen.kind === 'advert' && seen.vrid === 4);
      assert.equal(heard.adverts({ vrid: 1 }).length, direction === 'toHost' ? 1 : 0, 'from the host');
      assert.equal(arrived.adverts({ vrid: 2 }).length, direction === 'fromHost' ? 1 : 0, 'to the host');
    });
  }

  it('loses about as many packets as it is told to @long', async () => {
    const a = t.place('a');
    const heard = await startWatcher(t.client, 'eth0');
    a.data.lose(50, 'fromHost');
    const frame = ethernetFrame(ipv4Packet({ source: '10.77.0.9', payload: Buffer.of(0x31, 5, 100, 0, 0, 100, 0, 0) }));
    assert.equal(await sendRaw(a.host, 'eth0', [frame], { count: 1000, rate: 5000 }), 1000);
    a.data.restore();
    await sendRaw(a.host, 'eth0', [
      ethernetFrame(ipv4Packet({ source: '10.77.0.9', payload: Buffer.of(0x31, 6, 1, 0, 0, 1, 0, 0) })),
    ]);
    await heard.waitFor('the last one', (seen) => seen.kind === 'advert' && seen.vrid === 6);
    const arrived = heard.adverts({ vrid: 5 }).length;
    assert.ok(arrived > 350 && arrived < 650, `${arrived} of 1000 arrived`);
  });

  it('counts every probe, and says who answered', async () => {
    const [a, b] = [t.place('a'), t.place('b')];
    await Promise.all([startEcho(a.host), startEcho(b.host)]);
    for (const vip of [VIP, VIP6]) {
      const prefix = vip === VIP ? 24 : 64;
      a.host.ip(`addr add ${vip}/${prefix} dev eth0`);
      const probe = startProbe(t.client, vip);
      await probe.answered({ by: 'a' });
      const from = now();
      await sleep(200);
      const calm = await probe.report(from);
      assert.equal(calm.lost, 0);
      assert.deepEqual(
        calm.answering.map(({ who }) => who),
        ['a'],
      );

      a.host.ip(`addr del ${vip}/${prefix} dev eth0`);
      await sleep(100);
      b.host.ip(`addr add ${vip}/${prefix} dev eth0`);
      t.client.ip('neigh flush all');
      await probe.answered({ by: 'b' });
      const moved = await probe.report(from);
      assert.deepEqual(
        moved.answering.map(({ who }) => who),
        ['a', 'b'],
      );
      assert.ok(moved.longestGapMs >= 100 && moved.lost >= 90, `${moved.longestGapMs} ms, ${moved.lost} lost`);
      assert.equal(moved.sent, moved.answered + moved.lost);
      await probe.stop();
    }
  });

  it('freezes, continues and kills programs', async () => {
    const program = t.place('a').host.spawn(['sh', '-c', 'while :; do echo tick; sleep 0.02; done']);
    await program.waitFor(/tick/);
    program.freeze();
    await sleep(50);
    const frozen = program.output.length;
    await sleep(150);
    assert.equal(program.output.length, frozen);
    program.continue();
    await until(() => program.output.length > frozen, { what: 'it ticks again' });
    program.signalGroup('SIGKILL');
    assert.deepEqual(await program.exited, { code: null, signal: 'SIGKILL' });
  });

  it('runs keepalived, and shows its adverts, its resignation and its announcements @long', async function () {
    need(this, 'keepalived');
    const [a, b] = [t.place('a'), t.place('b')];
    const wire = await startWatcher(t.client, 'eth0');
    const router = (priority: number) => [{ id: 51, priority, interval: 0.1, addresses: [`${VIP}/24 dev eth0`] }];
    const other = await startKeepalived(b.host, router(100));
    const active = await startKeepalived(a.host, router(200));
    await until(() => wire.adverts({ source: a.address, priority: 200 }).length > 2, { what: 'a advertises' });
    const [advert] = wire.adverts({ source: a.address, priority: 200 });
    assert.equal(advert?.vrid, 51);
    assert.equal(advert?.version, 3);
    assert.equal(advert?.ttl, 255);
    assert.equal(advert?.intervalMs, 100);
    assert.deepEqual(advert?.addresses, [VIP]);
    assert.deepEqual(advert?.checksum, { withPseudoHeader: true, withoutPseudoHeader: false });
    const resigned = now();
    await active.stop();
    await until(() => b.host.has(VIP), { what: 'b has the address' });
    assert.equal(a.host.has(VIP), false);
    assert.equal(wire.adverts({ source: a.address, priority: 0, after: resigned - 50 }).length, 1);
    await until(() => wire.announcements({ address: VIP, after: resigned }).length > 0, {
      what: 'b announces the address',
    });
    await other.stop();
  });

  it('removes what a killed owner left behind, and nothing else @long', async () => {
    const script = `
      import { pair } from ${JSON.stringify(join(packageFolder, 'lab/topology.ts'))};
      const t = pair({ name: 'left behind' });
      const sleeper = t.place('a').host.spawn(['sleep', '600']);
      console.log(JSON.stringify({ namespaces: [...t.lab.hosts.values()].map((h) => h.namespace), mark: sleeper.mark, folder: t.lab.folder }));
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: packageFolder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const died = new Promise((resolve) => owner.once('exit', resolve));
    owners.push(owner);
    let text = '';
    owner.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    await until(() => text.includes('\n'), { what: 'the other lab is built', limitMs: 40_000 });
    const left = JSON.parse(text) as { namespaces: string[]; mark: { pid: number; start: string }; folder: string };
    owner.kill('SIGKILL');
    await died;
    const sweep = attempt([process.execPath, '--import', 'tsx', join(packageFolder, 'lab/main.ts'), 'sweep']);
    // Whether this one cleared it or another lab that was made at this moment: it is gone.
    assert.equal(sweep.code, 0, sweep.stderr);
    assert.equal(isAlive(left.mark), false);
    assert.equal(existsSync(left.folder), false);
    for (const name of left.namespaces) assert.equal(existsSync(`/run/netns/${name}`), false, name);
    assert.ok(existsSync(t.lab.folder) && existsSync(`/run/netns/${t.client.namespace}`), 'this lab is still there');
    assert.ok(await reaches(t, t.place('a').address));
  });

  it('leaves nothing when it is closed', () => {
    const second = pair({ name: 'short' });
    const sleeper = second.place('b').host.spawn(['sleep', '600']);
    const names = [...second.lab.hosts.values()].map((host) => host.namespace);
    second.close();
    second.close();
    assert.equal(isAlive(sleeper.mark), false);
    for (const name of names) assert.equal(existsSync(`/run/netns/${name}`), false, name);
    assert.equal(existsSync(second.lab.folder), false);
    assert.ok(existsSync(registryFolder()));
  });
});
