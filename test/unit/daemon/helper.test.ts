import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHelperClient } from '../../../daemon/helper/client.ts';
import { createLines } from '../../../daemon/lines.ts';
import { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest } from '../../../daemon/helper/protocol.ts';
import type { HelperAnswer, HelperRequest } from '../../../daemon/helper/protocol.ts';
import { runWork } from '../../../daemon/helper/runner.ts';
import { createHelperServer } from '../../../daemon/helper/server.ts';
import { undoOf, workOf } from '../../../daemon/helper/work.ts';
import type { Work } from '../../../daemon/helper/work.ts';

const CREATE: HelperRequest = { kind: 'macvlan.create', parent: 'eth0', name: 'vr4-51-2', family: 'ipv4', vrid: 51 };
const INSTALL: HelperRequest = {
  kind: 'accept.install',
  plan: {
    instance: 'a',
    routers: [
      {
        accept: false,
        priority: 100,
        addresses: [{ address: '192.0.2.10', prefix: 24, family: 'ipv4', interface: 'eth0' }],
        excludedAddresses: [{ address: '2001:db8::1', prefix: 64, family: 'ipv6', interface: 'eth0' }],
      },
    ],
  },
};
const APPLY: Extract<HelperRequest, { kind: 'filter.apply' }> = {
  kind: 'filter.apply',
  whole: false,
  load: null,
  sessions: [
    {
      session: 'ms-1',
      target: '203.0.113.0/24',
      blocklist: true,
      ratelimit: { per: 'source', bitsPerSecond: 8000, packetsPerSecond: null },
      copyTo: 'mon0',
    },
  ],
  put: [{ session: 'ms-1', sources: ['192.0.2.1'] }],
  take: [],
  renew: [],
};
const REQUESTS: readonly HelperRequest[] = [
  CREATE,
  { kind: 'macvlan.remove', name: 'vr6-1-x7zz' },
  { kind: 'interface.sysctls', parent: 'eth0.10', name: 'vr4-51-2' },
  INSTALL,
  { kind: 'accept.remove', instance: 'a' },
  { kind: 'bypass.set', position: 'inline' },
  { kind: 'bypass.set', position: 'bypass' },
  { kind: 'bypass.read' },
  { kind: 'bypass.watchdog', armed: true },
  { kind: 'track.check', name: 'gateway' },
  { kind: 'filter.look' },
  { kind: 'filter.stage', load: '12-3', session: 'ms-1', sources: ['192.0.2.0/24', '2001:db8::1'] },
  APPLY,
];

