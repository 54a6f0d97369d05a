/** What the guardian does for a dead engine that nobody could stand in for, and what it keeps (brain 6.3, 6.4, 8.2), with an engine of the tests' own. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, until } from '../../lab/clock.ts';
import type { Program } from '../../lab/program.ts';
import { sendRaw } from '../../lab/raw.ts';
import { NO_PROTECTION } from '../../daemon/channel.ts';
import { CONFIG, VIP, advertOf, guardianStage } from './guardian-stage.ts';

describe('the guardian of what is kept', function () {
  this.timeout(90_000);
  const on = guardianStage('keeping');
  let folders = 0;

  const ours = (): number => on.watcher.adverts({ vrid: 51, priority: 100, source: '192.0.2.1' }).length;
  /** Follows the addresses of a: whatever leaves an interface is printed. */
  const follow = async (): Promise<Program> => {
    const program = on.a.spawn(['ip', 'monitor', 'address', 'label'], { name: 'monitor' });
    await sleep(200);
    return program;
  };
  const dropped = (monitor: Program): boolean =>
    monitor.output.some((line) => line.includes('Deleted') && line.includes(VIP));

  it('holds for a killed engine: adverts go on, and the next engine adopts addresses that never left', async () => {
    const daemon = on.daemon('hold');
    const engine = await daemon.ready();
    const monitor = await follow();
    process.kill(engine, 'SIGKILL');
    const begin = await daemon.generation(2);
    const { leftMs, ...token } = begin['adopt'] as { leftMs: number };
    assert.deepEqual(token, {
      addresses: [{ address: VIP, prefix: 24, family: 'ipv4', interface: 'eth0' }],
      routers: ['wan'],
    });
    assert.ok(leftMs > 0 && leftMs < 5000, String(leftMs));
    assert.equal(begin['resigned'], false);
    await daemon.program.waitFor(/the engine has taken over what was held/);
    assert.ok(ours() >= 3, `${ours()} adverts while nobody else could say them`);
    // One may be on its way to the on.watcher.
    await sleep(100);
    const said = ours();
    await sleep(300);
    assert.equal(ours(), said, "the adverts are the engine's business now");
    assert.equal(on.zeros(), 0);
    assert.equal(dropped(monitor), false);
    const remembered = begin['remembered'] as { addresses: unknown; protection: unknown };
    assert.deepEqual(remembered.addresses, token.addresses, 'in the journal all the while');
    assert.deepEqual(remembered.protection, NO_PROTECTION, 'an adopted hold is no flap');
    assert.equal(existsSync(join(daemon.folder, 'state/guardian/protection.json')), false);
    await daemon.program.stop();
    await until(() => dropped(monitor), { what: 'the monitor sees the address go at the end' });
  });

  it('resigns when three engines have ended without adopting what is held, and keeps the flap', async () => {
    const daemon = on.daemon('hold,fragile,letgo=100');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.program.waitFor(/no engine took over .*resigning for 1 virtual router/, 20_000);
    await daemon.program.waitFor(/wan: 1 address let go/);
    const begin = await daemon.generation(5);
    assert.equal(on.zeros(), 1);
    assert.deepEqual([begin['adopt'], begin['resigned']], [null, true]);
    assert.equal(daemon.messages('begin').filter((message) => message['adopt'] !== null).length, 3);
    const { protection } = begin['remembered'] as { protection: { flapAges: readonly number[] } };
    assert.equal(protection.flapAges.length, 1);
  });

  describe('with a bypass', () => {
    /** Wires that are words in files: what the helper was asked for, in order. */
    const withBypass = () => {
      const log = join(on.a.folder(`bypass${++folders}`), 'log');
      const say = (word: string): string => `[/bin/sh, -c, "echo ${word} >> ${log}"]`;
      const bypass = `{ driver: command, command: { engage: ${say('engage')}, release: ${say('release')}, status: [/bin/sh, -c, "tail -n 1 ${log} | grep -q engage && echo bypass || echo inline"] } }`;
      const config = `${CONFIG}links: { pairs: [{ name: one, outside: out0, inside: in0 }] }\nbypass: ${bypass}\n`;
      return { config, asked: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
    };

    it('asks the helper to engage it when a hold ends in vain, after the resignation', async () => {
      const { config, asked } = withBypass();
      const daemon = on.daemon('hold,fragile,bypass,letgo=300', { config });
      process.kill(await daemon.ready(), 'SIGKILL');
      await on.resigned();
      assert.deepEqual(asked(), []);
      await daemon.program.waitFor(/nobody can serve: the bypass is engaged/, 20_000);
      assert.deepEqual(asked(), ['engage']);
    });

    it('leaves it alone where another router has taken over meanwhile, or the hold is adopted', async () => {
      const { config, asked } = withBypass();
      const daemon = on.daemon('hold,fragile,bypass', { config });
      process.kill(await daemon.ready(), 'SIGKILL');
      await on.resigned();
      await sendRaw(on.b, 'eth0', [advertOf(51, 1)]);
      await daemon.program.waitFor(/wan: 1 address let go after/);
      await daemon.generation(5);
      assert.deepEqual(asked(), []);
      await daemon.program.stop();
      const adopting = on.daemon('hold,bypass', { config });
      process.kill(await adopting.ready(), 'SIGKILL');
      await adopting.program.waitFor(/has taken over what was held/);
      assert.deepEqual(asked(), []);
    });

    it('engages it before it leaves, where it is told to stop while it holds', async () => {
      const { config, asked } = withBypass();
      const daemon = on.daemon('hold,stubborn,bypass,letgo=100', { config });
      process.kill(await daemon.ready(), 'SIGKILL');
      await daemon.generation(2);
      daemon.program.signal('SIGTERM');
      assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
      assert.deepEqual(asked(), ['engage']);
    });
  });

  it('resigns when five seconds are over and the engine has not adopted', async () => {
    const daemon = on.daemon('hold,stubborn,letgo=100');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.generation(2);
    await daemon.program.waitFor(/the engine did not take over in time and was killed/, 20_000);
    const begin = await daemon.generation(3);
    assert.equal(on.zeros(), 1);
    assert.equal(begin['adopt'], null);
  });

  it('gives in to a better router while it holds, without a word', async () => {
    const daemon = on.daemon('hold,stubborn');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.generation(2);
    await sendRaw(on.b, 'eth0', [advertOf(51, 99)]);
    await sleep(100);
    assert.equal(on.a.has(VIP), true, 'a worse one is answered');
    await sendRaw(on.b, 'eth0', [advertOf(51, 200)]);
    await daemon.program.waitFor(/wan: 1 address let go after 192\.0\.2\.2 was heard/);
    await sleep(100);
    const said = ours();
    await sleep(300);
    assert.equal(ours(), said);
    assert.equal(on.zeros(), 0);
    assert.equal(daemon.pid('engine') === null, false, 'the engine goes on as a standby');
    assert.equal(daemon.messages('begin').length, 2);
  });

  it('resigns before it leaves when it is told to stop while it holds', async () => {
    const daemon = on.daemon('hold,stubborn,letgo=100');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.generation(2);
    daemon.program.signal('SIGTERM');
    assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
    assert.equal(on.zeros(), 1);
    assert.equal(on.a.has(VIP), false);
  });

  it('tells the peers over UDP before it says priority 0, over the HA port as a neighbour does', async () => {
    const daemon = on.daemon('told=192.0.2.2,letgo=100');
    const engine = await daemon.ready();
    const capture = on.b.spawn(['tcpdump', '-i', 'eth0', '-lnvA', 'udp port 11211 or proto 112'], { name: 'tcpdump' });
    await capture.waitFor(/listening on/);
    process.kill(engine, 'SIGKILL');
    await capture.waitFor(/prio 0/);
    const text = capture.output.join('\n');
    const bodies = [...text.matchAll(/gave up/g)].map((match) => match.index);
    assert.equal(bodies.length, 2, text);
    assert.ok(
      bodies.every((at) => at < text.indexOf('prio 0')),
      text,
    );
    assert.match(text, /ttl 255, [^\n]*UDP/);
    assert.match(text, /ttl 64, [^\n]*UDP/, 'the other way leads where it leads');
    await capture.stop();
  });

  it('keeps every flap on disk, over a restart of the daemon too', async () => {
    const daemon = on.daemon('letgo=50');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.generation(2);
    const file = join(daemon.folder, 'state/guardian/protection.json');
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { protection: { flapAges: readonly number[] } };
    assert.equal(stored.protection.flapAges.length, 1);
    await daemon.program.stop();
    const next = daemon.again();
    const line = await next.waitFor(/^fake: \{"kind":"begin"/, 30_000);
    const begin = JSON.parse(line.slice('fake: '.length)) as { remembered: { protection: { flapAges: number[] } } };
    const [age = -1] = begin.remembered.protection.flapAges;
    assert.equal(begin.remembered.protection.flapAges.length, 1);
    assert.ok(age > 0, 'older than it was');
  });

  it('answers what it is to protect when that is on disk', async () => {
    const daemon = on.daemon();
    const engine = await daemon.ready();
    process.kill(engine, 'SIGUSR2');
    await until(() => daemon.messages('protected').length === 1, { what: 'the answer' });
    assert.deepEqual(daemon.messages('protected'), [{ kind: 'protected', generation: 1, seq: 7 }]);
    const file = join(daemon.folder, 'state/guardian/protection.json');
    const { protection } = JSON.parse(readFileSync(file, 'utf8')) as {
      protection: { latched: { ageMs: number } | null };
    };
    assert.ok(protection.latched !== null && protection.latched.ageMs >= 3);
  });

  describe('with a secret', () => {
    const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
    const withSecret = (mode: number, text: string) => {
      const path = join(on.a.folder(`secret${++folders}`), 'stack.key');
      writeFileSync(path, text);
      chmodSync(path, mode);
      const config = CONFIG.replace(
        'interface: eth0 }',
        `interface: eth0, secretFile: ${path}, peers: [{ name: b, paths: [192.0.2.2] }] }`,
      );
      return { path, config };
    };

    it('hands it to the engine, and the new ones at a reload although the configuration is the same', async () => {
      const { path, config } = withSecret(0o600, `${key(1)}\n`);
      const daemon = on.daemon('', { config });
      await daemon.ready();
      assert.deepEqual(daemon.messages('begin')[0]?.['secrets'], [key(1)]);
      writeFileSync(path, `${key(2)}\n${key(1)}\n`);
      daemon.program.signal('SIGHUP');
      await until(() => daemon.messages('plan').length === 1, { what: 'the plan arrives', limitMs: 30_000 });
      assert.deepEqual(daemon.messages('plan')[0]?.['secrets'], [key(2), key(1)]);
      writeFileSync(path, 'nothing good');
      daemon.program.signal('SIGHUP');
      await until(() => daemon.messages('planRefused').length === 1, { what: 'the refusal', limitMs: 30_000 });
      assert.match(
        JSON.stringify(daemon.messages('planRefused')[0]?.['errors']),
        /stack\.key: line 1: .*tandem keygen/,
      );
      process.kill(daemon.pid('engine') ?? 0, 'SIGKILL');
      await on.resigned();
      await sendRaw(on.b, 'eth0', [advertOf(51, 100)]);
      assert.deepEqual((await daemon.generation(2))['secrets'], [key(2), key(1)], 'the old ones stay');
      const said = daemon.program.output.filter((line) => !line.startsWith('fake:')).join('\n');
      assert.doesNotMatch(said, /AQEB|AgIC|nothing good/);
    });

    it('refuses one that others can read, with one sentence and exit code 2', async () => {
      const { path, config } = withSecret(0o644, `${key(1)}\n`);
      const daemon = on.daemon('', { config });
      assert.deepEqual(await daemon.program.exited, { code: 2, signal: null });
      const said = daemon.program.output.filter((line) => !line.startsWith('fake:'));
      assert.equal(said.length, 1, said.join(' | '));
      assert.match(said[0] ?? '', new RegExp(`${path} .*mode 644.*chmod 600.*tandem keygen`));
    });
  });
});
