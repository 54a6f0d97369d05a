import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { EventBody } from '../../../core/event.ts';
import type { Status } from '../../../core/status.ts';
import { createEngineClient, whyUnreachable } from '../../../cli/client.ts';
import { sampleLinks, samplePeer, sampleRouter, sampleStatus } from '../daemon/sample-status.ts';
import { FakeEngine, fakeIo, tandem } from './fake-engine.ts';
import { main } from '../../../cli/main.ts';

const STEP: EventBody = {
  kind: 'action',
  severity: 'info',
  actionId: 'act-1',
  reason: { code: 'actionAccepted', action: 'switchover' },
};

describe('the commands of tandem', () => {
  let engine: FakeEngine;
  let zone: string | undefined;

  beforeEach(async () => {
    zone = process.env['TZ'];
    process.env['TZ'] = 'UTC';
    engine = new FakeEngine();
    await engine.start();
  });

  afterEach(async () => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    await engine.remove();
  });

  describe('status', () => {
    it('prints the same as the API with --json', async () => {
      const { exit, json, err } = await engine.tandem('--json', 'status');
      assert.deepEqual([exit, err], [0, '']);
      assert.deepEqual(json(), sampleStatus());
    });

    it('prints a page for people', async () => {
      const { exit, out } = await engine.tandem('status');
      assert.equal(exit, 0);
      assert.match(
        out,
        /^a is active since 01:00:00 \(4 min\): no advert for wan for 3\.61 s; no faults; nobody else is heard as active\n/,
      );
    });

    it('prints nothing that could steer the terminal', async () => {
      engine.status = sampleStatus({
        reason: { code: 'masterDown', text: 'evil \u001b]0;title\u0007\u001b[2Jreason' },
      });
      assert.match((await engine.tandem('status')).out, /: evil \]0;title\[2Jreason;/);
      const { out } = await engine.tandem('status', '--json');
      // oxlint-disable-next-line no-control-regex -- that there is none
      assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    });

    it('shows it again and again with --watch, also while the daemon is away', async () => {
      let frames = 0;
      const enough = new Error('enough');
      const io = fakeIo({
        tty: true,
        size: () => ({ columns: 80, rows: 6 }),
        sleep: async () => {
          frames += 1;
          if (frames === 1) await engine.stop();
          if (frames === 2) throw enough;
        },
      });
      await main(['--run', engine.run, 'status', '--watch'], io);
      assert.match(io.printed(), /is .*active.* since[^]*more lines\)[^]*no daemon has its socket at/);
    });
  });

  it('lists routers, and refuses a name that is none', async () => {
    engine.status = sampleStatus({ routers: [sampleRouter(), sampleRouter({ name: 'lan', id: 52 })] });
    assert.match((await engine.tandem('routers')).out, /^ROUTER .*\nwan .*\nlan .*\n$/);
    assert.match((await engine.tandem('routers', 'lan')).out, /^lan\n {2}state +active since/);
    assert.deepEqual((await engine.tandem('routers', 'lan', '--json')).json(), { routers: [engine.status.routers[1]] });
    const { exit, err } = await engine.tandem('routers', 'dmz');
    assert.deepEqual([exit, err], [1, "tandem: there is no virtual router 'dmz'; there are: wan, lan\n"]);
  });

  describe('events', () => {
    it('shows the newest, oldest first', async () => {
      for (let i = 1; i <= 60; i++)
        engine.log.append({ kind: 'address', severity: 'info', reason: { code: 'addressesTaken', count: i } });
      const lines = (await engine.tandem('events')).out.trim().split('\n');
      assert.deepEqual(
        [lines.length, lines[0]],
        [50, '11  2026-11-21 01:04:10.000  info      address    11 addresses taken'],
      );
      assert.equal((await engine.tandem('events', '--latest', '2')).out.trim().split('\n').length, 2);
      const after = (await engine.tandem('events', '--after', '58', '--json')).out.trim().split('\n');
      assert.deepEqual(
        after.map((line) => (JSON.parse(line) as { seq: number }).seq),
        [59, 60],
      );
    });

    it('shows every kind of event in its own column', async () => {
      const say = (kind: EventBody['kind'], reason: EventBody['reason']): void =>
        void engine.log.append({ kind, severity: 'info', reason });
      say('peer', { code: 'peerHealthy', peer: 'b' });
      say('link', { code: 'pairChanged', pair: 'wan1', state: 'up', detail: '' });
      say('track', { code: 'trackChanged', track: 'gateway', up: true, detail: '' });
      say('bandwidth', { code: 'bandwidthArmed' });
      say('flap', { code: 'flapped', count: 1, max: 6 });
      say('bypass', { code: 'bypassRead', state: 'inline', detail: '' });
      const kinds = (await engine.tandem('events')).out.split('\n').map((line) => line.slice(42, 53));
      assert.deepEqual(
        kinds.slice(0, 6),
        ['peer', 'link', 'track', 'bandwidth', 'flap', 'bypass'].map((kind) => kind.padEnd(11)),
      );
    });

    it('does not call the instance a router', async () => {
      const reason = { code: 'conditionRaised', condition: 'serviceDown', router: '', detail: '' } as const;
      engine.log.append({ kind: 'condition', severity: 'critical', router: '', reason });
      assert.match((await engine.tandem('events')).out, / condition  no instance of the stack is eligible\n$/);
    });

    it('refuses what is no number', async () => {
      for (const argv of [
        ['--after', 'x'],
        ['--latest', '1.5'],
        ['--after', '1', '--latest', '1'],
      ]) {
        assert.equal((await engine.tandem('events', ...argv)).exit, 2);
      }
    });

    it('follows over a restart of the engine', async () => {
      let over = false;
      const io = fakeIo({
        sleep: async () => {
          if (over) throw new Error('the test is over');
          await new Promise((resolve) => setTimeout(resolve, 5));
        },
      });
      engine.log.append(STEP);
      const following = main(['--run', engine.run, 'events', '--follow', '--json'], io);
      const until = async (text: RegExp): Promise<void> => {
        while (!text.test(io.printed() + io.complained())) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await until(/"seq":1/);
      engine.log.append({ ...STEP, reason: { code: 'recovered' } });
      await until(/recovered/);
      await engine.restart();
      engine.log.append({ ...STEP, reason: { code: 'preemptionReleased' } });
      await until(/"gap":true[^]*preemptionReleased/);
      assert.match(io.complained(), /waiting for it to come back/);
      over = true;
      await engine.stop();
      await following;
    });
  });

  it('lists peers with their paths, and link pairs with their ports', async () => {
    engine.status = sampleStatus({ peers: [samplePeer()], links: sampleLinks({ state: 'half', inside: false }) });
    const peers = await engine.tandem('peers');
    assert.equal(peers.exit, 0);
    assert.match(peers.out, /^PEER .*\nb .*\n\nPEER +PATH .*\nb +192\.0\.2\.2 /);
    assert.deepEqual((await engine.tandem('peers', '--json')).json(), { peers: [samplePeer()] });
    const links = await engine.tandem('links');
    assert.match(
      links.out,
      /^LINK PAIR .*\nwan1 +half .*eth1 no carrier for 5 min\n0 of 1 link pairs up, at least 1 needed\n$/,
    );
    assert.deepEqual((await engine.tandem('links', '--json')).json(), engine.status.links);
  });

  it('shows the bypass: what it reads, why, and since when', async () => {
    assert.equal((await engine.tandem('bypass')).out, 'bypass: no driver is configured (bypass.driver is none)\n');
    const bypass: Status['bypass'] = {
      ...sampleStatus().bypass,
      driver: 'bridge',
      state: 'bypass',
      by: 'operator',
      commanded: 'bypass',
      reason: { code: 'bypassBecause', text: 'asked for by ann' },
    };
    engine.status = sampleStatus({ bypass });
    const { exit, out } = await engine.tandem('bypass');
    assert.equal(exit, 0);
    assert.match(out, /^bypass: engaged, asked for by ann, until tandem bypass release, driver bridge/);
    assert.deepEqual((await engine.tandem('bypass', '--json')).json(), bypass);
    assert.deepEqual(engine.asked, [], 'looking changes nothing');
  });

  it('tells why, and what would change it', async () => {
    const change = { kind: 'role', severity: 'info', from: 'starting' } as const;
    engine.log.append({ ...change, to: 'standby', reason: { code: 'started', priority: 200 } });
    engine.log.append({ ...change, to: 'active', reason: { code: 'masterDown', router: 'wan', silentMs: 3610 } });
    engine.status = sampleStatus({ peers: [samplePeer()], preemptionHeldUntil: '2026-11-21T01:14:00.000Z' });
    assert.equal(
      (await engine.tandem('why')).out,
      `active since 01:00:00 (4 min) because no advert for wan for 3.61 s
  2026-11-21 01:04:10.000  standby: started at priority 200, listening for another
  2026-11-21 01:04:10.000  active: no advert for wan for 3.61 s

what would change it
  b would take over: it is standby, healthy and eligible
  preemption is held until 01:14:00 (tandem switchover --release-hold ends it)
`,
    );
    const { json } = await engine.tandem('why', '--json');
    const { chain, next } = json() as { chain: string[]; next: object[] };
    assert.deepEqual([chain.length, next.length], [2, 2]);
  });

  it('sets the level of the log', async () => {
    assert.deepEqual(
      [(await engine.tandem('log-level', 'debug')).out, engine.levels],
      ['log level: debug\n', ['debug']],
    );
  });

  it('says of a later capability that this version does not have it', async () => {
    const { exit, err, json } = await engine.tandem('--json', 'sites');
    assert.deepEqual([exit, err], [1, 'tandem: this version does not have sites yet\n']);
    assert.deepEqual(json(), { error: { code: 'notInThisVersion', text: 'this version does not have sites yet' } });
  });

  describe('without a daemon', () => {
    it('exits 3 and says what to do', async () => {
      await engine.stop();
      const asking = ['status', 'routers', 'peers', 'links', 'why', 'events', 'reload', 'switchover'];
      const changing = [
        ['maintenance', 'on'],
        ['bypass', 'release'],
        ['flaps', 'reset'],
      ];
      for (const command of [...asking.map((name) => [name]), ...changing]) {
        const { exit, err, json } = await engine.tandem(...command, '--json');
        assert.equal(exit, 3, command.join(' '));
        assert.match(err, /no daemon has its socket at .*engine\.sock: start tandemd, or say with --run DIR/);
        assert.equal((json() as { error: { code: string } }).error.code, 'unreachable');
      }
    });

    it('tells a socket that was left behind from one that is not there', async () => {
      await engine.stop();
      writeFileSync(join(engine.run, 'engine.sock'), '');
      assert.match((await engine.tandem('status')).err, /is gone: tandemd restarts it, or does not run either/);
    });

    it('says what to do about what the kernel answers', () => {
      const words = (code: string): string =>
        whyUnreachable(Object.assign(new Error(code), { code }), '/r/engine.sock', 5000).message;
      assert.match(words('EACCES'), /be root or a member of the group tandem/);
      assert.match(words('ECONNRESET'), /closed the connection/);
      assert.match(words('EMFILE'), /cannot be reached: EMFILE/);
    });

    it('does not wait for ever for something that does not speak', async () => {
      await engine.stop();
      const open = new Set<{ destroy(): unknown }>();
      const silent = createServer((socket) => open.add(socket)).listen(join(engine.run, 'engine.sock'));
      const client = createEngineClient(engine.run, { raw: false, patience: 200 });
      await assert.rejects(client.get('/status'), { exit: 3, message: /does not answer within 0\.2 s/ });
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    });

    it('refuses what answers in another language', async () => {
      await engine.stop();
      const other = createServer((socket) =>
        socket.resume().end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'),
      ).listen(join(engine.run, 'engine.sock'));
      const { exit, err } = await engine.tandem('status');
      assert.deepEqual([exit, /no Tandem engine/.test(err)], [1, true]);
      await new Promise((resolve) => other.close(resolve));
    });

    it('refuses a run directory whose path is too long', async () => {
      assert.equal((await tandem(['status', '--run', `/tmp/${'x'.repeat(120)}`])).exit, 2);
    });
  });

  describe('check', () => {
    it('accepts the example that ships and refuses another file with every error', async () => {
      const { exit, out } = await tandem(['check', 'config/example.yaml']);
      assert.deepEqual([exit, /configuration OK/.test(out)], [0, true]);
      const file = join(engine.run, 'bad.yaml');
      writeFileSync(file, 'instance: a\nstak: edge\n');
      const bad = await tandem(['check', file, '--json']);
      assert.equal(bad.exit, 2);
      assert.match(bad.err, /^\/.*bad\.yaml:2:1: stak: unknown key/m);
      const { error } = bad.json() as { error: { code: string; path: string } };
      assert.deepEqual([error.code, error.path], ['invalidConfiguration', file]);
    });
  });

  it('shows help for every command, and how to call it without one', async () => {
    const { exit, out } = await tandem(['help', 'status']);
    assert.deepEqual([exit, out], [0, (await tandem(['status', '--help'])).out]);
    assert.match(out, /^usage: tandem status \[--watch\]\n/);
    const nothing = await tandem([]);
    assert.deepEqual([nothing.exit, nothing.out], [2, '']);
    assert.match(nothing.err, /^usage: tandem /);
    assert.equal((await tandem(['help', 'nonsense'])).exit, 2);
    assert.match((await tandem(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
  });

  it('calls a mistake of its own by its name', async () => {
    const now = (): number => {
      throw new Error('no clock');
    };
    const { exit, err } = await tandem(['status', '--run', engine.run], { now });
    assert.deepEqual([exit, err], [1, 'tandem: this is a mistake in tandem: Error: no clock\n']);
  });
});