const until = async (fits: () => boolean): Promise<void> => {
  for (const end = Date.now() + 10_000; !fits();) {
    assert.ok(Date.now() < end, 'did not happen');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe('what is asked of the helper', () => {
  it('arrives as it was sent', () => {
    for (const request of REQUESTS) {
      const decoded = decodeRequest(encodeRequest(7, request).trimEnd());
      assert.deepEqual(decoded, { ok: true, value: { id: 7, value: request } });
    }
    const answer = { ok: false, text: 'no "such" thing\n' };
    assert.deepEqual(decodeAnswer(encodeAnswer(7, answer).trimEnd()), { id: 7, value: answer });
    const read = { ok: true, text: '', state: 'bypass' } as const;
    assert.deepEqual(decodeAnswer(encodeAnswer(8, read).trimEnd()), { id: 8, value: read });
    assert.equal(decodeAnswer('{"id":8,"ok":true,"text":"","state":"open"}'), null);
    for (const watchdog of [null, { armed: true, fedMs: 12 }, { armed: false, fedMs: null }]) {
      const full = { ...read, card: { powerOff: 'bypass', watchdog } } as const;
      assert.deepEqual(decodeAnswer(encodeAnswer(9, full).trimEnd()), { id: 9, value: full });
    }
    for (const card of [
      '1',
      '{"powerOff":"open","watchdog":null}',
      '{"powerOff":null,"watchdog":{"armed":1,"fedMs":2}}',
    ])
      assert.equal(decodeAnswer(`{"id":8,"ok":true,"text":"","card":${card}}`), null, card);
  });

  it('has no words for a program, a file or a driver: what is said beyond the kind does not arrive', () => {
    const more = {
      argv: ['/bin/sh'],
      driver: 'command',
      file: '/etc/passwd',
      target: { type: 'script', command: ['x'] },
    };
    const kinds = REQUESTS.filter(({ kind }) => /^(bypass|filter)\.|^track\.check$/.test(kind));
    for (const request of kinds) {
      const decoded = decodeRequest(JSON.stringify({ id: 1, ...more, ...request }));
      assert.deepEqual(decoded, { ok: true, value: { id: 1, value: request } });
    }
    for (const kind of ['plan', 'alive', 'run'])
      assert.equal(decodeRequest(JSON.stringify({ id: 1, kind, ...more })).ok, false);
  });

  it('does not carry what it has no business with', () => {
    const router = {
      ...(INSTALL.kind === 'accept.install' ? INSTALL.plan.routers[0]! : assert.fail()),
      password: 'secret',
    };
    const line = encodeRequest(1, { kind: 'accept.install', plan: { instance: 'a', routers: [router] } });
    assert.equal(line.includes('secret'), false);
  });

  it('is refused, with a sentence, unless every field is what it should be', () => {
    const good = { id: 1, ...CREATE };
    const plan = (router: unknown): unknown => ({
      id: 1,
      kind: 'accept.install',
      plan: { instance: 'a', routers: [router] },
    });
    const address = (change: object): unknown =>
      plan({
        accept: false,
        priority: 100,
        excludedAddresses: [],
        addresses: [{ address: '192.0.2.10', prefix: 24, family: 'ipv4', interface: 'eth0', ...change }],
      });
    const rules = (change: object): unknown => ({ id: 1, ...APPLY, sessions: [{ ...APPLY.sessions[0], ...change }] });
    const bad: readonly unknown[] = [
      { ...good, kind: 'run' },
      { ...good, kind: '__proto__' },
      { ...good, parent: '' },
      { ...good, parent: '..' },
      { ...good, parent: '../../x' },
      { ...good, parent: '-all' },
      { ...good, parent: 'eth0 up' },
      { ...good, parent: 'eth0\n' },
      { ...good, parent: 'a'.repeat(16) },
      { ...good, parent: 7 },
      { ...good, name: 'eth0' },
      { ...good, name: 'vr4-51-2; reboot' },
      { ...good, name: 'vr4-51-22222222222222' },
      { ...good, family: 'ipv5' },
      { ...good, vrid: 0 },
      { ...good, vrid: '51' },
      { ...good, vrid: 1.5 },
      { id: 1, kind: 'macvlan.remove', name: 'lo' },
      { id: 1, kind: 'interface.sysctls', parent: 'eth0', name: '../all' },
      { id: 1, kind: 'accept.remove', instance: '' },
      { id: 1, kind: 'bypass.set' },
      { id: 1, kind: 'bypass.set', position: 'notFitted' },
      { id: 1, kind: 'bypass.set', position: ['bypass'] },
      { id: 1, kind: 'bypass.watchdog', armed: 'yes' },
      { id: 1, kind: 'track.check' },
      { id: 1, kind: 'track.check', name: '' },
      { id: 1, kind: 'track.check', name: { type: 'script' } },
      { id: 1, kind: 'accept.install', plan: null },
      { id: 1, kind: 'accept.install', plan: { instance: 'a', routers: 'x' } },
      plan(null),
      plan({ accept: 'no', priority: 100, addresses: [], excludedAddresses: [] }),
      plan({ accept: false, priority: 0, addresses: [], excludedAddresses: [] }),
      plan({ accept: false, priority: 100, addresses: [] }),
      address({ address: '192.0.2.10; drop' }),
      address({ address: '192.0.2.10/24' }),
      address({ family: 'ipv6' }),
      address({ prefix: 33 }),
      { id: 1, kind: 'filter.stage', load: '', session: 'ms-1', sources: [] },
      { id: 1, kind: 'filter.stage', load: 'x', session: 'a b', sources: [] },
      { id: 1, kind: 'filter.stage', load: 'x', session: 'ms-1', sources: ['192.0.2.1 }; flush ruleset'] },
      { id: 1, kind: 'filter.stage', load: 'x', session: 'ms-1', sources: ['192.0.2.1/24'] },
      { id: 1, kind: 'filter.stage', load: 'x', session: 'ms-1', sources: Array(5001).fill('192.0.2.1') },
      { id: 1, ...APPLY, whole: 'yes' },
      { id: 1, ...APPLY, load: 7 },
      { id: 1, ...APPLY, sessions: null },
      { id: 1, ...APPLY, put: [{ session: 'ms-1' }] },
      { id: 1, ...APPLY, take: [{ session: '../x', sources: [] }] },
      { id: 1, ...APPLY, renew: 'all' },
      rules({ session: '"; flush ruleset' }),
      rules({ target: '203.0.113.0/24 accept' }),
      rules({ target: '203.0.113.1/24' }),
      rules({ blocklist: 1 }),
      rules({ copyTo: 'eth0" ; drop' }),
      rules({ copyTo: undefined }),
      rules({ ratelimit: { per: 'all', bitsPerSecond: 1, packetsPerSecond: null } }),
      rules({ ratelimit: { per: 'source', bitsPerSecond: '1', packetsPerSecond: null } }),
      rules({ ratelimit: { per: 'source', bitsPerSecond: 1, packetsPerSecond: 0 } }),
      { id: 1, ...APPLY, sessions: [...APPLY.sessions, ...APPLY.sessions] },
    ];
    for (const request of bad) {
      const line = JSON.stringify(request);
      const decoded = decodeRequest(line);
      assert.ok(!decoded.ok, line);
      assert.equal(decoded.error.id, 1);
      assert.notEqual(decoded.error.text, '');
    }
    for (const line of ['', 'x', '[]', 'null', '{}', '{"id":-1}', '{"id":"1"}', '{"id":1.5}']) {
      const decoded = decodeRequest(line);
      assert.ok(!decoded.ok && decoded.error.id === null, line);
    }
  });

  it('has one undoing for each making', () => {
    assert.deepEqual(undoOf(CREATE), { key: 'vr4-51-2', undo: { kind: 'macvlan.remove', name: 'vr4-51-2' } });
    assert.deepEqual(undoOf({ kind: 'macvlan.remove', name: 'vr4-51-2' }), { key: 'vr4-51-2', undo: null });
    assert.deepEqual(undoOf(INSTALL)?.undo, { kind: 'accept.remove', instance: 'a' });
  });

  it('becomes programs as argument lists and settings as files', () => {
    const create = workOf(CREATE, 1);
    const [first] = create;
    assert.deepEqual(first, {
      kind: 'program',
      argv: ['ip', 'link', 'del', 'dev', 'vr4-51-2'],
      input: null,
      mayFail: true,
    });
    assert.ok(create.some((step) => step.kind === 'program' && step.argv.includes('00:00:5e:00:01:33')));
    assert.ok(
      create.some((step) => step.kind === 'setting' && step.file.endsWith('/vr4-51-2/rp_filter') && step.value === '2'),
    );
    const [rules] = workOf(INSTALL, 0);
    assert.ok(rules?.kind === 'program' && rules.argv.join(' ') === 'nft -f -');
    assert.match(rules.input ?? '', /192\.0\.2\.10/);
    assert.match(rules.input ?? '', /2001:db8::1/);
  });
});

describe('lines', () => {
  it('are found across chunks, several in one, and bounded', () => {
    const seen: string[] = [];
    const lines = createLines(10, (line) => seen.push(line));
    for (const chunk of ['ab', 'c\nde', 'f\n\ngh', 'i\n']) assert.equal(lines(Buffer.from(chunk)), true);
    assert.deepEqual(seen, ['abc', 'def', '', 'ghi']);
    assert.equal(lines(Buffer.from('12345678901')), false);
    const other = createLines(3, () => assert.fail());
    assert.equal(other(Buffer.from('1234\n')), false);
  });
});

describe('the work of the helper', () => {
  const program = (...argv: string[]): Work => ({ kind: 'program', argv, input: null, mayFail: false });
  const limits = { deadlineMs: 200, graceMs: 200, outputBytes: 100 };

  it('is done in order and stops at the first failure', async () => {
    const answer = await runWork([
      program('true'),
      { ...program('false'), mayFail: true } as Work,
      program('ls', '/no/such'),
      program('true'),
    ]);
    assert.equal(answer.ok, false);
    assert.match(answer.text, /^ls \/no\/such: exit code \d+: .*No such file/);
    assert.deepEqual(await runWork([program('true')]), { ok: true, text: '' });
  });

  it('reads what is written to it, and never a shell', async () => {
    const cat: Work = { kind: 'program', argv: ['grep', '-qF', '$(id)'], input: '$(id)\n', mayFail: false };
    assert.equal((await runWork([cat])).ok, true);
  });

  it('says that a program is missing', async () => {
    const answer = await runWork([program('no-such-program-of-tandem')]);
    assert.match(answer.text, /no-such-program-of-tandem.*ENOENT/);
  });

  it('ends the whole group of a program that takes too long, even one that does not listen', async () => {
    const answer = await runWork([program('sh', '-c', 'trap "" TERM; sleep 30 & wait; sleep 30')], limits);
    assert.match(answer.text, /did not end within 200 ms/);
  });

  it('keeps a bounded part of the output', async () => {
    const answer = await runWork([program('sh', '-c', 'yes | head -c 100000; exit 3')], limits);
    assert.ok(answer.text.length < 300 && answer.text.includes('exit code 3'));
  });
});

describe('the socket of the helper', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-helper-'));
    path = join(folder, 'helper.sock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const named = (request: HelperRequest): string => (request.kind === 'macvlan.remove' ? request.name : request.kind);

  it('answers each request, in the order asked', async () => {
    const done: string[] = [];
    const server = createHelperServer(path, async (request) => {
      await new Promise((resolve) => setTimeout(resolve, named(request).endsWith('1') ? 30 : 1));
      done.push(named(request));
      return { ok: request.kind !== 'accept.remove', text: named(request) };
    });
    await server.start();
    assert.equal(statSync(path).mode & 0o777, 0o660);
    const client = createHelperClient(path);
    const answers = await Promise.all([
      client.request({ kind: 'macvlan.remove', name: 'vr4-1-1' }),
      client.request({ kind: 'macvlan.remove', name: 'vr4-1-2' }),
      client.request({ kind: 'accept.remove', instance: 'a' }),
    ]);
    assert.deepEqual(done, ['vr4-1-1', 'vr4-1-2', 'accept.remove']);
    assert.deepEqual(
      answers.map((answer) => answer.ok),
      [true, true, false],
    );
    client.close();
    await server.idle(1000);
    server.stop();
    assert.equal(existsSync(path), false);
  });

  it('lets no bypass wait behind other work, and no check behind another', async () => {
    const held: (() => void)[] = [];
    const done: string[] = [];
    const server = createHelperServer(path, async (request) => {
      if (request.kind !== 'bypass.read' && !(request.kind === 'track.check' && request.name === 'quick'))
        await new Promise<void>((resolve) => held.push(resolve));
      done.push(request.kind);
      return { ok: true, text: '' };
    });
    await server.start();
    const client = createHelperClient(path);
    const slow = [
      client.request({ kind: 'accept.remove', instance: 'a' }),
      client.request({ kind: 'track.check', name: 'hangs' }),
    ];
    await client.request({ kind: 'bypass.read' });
    await client.request({ kind: 'track.check', name: 'quick' });
    assert.deepEqual(done, ['bypass.read', 'track.check']);
    for (const release of held) release();
    await Promise.all(slow);
    client.close();
    server.stop();
  });

  it('answers what went wrong in the helper itself, and goes on', async () => {
    const server = createHelperServer(path, (request) =>
      request.kind === 'bypass.read' ? Promise.reject(new Error('a mistake')) : Promise.resolve({ ok: true, text: '' }),
    );
    await server.start();
    const client = createHelperClient(path);
    assert.deepEqual(await client.request({ kind: 'bypass.read' }), { ok: false, text: 'Error: a mistake' });
    assert.equal((await client.request({ kind: 'bypass.set', position: 'inline' })).ok, true);
    client.close();
    server.stop();
  });

  it('is waited for while the helper is being started', async () => {
    const client = createHelperClient(path, { requestMs: 10_000, retryMs: 10 });
    const answer = client.request({ kind: 'accept.remove', instance: 'a' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const server = createHelperServer(path, () => Promise.resolve({ ok: true, text: 'late' }));
    await server.start();
    assert.deepEqual(await answer, { ok: true, text: 'late' });
    client.close();
    server.stop();
  });

  it('leaves the client with an answer when there is no helper, or when it ends', async () => {
    const nobody = createHelperClient(path, { requestMs: 60, retryMs: 10 });
    assert.match((await nobody.request({ kind: 'accept.remove', instance: 'a' })).text, /did not answer within 60 ms/);
    nobody.close();
    assert.equal((await nobody.request({ kind: 'accept.remove', instance: 'a' })).ok, false);

    let asked = 0;
    const server = createHelperServer(path, () => {
      asked += 1;
      return new Promise<HelperAnswer>(() => undefined);
    });
    await server.start();
    const client = createHelperClient(path);
    const answer = client.request({ kind: 'accept.remove', instance: 'a' });
    await until(() => asked === 1);
    server.stop();
    assert.deepEqual(await answer, { ok: false, text: 'the helper ended before it answered' });
    client.close();
  });

  it('ends the connection of a caller that sends something else', async () => {
    const server = createHelperServer(path, () => assert.fail('nothing to do'));
    await server.start();
    for (const text of ['GET / HTTP/1.1\r\n', 'x'.repeat(2 * 1024 * 1024)]) {
      await new Promise<void>((resolve) => {
        const socket = createConnection(path);
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.write(text);
      });
    }
    server.stop();
  });
});
