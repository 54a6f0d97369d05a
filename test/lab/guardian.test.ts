/** The guardian against real processes, sockets and addresses, with an engine of the tests' own (fake-engine.ts). */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressBytes } from '../../core/address.ts';
import { sleep, until } from '../../lab/clock.ts';
import type { Host } from '../../lab/host.ts';
import { createLab } from '../../lab/lab.ts';
import type { Lab } from '../../lab/lab.ts';
import { ownProgram } from '../../lab/own.ts';
import type { Program } from '../../lab/program.ts';
import { ethernetFrame, ipv4Packet, sendRaw } from '../../lab/raw.ts';
import { startWatcher } from '../../lab/watcher.ts';
import type { Watcher } from '../../lab/watcher.ts';
import { NO_PROTECTION } from '../../daemon/channel.ts';
import { AUTH_NONE, GROUP_IPV4, encodeAdvert } from '../../vrrp/packet.ts';
import { need } from '../support/need.ts';
import { NotifySocket } from './notify-socket.ts';

const VIP = '192.0.2.10';
const CONFIG = `
instance: a
stack: edge
ha: { mode: active-passive, primary: true, interface: eth0 }
vrrp: [{ name: wan, id: 51, interface: eth0, addresses: [${VIP}/24] }]
realtime: false
manager: false
`;

function advertOf(vrid: number, priority: number): Buffer {
  const source = addressBytes('192.0.2.2') ?? new Uint8Array();
  const fields = {
    version: 3,
    vrid,
    priority,
    intervalMs: 1000,
    authType: AUTH_NONE,
    authData: new Uint8Array(),
  } as const;
  const addresses = [addressBytes(VIP) ?? new Uint8Array()];
  const payload = encodeAdvert(
    { ...fields, addresses },
    { family: 'ipv4', source, destination: GROUP_IPV4 },
    'rfc5798',
  );
  return ethernetFrame(ipv4Packet({ source: '192.0.2.2', payload }));
}

