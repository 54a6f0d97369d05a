/** The bypass drivers on real ports: what a wire lets through, and that what is read back is what is there (design section 6, brain 7.6). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { until } from '../../lab/clock.ts';
import { need } from '../support/need.ts';
import { LINK_LOCAL, PAIR, bypassStage } from './bypass-stage.ts';
import type { BypassStage, StagedHelper } from './bypass-stage.ts';

const CARD = { powerOff: 'blocked', watchdog: null };

describe('bypass drivers', function () {
  this.timeout(60_000);
  let on: BypassStage;
  let helper: StagedHelper;

  before(function () {
    need(this, 'namespaces', 'ping', 'nft');
    on = bypassStage();
  });
  afterEach(async () => {
    if (helper?.program.alive) await helper.stop();
    on.box.ip('link set eth0 nomaster', 'link set eth1 nomaster', 'link set eth0 up', 'link set eth1 up');
  });
  after(() => on?.lab.close());

  for (const driver of ['bridge', 'nft'] as const) {
    describe(driver, () => {
      it('lets traffic through in bypass and not when inline, and reads what is so', async () => {
        helper = await on.helper({ driver });
        assert.deepEqual(await helper.read(), { ok: true, text: '', state: 'inline', card: CARD });
        assert.equal(await on.passes(), false);

        assert.deepEqual(await helper.set('bypass'), { ok: true, text: '', state: 'bypass' });
        assert.equal(await on.passes(), true);
        assert.deepEqual((await helper.read()).state, 'bypass');

        assert.deepEqual(await helper.set('inline'), { ok: true, text: '', state: 'inline' });
        assert.equal(await on.passes(), false);
        assert.doesNotMatch(on.box.command(['ip', 'link', 'show']), /tbr|PROMISC/, 'nothing of it is left');
        assert.equal(on.box.command(['nft', 'list', 'ruleset']), '');
      });

      it('passes on what is addressed to the link itself, and tagged frames, as a cable does', async () => {
        helper = await on.helper({ driver });
        await helper.set('bypass');
        const arrived = await until(
          async () => {
            const names = await on.special();
            return names.length === Object.keys(LINK_LOCAL).length + 1 ? names : null;
          },
          { what: 'every frame arrives' },
        );
        assert.deepEqual(arrived, [...Object.keys(LINK_LOCAL), 'VLAN 7']);
        await helper.set('inline');
      });

      it('outlives its helper, whether that crashed or was stopped, and the next one finds it', async () => {
        helper = await on.helper({ driver });
        await helper.set('bypass');
        await helper.crash();
        assert.equal(await on.passes(), true);
        helper = await on.helper({ driver });
        assert.equal((await helper.read()).state, 'bypass');
        await helper.stop();
        assert.equal(await on.passes(), true);
        helper = await on.helper({ driver });
        assert.equal((await helper.set('inline')).state, 'inline');
        assert.equal(await on.passes(), false);
      });

      it('is taken away when the configuration has another driver or other ports', async () => {
        helper = await on.helper({ driver });
        await helper.set('bypass');
        await helper.plan({ driver: driver === 'bridge' ? 'nft' : 'bridge' });
        assert.equal((await helper.read()).state, 'inline');
        assert.equal(await on.passes(), false);
        await helper.set('bypass');
        await helper.plan({ driver: 'none' });
        assert.equal((await helper.read()).state, 'notFitted');
        assert.equal(await on.passes(), false);
      });

      it('does what it can where one of two pairs cannot be engaged, and says which', async () => {
        const broken = { name: 'wan2', outside: 'eth7', inside: 'eth8' };
        helper = await on.helper({ driver }, [], [broken, PAIR]);
        const answer = await helper.set('bypass');
        assert.equal(answer.ok, false);
        assert.equal(answer.state, 'unknown');
        assert.match(answer.text, /wan2: eth7 does not exist/);
        assert.equal(await on.passes(), true);
        await helper.set('inline');
        assert.equal(await on.passes(), false);
      });
    });
  }

  it('bridge: takes no port from another bridge, and says what to do', async () => {
    on.box.ip('link add own type bridge', 'link set eth0 master own');
    try {
      helper = await on.helper({ driver: 'bridge' });
      assert.equal((await helper.read()).state, 'inline');
      const answer = await helper.set('bypass');
      assert.equal(answer.ok, false);
      assert.equal(answer.state, 'inline');
      assert.match(answer.text, /eth0 is a port of own.*use the driver nft/);
      assert.match(on.box.command(['ip', 'link', 'show', 'eth0']), /master own/);
    } finally {
      on.box.ip('link del own');
    }
  });

  it('nft: wires the ports of a bridge of the appliance, around it', async () => {
    on.box.ip('link add own type bridge forward_delay 0', 'link set eth0 master own', 'link set own up');
    try {
      helper = await on.helper({ driver: 'nft' });
      await helper.set('bypass');
      assert.equal(await on.passes(), true);
      await helper.set('inline');
      assert.equal(await on.passes(), false);
      assert.match(on.box.command(['ip', 'link', 'show', 'eth0']), /master own/);
    } finally {
      on.box.ip('link del own');
    }
  });

  it('nft: a port that was promiscuous before is so afterwards, a crash in between or not', async () => {
    on.box.ip('link set eth0 promisc on');
    try {
      helper = await on.helper({ driver: 'nft' });
      await helper.set('bypass');
      await helper.crash();
      helper = await on.helper({ driver: 'nft' });
      await helper.set('bypass');
      await helper.set('inline');
      assert.match(on.box.command(['ip', 'link', 'show', 'eth0']), /PROMISC/);
      assert.doesNotMatch(on.box.command(['ip', 'link', 'show', 'eth1']), /PROMISC/);
    } finally {
      on.box.ip('link set eth0 promisc off');
    }
  });

  const FOREIGN = [
    { driver: 'bridge', change: 'link set eth1 nomaster', detail: /eth1 is not in tbr-wan1/ },
    { driver: 'bridge', change: 'link set tbr-wan1 down', detail: /tbr-wan1 is down/ },
    { driver: 'nft', change: 'link set eth1 promisc off', detail: /eth1 is not promiscuous/ },
    { driver: 'nft', change: 'link set eth0 down', detail: /eth0 is down/ },
  ] as const;
  for (const { driver, change, detail } of FOREIGN) {
    it(`${driver}: sees that somebody did \`ip ${change}\`, and mends it when asked again`, async () => {
      helper = await on.helper({ driver });
      await helper.set('bypass');
      on.box.ip(change);
      const read = await helper.read();
      assert.equal(read.state, 'unknown');
      assert.match(read.text, detail);
      assert.equal((await helper.set('bypass')).state, 'bypass');
      assert.equal(await on.passes(), true);
      assert.equal((await helper.set('inline')).state, 'inline');
    });
  }

  it('nft: sees that somebody put a rule in front', async () => {
    helper = await on.helper({ driver: 'nft' });
    await helper.set('bypass');
    on.box.command(['nft', 'insert', 'rule', 'netdev', 'tandem_lab', 'from_eth0', 'drop']);
    const read = await helper.read();
    assert.equal(read.state, 'unknown');
    assert.match(read.text, /eth0 is not forwarded to eth1/);
    assert.equal((await helper.set('inline')).state, 'inline');
  });

  it('sysfs: writes the control file of each pair, reads it back, and never makes one', async () => {
    const file = on.file('bypass0');
    const sysfs = { file: { wan1: file }, inline: 'normal', bypass: 'byp' };
    writeFileSync(file, 'normal\n');
    helper = await on.helper({ driver: 'sysfs', sysfs });
    assert.equal((await helper.read()).state, 'inline');
    assert.deepEqual(await helper.set('bypass'), { ok: true, text: '', state: 'bypass' });
    assert.equal(readFileSync(file, 'utf8'), 'byp\n');
    writeFileSync(file, 'tap\n');
    const odd = await helper.read();
    assert.equal(odd.state, 'unknown');
    assert.match(odd.text, /holds 'tap'/);

    const gone = on.file('no-such-file');
    await helper.plan({ driver: 'sysfs', sysfs: { ...sysfs, file: { wan1: gone } } });
    const answer = await helper.set('bypass');
    assert.equal(answer.state, 'unknown');
    assert.match(answer.text, /no-such-file/);
    assert.equal(existsSync(gone), false);
  });

  it('command: runs the programs of the configuration and believes the status alone', async () => {
    const state = on.file('command-state');
    writeFileSync(state, 'inline');
    const engage = on.script('engage', `#!/bin/sh\necho bypass > ${state}\n`);
    const release = on.script('release', `#!/bin/sh\nexit 0\n`);
    const status = on.script('status', `#!/bin/sh\ncat ${state}\n`);
    const command = { engage: [engage], release: [release, '--now'], status: [status] };
    helper = await on.helper({ driver: 'command', command });
    assert.equal((await helper.read()).state, 'inline');
    assert.equal((await helper.set('bypass')).ok, true);
    const stuck = await helper.set('inline');
    assert.equal(stuck.ok, false, 'the program ended well, but nothing has changed');
    assert.equal(stuck.state, 'bypass');
    writeFileSync(state, 'half');
    assert.match((await helper.read()).text, /printed 'half'/);
    assert.equal((await helper.read()).state, 'unknown');
  });

  it('nobody on the socket can name a program, a file or a driver', async () => {
    const mark = on.file('mark');
    const evil = on.script('evil', `#!/bin/sh\ntouch ${mark}\n`);
    helper = await on.helper({ driver: 'none' });
    const bypass = { driver: 'command', command: { engage: [evil], release: [evil], status: [evil] } };
    const plan = { kind: 'plan', instance: 'lab', tracks: [], bypass, pairs: [PAIR] };
    const lines = [
      { id: 1, ...plan },
      { id: 2, kind: 'bypass.set', position: 'bypass', ...bypass, argv: [evil] },
      { id: 3, kind: 'bypass.read', ...bypass },
      { id: 4, kind: 'track.check', name: 'x', target: { type: 'script', command: [evil] }, timeoutMs: 1000 },
      { id: 5, kind: 'track.check', target: { type: 'script', command: [evil] } },
      { id: 6, kind: 'alive' },
      { id: 7, kind: 'run', argv: [evil] },
    ];
    const answers = await new Promise<string[]>((resolve, reject) => {
      const socket = createConnection(helper.socket);
      let text = '';
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        text += chunk.toString('utf8');
        const got = text.split('\n').slice(0, -1);
        if (got.length < lines.length) return;
        socket.destroy();
        resolve(got);
      });
      socket.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    });
    const said = answers.map((line) => JSON.parse(line) as { id: number; ok: boolean; state?: string });
    assert.deepEqual(
      said.filter(({ ok }) => ok).map(({ id }) => id),
      [3],
      'only the reading is answered',
    );
    assert.equal(said.find(({ id }) => id === 3)?.state, 'notFitted');
    assert.equal(existsSync(mark), false);
  });
});
