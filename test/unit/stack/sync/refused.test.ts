/** Who is not let in at the sync port, with real sockets. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { program } from '../../../../daemon/where.ts';
import { put } from '../../../../stack/store/store.ts';
import { dial } from '../../../../stack/sync/dial.ts';
import type { Dialled } from '../../../../stack/sync/dial.ts';
import { encodeFrame } from '../../../../stack/sync/frames.ts';
import type { Frame } from '../../../../stack/sync/frames.ts';
import type { SyncKey } from '../../../../stack/sync/keys.ts';
import { clientOptions, isProven } from '../../../../stack/sync/tls.ts';
import { makeCertificate } from '../../../../webui/server/tls/own-certificate.ts';
import { until } from '../../../support/until.ts';
import { helloOf } from './session-rig.ts';
import { keysOf } from './sync-keys.ts';
import { ADDRESSES, STRANGER, inStep, refusedBy, syncRig } from './sync-rig.ts';
import type { Member } from './sync-rig.ts';

const [KEY] = keysOf(1) as [SyncKey];
const FROM_B = { host: ADDRESSES['a'], localAddress: ADDRESSES['b'] };

/** Resolves when the other end has closed it. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()));

describe('at the sync port', function () {
  this.timeout(60_000);
  const rig = syncRig();
  let a: Member;
  beforeEach(async () => {
    // Nobody is at the other address: what comes from there is what the test sends.
    a = await rig.start('a');
  });

  function asB(options: ConnectionOptions): TLSSocket {
    const socket = connectTls({ ...FROM_B, port: rig.port, checkServerIdentity: () => undefined, ...options });
    socket.on('error', () => undefined).resume();
    return socket;
  }
  const withKey = (key: SyncKey = KEY, identity = `edge/b/${key.id}`): TLSSocket => asB(clientOptions(key, identity));
  const refusedAs = (reason: string): Promise<void> =>
    until(`refused as ${reason}: ${JSON.stringify(a.sync.status().refused)}`, () => refusedBy(a, reason) > 0);

  it('whoever names a key and does not have it is refused', async () => {
    await closed(withKey({ id: KEY.id, key: Buffer.alloc(32, 9) }));
    await refusedAs('wrongKey');
  });

  it('whoever has another key is refused', async () => {
    await closed(withKey(keysOf(7)[0]));
    await refusedAs('noKey');
  });

  it('whoever has the key of another stack, or calls itself another instance, is refused', async () => {
    await closed(withKey(KEY, `other/b/${KEY.id}`));
    await refusedAs('otherStack');
    await closed(withKey(KEY, `edge/c/${KEY.id}`));
    await refusedAs('unknownSender');
    await closed(withKey(KEY, 'nonsense'));
    await refusedAs('garbage');
  });

  it('whoever shows a certificate, or nothing at all, in place of the key is refused', async () => {
    const { cert, key } = await makeCertificate(['b'], Date.now());
    for (const options of [{ cert, key }, {}]) {
      const before = refusedBy(a, 'noKey');
      await closed(asB({ ...options, rejectUnauthorized: false }));
      await until('it is counted', () => refusedBy(a, 'noKey') > before);
    }
  });

  it('whoever comes back with a ticket after its key was taken away is refused', async () => {
    const tickets: Buffer[] = [];
    const first = withKey();
    first.on('session', (ticket: Buffer) => tickets.push(ticket));
    await until('it is in', () => first.authorized);
    for (const frame of [{ kind: 'hello', hello: helloOf('b') }] as const)
      encodeFrame(frame).forEach((part) => first.write(part));
    await until('it is greeted', () => a.sync.status().peers[0]?.state === 'exchanging');
    await a.apply({ keys: keysOf(5) });
    await closed(first);
    const session = tickets.at(-1);
    const again = asB({ ca: [], rejectUnauthorized: false, ...(session === undefined ? {} : { session }) });
    await closed(again);
    await refusedAs('noKey');
    assert.equal(a.sync.status().peers[0]?.state, 'apart');
  });

  it('whoever speaks something else than TLS is refused', async () => {
    for (const text of ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0000\u0005aaaaaaaaaa', '\0'.repeat(5000)]) {
      const before = refusedBy(a, 'garbage');
      const socket = connect({ ...FROM_B, host: ADDRESSES['a']!, port: rig.port });
      socket.on('error', () => undefined).resume();
      socket.write(text, 'latin1');
      await closed(socket);
      await until('it is counted', () => refusedBy(a, 'garbage') > before);
    }
  });

  it('whoever says nothing is sent away after a while, before and after the handshake', async () => {
    const silent = connect({ ...FROM_B, host: ADDRESSES['a']!, port: rig.port });
    silent.on('error', () => undefined).resume();
    await Promise.all([closed(silent), closed(withKey())]);
    await until('both are counted', () => refusedBy(a, 'timeout') === 2);
  });

  const says = (...frames: readonly (Frame | Buffer)[]): TLSSocket => {
    const socket = withKey();
    for (const frame of frames)
      for (const part of Buffer.isBuffer(frame) ? [frame] : encodeFrame(frame)) socket.write(part);
    return socket;
  };
  const HELLO: Frame = { kind: 'hello', hello: helloOf('b') };

  it('whoever has the key and makes no sense is refused, and the store is as it was', async () => {
    await put(a.store, 'k', 1);
    await closed(says(Buffer.alloc(100, 255)));
    await refusedAs('garbage');
    for (const bytes of [new Uint8Array([1, 2, 3]), new Uint8Array(1000).fill(255)]) {
      const before = refusedBy(a, 'badUpdate');
      await closed(says(HELLO, { kind: 'update', seq: 1, answers: true, bytes }));
      await until('it is counted', () => refusedBy(a, 'badUpdate') > before);
    }
    await closed(says({ kind: 'hello', hello: { ...helloOf('b'), replica: a.store.replica.name } }));
    await refusedAs('sameStore');
    const found = await a.store.list('');
    assert.ok(found.ok && found.value.length === 1);
  });

  async function flood(count: number, from: string): Promise<number> {
    let gone = 0;
    const one = async (): Promise<void> => {
      const socket = connect({ host: ADDRESSES['a']!, port: rig.port, localAddress: from });
      socket.on('error', () => undefined).resume();
      // The kernel forgets some of so many (SYN cookies): nobody at the other end knows of these.
      socket.setTimeout(5000, () => socket.destroy());
      await closed(socket);
      gone += 1;
    };
    const lane = async (of: number): Promise<void> => {
      for (let at = 0; at < of; at += 1) await one();
    };
    await Promise.all(Array.from({ length: 100 }, () => lane(count / 100)));
    return gone;
  }

  async function standsAgainst(count: number): Promise<void> {
    const b = await rig.start('b');
    await inStep(a, b);
    let told = 0;
    b.store.watch('k/', (events) => (told += events.length));
    let written = 0;
    const flooding = Promise.all([flood(count, STRANGER), flood(count / 10, ADDRESSES['b']!)]);
    const over = flooding.then(() => true);
    const pause = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, 20, false));
    do {
      assert.ok((await put(a.store, `k/${written}`, written)).ok);
      written += 1;
    } while (!(await Promise.race([over, pause()])));
    await until('b has every change', () => told >= written);
    assert.ok(refusedBy(a, 'stranger') > count / 2, JSON.stringify(a.sync.status().refused));
    assert.ok(refusedBy(a, 'tooMany') > 0);
    assert.ok(a.sync.isSynced());
    assert.equal(a.news.filter((one) => one.startsWith('refused stranger')).length, 1, 'told once');
  }

  it('a flood of connections from strangers and from the peer keeps nobody from being in step', () =>
    standsAgainst(1000));
  it('so does one of 10,000 @long', () => standsAgainst(10_000));
});

describe('whoever dials a peer', function () {
  this.timeout(60_000);
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-dial-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Somebody at the peer's address who has a certificate and takes every connection. */
  async function impostor(run: (port: number, cert: string) => Promise<void>): Promise<void> {
    const { cert, key } = await makeCertificate(['localhost', '127.0.0.1'], Date.now());
    const server = createTlsServer({ cert, key, minVersion: 'TLSv1.3' });
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { readonly port: number };
    try {
      await run(port, cert);
    } finally {
      server.close();
    }
  }
  const target = (port: number) =>
    ({ address: '127.0.0.1', port, from: undefined, key: KEY, identity: `edge/a/${KEY.id}` }) as const;

  it('does not take a certificate for the key', () =>
    impostor(async (port) => {
      const result = await new Promise<Dialled>((resolve) => void dial(target(port), resolve));
      assert.ok(!result.ok && result.reason === 'certificate', JSON.stringify(result));
    }));

  it('does not take the certificate of an authority that this machine trusts, either', () =>
    impostor(async (port, cert) => {
      const file = join(folder, 'ca.pem');
      writeFileSync(file, cert);
      const { nodeOptions, script } = program('test/unit/stack/sync/dial-child');
      const child = spawn(process.execPath, [...nodeOptions, script, String(port)], {
        env: { ...process.env, NODE_EXTRA_CA_CERTS: file },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      await new Promise((resolve) => void child.once('close', resolve));
      assert.match(said, /^plain authorized$/m, 'it does trust it');
      assert.match(said, /^dialled certificate$/m);
    }));

  it('finds out that it was no key even where the certificate was believed', () =>
    impostor(async (port, cert) => {
      const options = { ...clientOptions(KEY, `edge/a/${KEY.id}`), ca: [cert] };
      const socket = connectTls({ host: '127.0.0.1', port, ...options });
      await new Promise((resolve) => void socket.once('secureConnect', resolve));
      assert.equal(socket.authorized, true);
      assert.equal(isProven(socket), false);
      socket.destroy();
    }));

  it('says so where nobody is there', async () => {
    const result = await new Promise<Dialled>((resolve) => void dial(target(1), resolve));
    assert.ok(!result.ok && result.reason === null && /ECONNREFUSED/.test(result.text));
  });
});