describe('the guardian', function () {
  this.timeout(90_000);
  let lab: Lab;
  let a: Host;
  let b: Host;
  let watcher: Watcher;
  let count = 0;

  before(async function () {
    need(this, 'root', 'namespaces', 'tcpdump');
    lab = createLab({ name: 'guardian' });
    a = lab.host('a');
    b = lab.host('b');
    lab.cable(a.port('eth0', { address: '192.0.2.1/24' }), b.port('eth0', { address: '192.0.2.2/24' }));
    watcher = await startWatcher(b, 'eth0');
  });
  after(() => lab?.close());
  afterEach(async () => {
    for (const program of a.programs) {
      await program.stop('SIGTERM');
      assert.equal(a.has(VIP), false, 'nothing is left behind');
    }
    a.ip('address flush dev eth0', 'address add 192.0.2.1/24 dev eth0');
    watcher.seen.length = 0;
  });

  /** A daemon with directories of its own. */
  class Daemon {
    readonly folder = a.folder(`daemon${++count}`);
    readonly run = join(this.folder, 'run');
    readonly config = join(this.folder, 'tandem.yaml');
    readonly program: Program;

    constructor(
      fake = '',
      options: {
        readonly env?: Readonly<Record<string, string>>;
        readonly config?: string;
        readonly run?: string;
      } = {},
    ) {
      writeFileSync(this.config, options.config ?? CONFIG);
      const argv = [
        ...ownProgram('test/lab/guardian-start'),
        this.config,
        join(this.folder, 'state'),
        options.run ?? this.run,
      ];
      this.program = a.spawn([process.execPath, ...argv], { name: 'guardian', env: { FAKE: fake, ...options.env } });
    }

    /** Another daemon on the same directories. */
    again(): Program {
      const argv = [...ownProgram('test/lab/guardian-start'), this.config, join(this.folder, 'state'), this.run];
      return a.spawn([process.execPath, ...argv], { name: 'guardian' });
    }

    pid(name: string): number | null {
      const path = join(this.run, `${name}.pid`);
      return existsSync(path) ? Number(readFileSync(path, 'utf8')) : null;
    }

    async ready(): Promise<number> {
      await this.program.waitFor(/^ready$/, 30_000);
      return this.pid('engine') ?? assert.fail('engine.pid is missing');
    }

    /** Messages that the fake engine got, of one kind. */
    messages(kind: string): readonly Record<string, unknown>[] {
      return this.program.output
        .filter((line) => line.startsWith('fake: {'))
        .map((line) => JSON.parse(line.slice('fake: '.length)) as Record<string, unknown>)
        .filter((message) => message['kind'] === kind);
    }

    async generation(wanted: number): Promise<Record<string, unknown>> {
      const what = `generation ${wanted} begins; it said: ${this.program.output.slice(-5).join(' | ')}`;
      return until(() => this.messages('begin').find((message) => message['generation'] === wanted), {
        what,
        limitMs: 30_000,
      });
    }
  }

  const zeros = (): number => watcher.adverts({ vrid: 51, priority: 0, source: '192.0.2.1' }).length;
  const resigned = (): Promise<unknown> => until(() => zeros() > 0, { what: 'priority 0 on the wire' });

  it('starts the engine with the plan, the run directory and what is remembered, and says that it is ready', async () => {
    const daemon = new Daemon();
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
    assert.equal(zeros(), 0, 'an engine that stopped by itself needs no will');
    for (const name of ['guardian', 'engine', 'helper']) assert.equal(daemon.pid(name), null, name);
  });

  it('resigns for a killed engine at once, keeps the address until another is heard, and starts the next one then', async () => {
    const daemon = new Daemon();
    const engine = await daemon.ready();
    assert.equal(a.has(VIP), true);
    process.kill(engine, 'SIGKILL');
    await resigned();
    await sleep(300);
    await sendRaw(b, 'eth0', [advertOf(51, 0), advertOf(52, 100)]);
    await sleep(300);
    assert.equal(a.has(VIP), true, 'kept: nobody has it yet');
    assert.equal(daemon.messages('begin').length, 1, 'no successor before the will is done');
    await sendRaw(b, 'eth0', [advertOf(51, 100)]);
    const begin = await daemon.generation(2);
    assert.deepEqual(begin['predecessor'], { text: 'the engine was ended by SIGKILL' });
    assert.equal(begin['resigned'], true);
    await daemon.program.waitFor(/wan: 1 address let go after 192\.0\.2\.2 was heard/);
    assert.equal(zeros(), 1);
  });

  it('lets the address go after its time when nobody is heard', async () => {
    const daemon = new Daemon('letgo=300');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.program.waitFor(/wan: 1 address let go although nobody was heard within 300 ms/);
    await daemon.generation(2);
    assert.equal(zeros(), 1);
  });

  it('kills a frozen engine and resigns for it', async () => {
    const daemon = new Daemon('letgo=100');
    const engine = await daemon.ready();
    process.kill(engine, 'SIGSTOP');
    await resigned();
    const begin = await daemon.generation(2);
    assert.match(JSON.stringify(begin['predecessor']), /was silent for \d+ ms and was killed/);
    assert.equal(existsSync(`/proc/${engine}`), false);
  });

  it('hands the stop to the engine, and takes over where that does not stop', async () => {
    const daemon = new Daemon('deaf,letgo=100');
    await daemon.ready();
    daemon.program.signal('SIGTERM');
    await until(() => daemon.messages('stop').length === 1, { what: 'the engine is told' });
    daemon.program.signal('SIGTERM');
    assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
    assert.equal(zeros(), 1);
    assert.equal(a.has(VIP), false);
    assert.equal(daemon.messages('stop').length, 1);
  });

  it('ends in an orderly way when a signal goes to the whole process group', async () => {
    const daemon = new Daemon();
    await daemon.ready();
    daemon.program.signalGroup('SIGINT');
    assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
    assert.equal(daemon.messages('stop').length, 1);
    assert.equal(
      daemon.program.output.some((line) => line === 'fake: SIGINT'),
      false,
      'the engine is in a group of its own',
    );
    assert.equal(a.has(VIP), false);
  });

  it('goes on when the engine dies while it is being stopped', async () => {
    const daemon = new Daemon('deaf,letgo=200');
    const engine = await daemon.ready();
    daemon.program.signal('SIGTERM');
    await until(() => daemon.messages('stop').length === 1, { what: 'the engine is told' });
    process.kill(engine, 'SIGKILL');
    assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
    assert.equal(daemon.messages('begin').length, 1);
    assert.equal(zeros(), 1);
  });

  it('reloads on SIGHUP and for the engine, and tells it why a file was refused', async () => {
    const daemon = new Daemon();
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

  it('remembers the addresses of its boot for the engine of a later daemon', async () => {
    const daemon = new Daemon();
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

  it('is refused beside another daemon on the same run directory, which is named', async () => {
    const daemon = new Daemon();
    await daemon.ready();
    const second = new Daemon('', { run: daemon.run });
    assert.deepEqual(await second.program.exited, { code: 1, signal: null });
    assert.equal(second.program.output.length, 1);
    assert.match(second.program.output[0] ?? '', new RegExp(`another tandemd runs on .*process ${daemon.program.pid}`));
    assert.notEqual(daemon.pid('engine'), null);
  });

  it('leaves with 2 and every error on its own line when the configuration is wrong', async () => {
    const daemon = new Daemon('', { config: CONFIG.replace('id: 51', 'id: 999').replace('stack: edge', 'stak: edge') });
    assert.deepEqual(await daemon.program.exited, { code: 2, signal: null });
    assert.ok(daemon.program.output.length >= 2, daemon.program.output.join(' | '));
    for (const line of daemon.program.output) assert.match(line, /tandem\.yaml:\d+:\d+/);
    assert.equal(daemon.pid('engine'), null);
    const missing = new Daemon('', { run: `${daemon.folder}/${'x'.repeat(100)}` });
    assert.deepEqual(await missing.program.exited, { code: 2, signal: null });
    assert.match(
      missing.program.output.join('\n'),
      /^tandemd: the socket path .* choose a shorter run directory \(--run\)$/,
    );
  });

  it('leaves with 1 and one sentence when the engine cannot work', async () => {
    const daemon = new Daemon('fatal');
    assert.deepEqual(await daemon.program.exited, { code: 1, signal: null });
    const said = daemon.program.output.filter((line) => !line.startsWith('fake:'));
    assert.deepEqual(said, ['tandemd: the fake cannot work: mend it']);
  });

  it('refuses to run without its privileges, with one sentence', async function () {
    need(this, 'setpriv');
    const argv = ['setpriv', '--bounding-set=-net_raw,-net_admin', '--inh-caps=-net_raw,-net_admin', process.execPath];
    const paths = ['/no/such.yaml', join(a.folder('bare'), 'state'), join(a.folder('bare'), 'run')];
    const { code, stderr } = await a.run([...argv, ...ownProgram('test/lab/guardian-start'), ...paths]);
    assert.equal(code, 1);
    assert.match(stderr, /^tandemd: no permission .*CAP_NET_ADMIN and CAP_NET_RAW missing.*run it as root[^\n]*\n$/);
    assert.equal(existsSync(join(a.folder('bare'), 'run')), false);
  });

  it('tells the service manager that it is ready, alive while the engine ticks, reloading and stopping', async () => {
    const socket = new NotifySocket(join(a.folder('notify'), 'socket'));
    try {
      const daemon = new Daemon('letgo=60000', { env: { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '200000' } });
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

  it('ends a helper that a plan needs, after the engine', async () => {
    const daemon = new Daemon('', { config: CONFIG.replace('id: 51,', 'id: 51, accept: false,') });
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
    const daemon = new Daemon('letgo=100', { config });
    const engine = await daemon.ready();
    const helper = await until(() => daemon.pid('helper'), { what: 'helper.pid' });
    const classOf = (pid: number): readonly string[] =>
      a.command(['chrt', '-a', '-p', String(pid)]).match(/SCHED_\w+(?=[|\n])|priority: \d+/g) ?? [];
    const isRealtime = (pid: number): boolean => [...new Set(classOf(pid))].join() === 'SCHED_RR,priority: 20';
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

  it('takes its children with it when it is killed', async () => {
    const daemon = new Daemon('', { config: CONFIG.replace('id: 51,', 'id: 51, accept: false,') });
    const engine = await daemon.ready();
    const helper = await until(() => daemon.pid('helper'), { what: 'helper.pid' });
    await until(() => existsSync(join(daemon.run, 'helper.sock')), { what: 'helper.sock' });
    daemon.program.signal('SIGKILL');
    await until(() => ![engine, helper].some((pid) => existsSync(`/proc/${pid}`)), { what: 'both are gone' });
    a.ip(`address del ${VIP}/24 dev eth0`);
  });

  const ours = (): number => watcher.adverts({ vrid: 51, priority: 100, source: '192.0.2.1' }).length;
  /** Follows the addresses of a: whatever leaves an interface is printed. */
  const follow = async (): Promise<Program> => {
    const program = a.spawn(['ip', 'monitor', 'address', 'label'], { name: 'monitor' });
    await sleep(200);
    return program;
  };
  const dropped = (monitor: Program): boolean =>
    monitor.output.some((line) => line.includes('Deleted') && line.includes(VIP));

  it('holds for a killed engine: adverts go on, and the next engine adopts addresses that never left', async () => {
    const daemon = new Daemon('hold');
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
    // One may be on its way to the watcher.
    await sleep(100);
    const said = ours();
    await sleep(300);
    assert.equal(ours(), said, "the adverts are the engine's business now");
    assert.equal(zeros(), 0);
    assert.equal(dropped(monitor), false);
    const remembered = begin['remembered'] as { addresses: unknown; protection: unknown };
    assert.deepEqual(remembered.addresses, token.addresses, 'in the journal all the while');
    assert.deepEqual(remembered.protection, NO_PROTECTION, 'an adopted hold is no flap');
    assert.equal(existsSync(join(daemon.folder, 'state/guardian/protection.json')), false);
    await daemon.program.stop();
    await until(() => dropped(monitor), { what: 'the monitor sees the address go at the end' });
  });

  it('resigns when three engines have ended without adopting what is held, and keeps the flap', async () => {
    const daemon = new Daemon('hold,fragile,letgo=100');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.program.waitFor(/no engine took over .*resigning for 1 virtual router/, 20_000);
    await daemon.program.waitFor(/wan: 1 address let go/);
    const begin = await daemon.generation(5);
    assert.equal(zeros(), 1);
    assert.deepEqual([begin['adopt'], begin['resigned']], [null, true]);
    assert.equal(daemon.messages('begin').filter((message) => message['adopt'] !== null).length, 3);
    const { protection } = begin['remembered'] as { protection: { flapAges: readonly number[] } };
    assert.equal(protection.flapAges.length, 1);
  });

  describe('with a bypass', () => {
    /** Wires that are words in files: what the helper was asked for, in order. */
    const withBypass = () => {
      const log = join(a.folder(`bypass${count}`), 'log');
      const say = (word: string): string => `[/bin/sh, -c, "echo ${word} >> ${log}"]`;
      const bypass = `{ driver: command, command: { engage: ${say('engage')}, release: ${say('release')}, status: [/bin/sh, -c, "tail -n 1 ${log} | grep -q engage && echo bypass || echo inline"] } }`;
      const config = `${CONFIG}links: { pairs: [{ name: one, outside: out0, inside: in0 }] }\nbypass: ${bypass}\n`;
      return { config, asked: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
    };

    it('asks the helper to engage it when a hold ends in vain, after the resignation', async () => {
      const { config, asked } = withBypass();
      const daemon = new Daemon('hold,fragile,bypass,letgo=300', { config });
      process.kill(await daemon.ready(), 'SIGKILL');
      await resigned();
      assert.deepEqual(asked(), []);
      await daemon.program.waitFor(/nobody can serve: the bypass is engaged/, 20_000);
      assert.deepEqual(asked(), ['engage']);
    });

    it('leaves it alone where another router has taken over meanwhile, or the hold is adopted', async () => {
      const { config, asked } = withBypass();
      const daemon = new Daemon('hold,fragile,bypass', { config });
      process.kill(await daemon.ready(), 'SIGKILL');
      await resigned();
      await sendRaw(b, 'eth0', [advertOf(51, 1)]);
      await daemon.program.waitFor(/wan: 1 address let go after/);
      await daemon.generation(5);
      assert.deepEqual(asked(), []);
      await daemon.program.stop();
      const adopting = new Daemon('hold,bypass', { config });
      process.kill(await adopting.ready(), 'SIGKILL');
      await adopting.program.waitFor(/has taken over what was held/);
      assert.deepEqual(asked(), []);
    });

    it('engages it before it leaves, where it is told to stop while it holds', async () => {
      const { config, asked } = withBypass();
      const daemon = new Daemon('hold,stubborn,bypass,letgo=100', { config });
      process.kill(await daemon.ready(), 'SIGKILL');
      await daemon.generation(2);
      daemon.program.signal('SIGTERM');
      assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
      assert.deepEqual(asked(), ['engage']);
    });
  });

  it('resigns when five seconds are over and the engine has not adopted', async () => {
    const daemon = new Daemon('hold,stubborn,letgo=100');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.generation(2);
    await daemon.program.waitFor(/the engine did not take over in time and was killed/, 20_000);
    const begin = await daemon.generation(3);
    assert.equal(zeros(), 1);
    assert.equal(begin['adopt'], null);
  });

  it('gives in to a better router while it holds, without a word', async () => {
    const daemon = new Daemon('hold,stubborn');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.generation(2);
    await sendRaw(b, 'eth0', [advertOf(51, 99)]);
    await sleep(100);
    assert.equal(a.has(VIP), true, 'a worse one is answered');
    await sendRaw(b, 'eth0', [advertOf(51, 200)]);
    await daemon.program.waitFor(/wan: 1 address let go after 192\.0\.2\.2 was heard/);
    await sleep(100);
    const said = ours();
    await sleep(300);
    assert.equal(ours(), said);
    assert.equal(zeros(), 0);
    assert.equal(daemon.pid('engine') === null, false, 'the engine goes on as a standby');
    assert.equal(daemon.messages('begin').length, 2);
  });

  it('resigns before it leaves when it is told to stop while it holds', async () => {
    const daemon = new Daemon('hold,stubborn,letgo=100');
    process.kill(await daemon.ready(), 'SIGKILL');
    await daemon.generation(2);
    daemon.program.signal('SIGTERM');
    assert.deepEqual(await daemon.program.exited, { code: 0, signal: null });
    assert.equal(zeros(), 1);
    assert.equal(a.has(VIP), false);
  });

  it('tells the peers over UDP before it says priority 0, over the HA port as a neighbour does', async () => {
    const daemon = new Daemon('told=192.0.2.2,letgo=100');
    const engine = await daemon.ready();
    const capture = b.spawn(['tcpdump', '-i', 'eth0', '-lnvA', 'udp port 11211 or proto 112'], { name: 'tcpdump' });
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
    const daemon = new Daemon('letgo=50');
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
    const daemon = new Daemon();
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
      const path = join(a.folder(`secret${count}`), 'stack.key');
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
      const daemon = new Daemon('', { config });
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
      await resigned();
      await sendRaw(b, 'eth0', [advertOf(51, 100)]);
      assert.deepEqual((await daemon.generation(2))['secrets'], [key(2), key(1)], 'the old ones stay');
      const said = daemon.program.output.filter((line) => !line.startsWith('fake:')).join('\n');
      assert.doesNotMatch(said, /AQEB|AgIC|nothing good/);
    });

    it('refuses one that others can read, with one sentence and exit code 2', async () => {
      const { path, config } = withSecret(0o644, `${key(1)}\n`);
      const daemon = new Daemon('', { config });
      assert.deepEqual(await daemon.program.exited, { code: 2, signal: null });
      const said = daemon.program.output.filter((line) => !line.startsWith('fake:'));
      assert.equal(said.length, 1, said.join(' | '));
      assert.match(said[0] ?? '', new RegExp(`${path} .*mode 644.*chmod 600.*tandem keygen`));
    });
  });
});
