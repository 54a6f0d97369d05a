import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { EventBody } from '../../../core/event.ts';
import { perform } from '../../../cli/action.ts';
import { createEngineClient, whyUnreachable } from '../../../cli/client.ts';
import { sampleRouter, sampleStatus } from '../daemon/sample-status.ts';
import { FakeEngine, fakeIo, tandem } from './fake-engine.ts';
import { main } from '../../../cli/main.ts';

const done = (reason: EventBody['reason']): EventBody => ({
  kind: 'action',
  severity: 'info',
  actionId: 'act-1',
  ended: 'done',
  reason,
});
const failed = (reason: EventBody['reason']): EventBody => ({ ...done(reason), severity: 'warning', ended: 'failed' });
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

  it('tells why', async () => {
    engine.log.append({ kind: 'role', severity: 'info', reason: { code: 'started', priority: 200 } });
    engine.log.append({
      kind: 'role',
      severity: 'warning',
      reason: { code: 'masterDown', router: 'wan', silentMs: 3610 },
    });
    assert.equal(
      (await engine.tandem('why')).out,
      `active since 01:00:00 (4 min), because
  2026-11-21 01:04:10.000  started at priority 200, listening for another
  2026-11-21 01:04:10.000  no advert for wan for 3.61 s
`,
    );
  });

  describe('an action', () => {
    it('waits for its end', async () => {
      engine.says = [STEP, done({ code: 'switchover', by: 'ann' })];
      const { exit, out } = await engine.tandem('switchover', '--hold', 'none', '--force');
      assert.deepEqual([exit, out], [0, 'done: switched over by ann\n']);
      assert.deepEqual(engine.asked, [{ action: 'switchover', hold: { kind: 'none' }, force: true, by: 'ann' }]);
    });

    it('prints how it ended for programs', async () => {
      engine.says = [done({ code: 'preemptionReleased' })];
      const { json } = await engine.tandem('--json', 'switchover', '--release-hold');
      assert.deepEqual(json(), {
        actionId: 'act-1',
        ended: 'done',
        reason: { code: 'preemptionReleased', text: 'preemption no longer held' },
      });
      assert.equal(engine.asked[0]?.action, 'releaseHold');
    });

    it('fails with the reason when it failed', async () => {
      engine.says = [failed({ code: 'switchoverAborted', waitedMs: 1610 })];
      const { exit, err, json } = await engine.tandem('switchover', '--json');
      assert.deepEqual([exit, err], [1, 'tandem: nobody took over within 1.61 s; still active\n']);
      assert.deepEqual(json(), {
        error: { code: 'switchoverAborted', text: 'nobody took over within 1.61 s; still active' },
      });
    });

    it('fails with the reason when it is refused', async () => {
      engine.answer = { refused: { code: 'notActive', text: 'this instance is not active' } };
      const { exit, err } = await engine.tandem('switchover');
      assert.deepEqual([exit, err], [1, 'tandem: this instance is not active\n']);
    });

    it('is wrong usage where a reload finds an invalid file', async () => {
      engine.says = [failed({ code: 'configRefused', errors: ['tandem.yaml:3:1: vrrp: missing'] })];
      const { exit, err } = await engine.tandem('reload');
      assert.deepEqual([exit, err], [2, 'tandem: configuration refused: tandem.yaml:3:1: vrrp: missing\n']);
    });

    it('returns at once with --no-wait', async () => {
      const { exit, out } = await engine.tandem('reload', '--no-wait');
      assert.deepEqual([exit, out], [0, 'accepted: act-1\n']);
    });

    it('fails when the engine ends before it', async () => {
      const outcome = engine.tandem('reload');
      while (engine.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await engine.stop();
      const { exit, err } = await outcome;
      assert.notEqual(exit, 0);
      assert.match(err, /the engine ended before reload did|no daemon has its socket/);
    });

    it('gives up after a while with the last word of it', async () => {
      engine.says = [STEP];
      const client = createEngineClient(engine.run, { raw: false });
      const context = { io: fakeIo(), json: false, run: engine.run, options: {}, operands: [], engine: client };
      await assert.rejects(perform(context, 'switchover', {}, 300), {
        exit: 1,
        code: 'timeout',
        message: 'switchover has not ended after 0.3 s (switchover accepted): it goes on, see tandem events',
      });
    });

    it('refuses wrong usage before it asks', async () => {
      for (const argv of [
        ['--hold', 'soon'],
        ['--hold', '1ms'],
        ['--release-hold', '--force'],
      ]) {
        assert.equal((await engine.tandem('switchover', ...argv)).exit, 2);
      }
      const { exit, err } = await engine.tandem('switchover', '--to', 'b');
      assert.deepEqual([exit, /does not have peers/.test(err), engine.asked], [1, true, []]);
    });
  });

  it('sets the level of the log', async () => {
    assert.deepEqual(
      [(await engine.tandem('log-level', 'debug')).out, engine.levels],
      ['log level: debug\n', ['debug']],
    );
  });

  it('says of a later capability that this version does not have it', async () => {
    const { exit, err, json } = await engine.tandem('--json', 'peers');
    assert.deepEqual([exit, err], [1, 'tandem: this version does not have peers yet\n']);
    assert.deepEqual(json(), { error: { code: 'notInThisVersion', text: 'this version does not have peers yet' } });
  });

  describe('without a daemon', () => {
    it('exits 3 and says what to do', async () => {
      await engine.stop();
      for (const command of ['status', 'routers', 'why', 'events', 'reload', 'switchover']) {
        const { exit, err, json } = await engine.tandem(command, '--json');
        assert.equal(exit, 3, command);
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
