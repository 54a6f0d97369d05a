/** The guardian against real processes, sockets and addresses, with an engine of the tests' own (fake-engine.ts). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, until } from '../../lab/clock.ts';
import { ownProgram } from '../../lab/own.ts';
import { sendRaw } from '../../lab/raw.ts';
import { NO_PROTECTION } from '../../daemon/channel.ts';
import { need } from '../support/need.ts';
import { NotifySocket } from './notify-socket.ts';
import { CONFIG, VIP, advertOf, guardianStage } from './guardian-stage.ts';

describe('the guardian', function () {
  this.timeout(90_000);
  const on = guardianStage('guardian');

  it('starts the engine with the plan, the run directory and what is remembered, and says that it is ready', async () => {
    const daemon = on.daemon();
    const engine = await daemon.ready();
    const [begin] = daemon.messages('begin');
    assert.equal(begin?.['generation'], 1);
    assert.equal(begin['run'], daemon.run);
    assert.equal(begin['predecessor'], null);
    assert.equal(begin['realtime'], false);
    assert.deepEqual(begin['remembered'], { checksumStyles: {}, addresses: [], protection: NO_PROTECTION });
    assert.deepEqual([begin['adopt'], begin['resigned'], begin['secrets']], [null, false, []]);
    assert.deepEqual(begin['processes'], { guardian: daemon.program.pid, engine, manager: null, helper: null });
    assert.equal(daemon.pid('guardian'), daemon.program.pid);
    const commandLine = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    assert.match(commandLine(engine), /engine/);
    assert.doesNotMatch(commandLine(daemon.program.pid), /engine/);
    const exit = await daemon.program.stop();
    assert.deepEqual(exit, { code: 0, signal: null });
    assert.equal(on.zeros(), 0, 'an engine that stopped by itself needs no will');
    for (const name of ['guardian', 'engine', 'helper']) assert.equal(daemon.pid(name), null, name);
  });

  it('resigns for a killed engine at once, keeps the address until another is heard, and starts the next one then', async () => {
    const daemon = on.daemon();
    const engine = await daemon.ready();
    assert.equal(on.a.has(VIP), true);
    process.kill(engine, 'SIGKILL');
    await on.resigned();
    await sleep(300);
    await sendRaw(on.b, 'eth0', [advertOf(51, 0), advertOf(52, 100)]);
    await sleep(300);
    assert.equal(on.a.has(VIP), true, 'kept: nobody has it yet');
    assert.equal(daemon.messages('begin').length, 1, 'no successor before the will is done');
    await sendRaw(on.b, 'eth0', [advertOf(51, 100)]);
    const begin = await daemon.generation(2);
    assert.deepEqual(begin['predecessor'], { text: 'the engine was ended by SIGKILL' });
    assert.equal(begin['resigned'], true);
    await daemon.program.waitFor(/wan: 1 address let go after 192\.0\.2\.2 was heard/);
    assert.equal(on.zeros(), 1);
  });

  it('lets the address go after its time when nobody is heard @long', async () => {
    const daemon = on.daemon('letgo=300');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.program.waitFor(/wan: 1 address let go although nobody was heard within 300 ms/);
    await daemon.generation(2);
    assert.equal(on.zeros(), 1);
  });

  it('kills a frozen engine and resigns for it', async () => {
    const daemon = on.daemon('letgo=100');
    const engine = await daemon.ready();
    process.kill(engine, 'SIGSTOP');
    await on.resigned();
    const begin = await daemon.generation(2);
    assert.match(JSON.stringify(begin['predecessor']), /was silent for \d+ ms and was killed/);
    assert.equal(existsSync(`/proc/${engine}`), false);
  });

  it('hands the stop to the engine, and takes over where that does not stop @long', async () => {
    const daemon = on.daemon('deaf,letgo=100');
    await daemon.ready();
    daemon.program.signal('SIGTERM');
    await until(() => daemon.messages('stop').length === 1, { what: 'the engine is told' });
    daemon.program.signal('SIGTERM');
    assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
    assert.equal(on.zeros(), 1);
    assert.equal(on.a.has(VIP), false);
    assert.equal(daemon.messages('stop').length, 1);
  });

  it('ends in an orderly way when a signal goes to the whole process group @long', async () => {
    const daemon = on.daemon();
    await daemon.ready();
    daemon.program.signalGroup('SIGINT');
    assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
    assert.equal(daemon.messages('stop').length, 1);
    assert.equal(
      daemon.program.output.some((line) => line === 'fake: SIGINT'),
      false,
      'the engine is in a group of its own',
    );
    assert.equal(on.a.has(VIP), false);
  });

  it('goes on when the engine dies while it is being stopped @long', async () => {
    const daemon = on.daemon('deaf,letgo=200');
    const engine = await daemon.ready();
    daemon.program.signal('SIGTERM');
    await until(() => daemon.messages('stop').length === 1, { what: 'the engine is told' });
    process.kill(engine, 'SIGKILL');
    assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
    assert.equal(daemon.messages('begin').length, 1);
    assert.equal(on.zeros(), 1);
  });

  it('reloads on SIGHUP and for the engine, and tells it why a file was refused @long', async () => {
    const daemon = on.daemon();
    const engine = await daemon.ready();
    writeFileSync(daemon.config, CONFIG.replace('id: 51', 'id: 52'));
    daemon.program.signal('SIGHUP');
    await until(() => daemon.messages('plan').length === 1, { what: 'the plan arrives', limitMs: 30_000 });
    const [plan] = daemon.messages('plan');
    assert.equal(plan?.['actionId'], null);
    assert.match(JSON.stringify(plan['plan']), /"id":52/);
    writeFileSync(daemon.config, CONFIG.replace('id: 51', 'id: 999'));
    process.kill(engine, 'SIGUSR1');
    await until(() => daemon.messages('planRefused').length === 1, { what: 'the refusal arrives', limitMs: 30_000 });
    const [refused] = daemon.messages('planRefused');
    assert.equal(refused?.['actionId'], 'reload-1');
    assert.match(JSON.stringify(refused['errors']), /tandem\.yaml:\d+:\d+/);
    assert.equal(daemon.pid('engine'), engine);
  });

  it('remembers the addresses of its boot for the engine of a later daemon @long', async () => {
    const daemon = on.daemon();
    await daemon.ready();
    const journal = join(daemon.folder, 'state/guardian/addresses.json');
    await until(() => existsSync(journal) && readFileSync(journal, 'utf8').includes(VIP), {
      what: 'the journal is written',
    });
    // Nothing can be tidied up: guardian and engine are gone at once.
    daemon.program.freeze();
    process.kill(daemon.pid('engine') ?? 0, 'SIGKILL');
    daemon.program.signal('SIGKILL');
    await daemon.program.exited;
    const next = daemon.again();
    const line = await next.waitFor(/^fake: \{"kind":"begin"/, 30_000);
    const { remembered } = JSON.parse(line.slice('fake: '.length)) as { remembered: { addresses: unknown } };
    assert.deepEqual(remembered.addresses, [{ address: VIP, prefix: 24, family: 'ipv4', interface: 'eth0' }]);
  });

  it('is refused beside another daemon on the same run directory, which is named @long', async () => {
    const daemon = on.daemon();
    await daemon.ready();
    const second = on.daemon('', { run: daemon.run });
    assert.deepEqual(await second.program.exited, { code: 1, signal: null });
    assert.equal(second.program.output.length, 1);
    assert.match(second.program.output[0] ?? '', new RegExp(`another tandemd runs on .*process ${daemon.program.pid}`));
    assert.notEqual(daemon.pid('engine'), null);
  });

  it('leaves with 2 and every error on its own line when the configuration is wrong @long', async () => {
    const daemon = on.daemon('', { config: CONFIG.replace('id: 51', 'id: 999').replace('stack: edge', 'stak: edge') });
    assert.deepEqual(await daemon.program.exited, { code: 2, signal: null });
    assert.ok(daemon.program.output.length >= 2, daemon.program.output.join(' | '));
    for (const line of daemon.program.output) assert.match(line, /tandem\.yaml:\d+:\d+/);
    assert.equal(daemon.pid('engine'), null);
    const missing = on.daemon('', { run: `${daemon.folder}/${'x'.repeat(100)}` });
    assert.deepEqual(await missing.program.exited, { code: 2, signal: null });
    assert.match(
      missing.program.output.join('\n'),
      /^tandemd: the socket path .* choose a shorter run directory \(--run\)$/,
    );
  });

  it('leaves with 1 and one sentence when the engine cannot work @long', async () => {
    const daemon = on.daemon('fatal');
    assert.deepEqual(await daemon.program.exited, { code: 1, signal: null });
    const said = daemon.program.output.filter((line) => !line.startsWith('fake:'));
    assert.deepEqual(said, ['tandemd: the fake cannot work: mend it']);
  });

  it('refuses to run without its privileges, with one sentence @long', async function () {
    need(this, 'setpriv');
    const argv = ['setpriv', '--bounding-set=-net_raw,-net_admin', '--inh-caps=-net_raw,-net_admin', process.execPath];
    const paths = ['/no/such.yaml', join(on.a.folder('bare'), 'state'), join(on.a.folder('bare'), 'run')];
    const { code, stderr } = await on.a.run([...argv, ...ownProgram('test/lab/guardian-start'), ...paths]);
    assert.equal(code, 1);
    assert.match(stderr, /^tandemd: no permission .*CAP_NET_ADMIN and CAP_NET_RAW missing.*run it as root[^\n]*\n$/);
    assert.equal(existsSync(join(on.a.folder('bare'), 'run')), false);
  });

  it('tells the service manager that it is ready, alive while the engine ticks, reloading and stopping', async () => {
    const socket = new NotifySocket(join(on.a.folder('notify'), 'socket'));
    try {
      const daemon = on.daemon('letgo=60000', { env: { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '200000' } });
      const engine = await daemon.ready();
      await socket.heard(/^READY=1$/m);
      await socket.heard(/^WATCHDOG=1$/m);
      daemon.program.signal('SIGHUP');
      await socket.heard(/^RELOADING=1\nMONOTONIC_USEC=\d+$/m);
      await until(() => daemon.messages('plan').length === 1, { what: 'the plan arrives', limitMs: 30_000 });
      assert.doesNotMatch(readFileSync(`/proc/${engine}/environ`, 'utf8'), /NOTIFY_SOCKET|WATCHDOG/);
      daemon.program.signal('SIGTERM');
      await socket.heard(/^STOPPING=1$/m);
      await daemon.program.exited;
    } finally {
      socket.close();
    }
  });

  it('ends a helper that a plan needs, after the engine @long', async () => {
    const daemon = on.daemon('', { config: CONFIG.replace('id: 51,', 'id: 51, accept: false,') });
    await daemon.ready();
    const helper = await until(() => daemon.pid('helper'), { what: 'helper.pid' });
    await until(() => existsSync(join(daemon.run, 'helper.sock')), { what: 'helper.sock' });
    assert.doesNotMatch(readFileSync(`/proc/${helper}/cmdline`, 'utf8'), /engine/);
    process.kill(helper, 'SIGTERM');
    assert.deepEqual(await daemon.program.stop(), { code: 0, signal: null });
    assert.equal(existsSync(`/proc/${helper}`), false);
    assert.equal(existsSync(join(daemon.run, 'helper.sock')), false);
  });

  it('runs itself and the engine under real-time scheduling, and nothing else', async function () {
    need(this, 'realtime');
    const config = CONFIG.replace('realtime: false', 'realtime: { priority: 20, lockMemory: true }').replace(
      'id: 51,',
      'id: 51, accept: false,',
    );
    const daemon = on.daemon('letgo=100', { config });
    const engine = await daemon.ready();
    const helper = await until(() => daemon.pid('helper'), { what: 'helper.pid' });
    const classOf = (pid: number): readonly string[] =>
      on.a.command(['chrt', '-a', '-p', String(pid)]).match(/SCHED_\w+(?=[|\n])|priority: \d+/g) ?? [];
    // Its other threads above ordinary work, but below everybody's real-time work.
    const isRealtime = (pid: number): boolean =>
      [...new Set(classOf(pid))].join() === 'SCHED_RR,priority: 20,priority: 1' &&
      classOf(pid).filter((word) => word === 'priority: 20').length === 1;
    assert.ok(isRealtime(engine), classOf(engine).join());
    assert.ok(classOf(daemon.program.pid).includes('priority: 21'));
    assert.deepEqual([...new Set(classOf(helper))], ['SCHED_OTHER', 'priority: 0']);
    assert.match(readFileSync(`/proc/${daemon.program.pid}/status`, 'utf8'), /VmLck:\s+[1-9]/);
    assert.equal(daemon.messages('begin')[0]?.['realtime'], true);
    process.kill(engine, 'SIGKILL');
    await daemon.generation(2);
    const successor = await until(() => (daemon.pid('engine') === engine ? null : daemon.pid('engine')), {
      what: 'the next engine',
    });
    await until(() => isRealtime(successor), { what: 'the next engine has it when it is ready' });
  });

  it('takes its children with it when it is killed @long', async () => {
    const daemon = on.daemon('', { config: CONFIG.replace('id: 51,', 'id: 51, accept: false,') });
    const engine = await daemon.ready();
    const helper = await until(() => daemon.pid('helper'), { what: 'helper.pid' });
    await until(() => existsSync(join(daemon.run, 'helper.sock')), { what: 'helper.sock' });
    daemon.program.signal('SIGKILL');
    await until(() => ![engine, helper].some((pid) => existsSync(`/proc/${pid}`)), { what: 'both are gone' });
    on.a.ip(`address del ${VIP}/24 dev eth0`);
  });
});
