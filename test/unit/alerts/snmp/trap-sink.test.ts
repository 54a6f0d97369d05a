/** Traps and informs, taken by the node package net-snmp, and by a receiver that is down, forgetful or somebody else. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import snmp from 'net-snmp';
import { createSnmpEngine } from '../../../../alerts/snmp/engine.ts';
import { USM_REPORT, readAnswer, secured } from '../../../../alerts/snmp/inform.ts';
import { decodeMessage, encodeCommunity, readScoped } from '../../../../alerts/snmp/message.ts';
import type { V3Message } from '../../../../alerts/snmp/message.ts';
import { ERROR } from '../../../../alerts/snmp/pdu.ts';
import type { Pdu } from '../../../../alerts/snmp/pdu.ts';
import { createTrapSink } from '../../../../alerts/snmp/trap-sink.ts';
import type { TrapTarget } from '../../../../alerts/snmp/trap-sink.ts';
import { createUser, decrypt } from '../../../../alerts/snmp/usm.ts';
import { answerTo } from '../../../../alerts/snmp/agent-answer.ts';
import { createCounters } from '../../../../alerts/snmp/agent-counters.ts';
import { createView } from '../../../../alerts/mib/view.ts';
import { GivenUp } from '../../../../alerts/sink.ts';
import type { Sink } from '../../../../alerts/sink.ts';
import type { Status } from '../../../../core/status.ts';
import { until } from '../../../../lab/clock.ts';
import { entry } from '../../../support/sample-entry.ts';
import { sampleStatus } from '../../../support/sample-status.ts';

const SECRETS: Readonly<Record<string, string>> = {
  '/c': 'sesame\n',
  '/a': 'correct horse\n',
  '/p': 'battery staple\n',
};
const USER = createUser({
  name: 'sender',
  level: 'authPriv',
  authPhrase: 'correct horse',
  privPhrase: 'battery staple',
});
const V2 = { version: '2c', communityFile: '/c' } as const;
const V3 = { version: 3, user: 'sender', level: 'authPriv', authFile: '/a', privFile: '/p' } as const;
const ACTIVE = entry({ id: 'e1', kind: 'router', router: 'wan', from: 'backup', to: 'active' });
const NEVER = new AbortController().signal;

interface Received {
  readonly pdu: {
    readonly type: number;
    readonly varbinds: readonly { readonly oid: string; readonly value: unknown }[];
  };
}

describe('a receiver of SNMP notifications', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-trap-'));
  const engine = createSnmpEngine(folder);
  const closing: (() => unknown)[] = [];
  let status: Status | null = sampleStatus();
  afterEach(async () => {
    status = sampleStatus();
    for (const close of closing.splice(0).toReversed()) await close();
  });
  after(() => rmSync(folder, { recursive: true }));

  function sink(port: number, of: typeof V2 | typeof V3, inform: boolean, secrets = SECRETS): Sink {
    const trap = { host: '127.0.0.1', port, inform, ...of } as TrapTarget;
    const made = createTrapSink({
      trap,
      engine,
      status: () => status,
      interfaceIndex: () => 7,
      readSecret: (file) => secrets[file]!,
    });
    closing.push(() => made.close());
    return made;
  }

  async function bound(): Promise<{ readonly socket: Socket; readonly port: number }> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    closing.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
    return { socket, port: socket.address().port };
  }

  /** A port on which nothing listens. */
  async function freePort(): Promise<number> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    await once(socket, 'close');
    return port;
  }

  async function receiver(): Promise<{ readonly port: number; readonly heard: Received[]; readonly errors: Error[] }> {
    const port = await freePort();
    const heard: Received[] = [];
    const errors: Error[] = [];
    const made = snmp.createReceiver({ port, address: '127.0.0.1' }, (error: Error | null, data: Received) => {
      if (error === null) heard.push(data);
      else errors.push(error);
    }) as {
      close(done?: () => void): void;
      getAuthorizer(): { addCommunity(text: string): void; addUser(user: unknown): void };
    };
    made.getAuthorizer().addCommunity('sesame');
    made.getAuthorizer().addUser({
      name: 'sender',
      level: snmp.SecurityLevel.authPriv,
      authProtocol: snmp.AuthProtocols.sha256,
      authKey: 'correct horse',
      privProtocol: snmp.PrivProtocols.aes,
      privKey: 'battery staple',
    });
    closing.push(() => made.close());
    return { port, heard, errors };
  }

  const trapOid = ({ pdu }: Received): unknown => pdu.varbinds[1]!.value;
  const textOf = ({ pdu }: Received, oid: string): string =>
    String(pdu.varbinds.find((varbind) => varbind.oid === oid)?.value);

  for (const [name, of, inform] of [
    ['v2c traps', V2, false],
    ['v2c informs', V2, true],
    ['v3 traps, signed and encrypted', V3, false],
    ['v3 informs, signed and encrypted', V3, true],
  ] as const) {
    it(`takes ${name}: ours with the reason, and RFC 6527's`, async () => {
      const { port, heard, errors } = await receiver();
      const to = sink(port, of, inform);
      assert.equal(to.promised, inform);
      assert.ok(to.wants(ACTIVE));
      await to.deliver(ACTIVE, NEVER);
      await until(() => heard.length === 2, { what: 'two notifications' });
      assert.deepEqual(heard.map(trapOid), ['1.3.6.1.4.1.32473.11211.0.2', '1.3.6.1.2.1.207.0.1']);
      for (const notification of heard) {
        assert.equal(notification.pdu.type, inform ? snmp.PduType.InformRequest : snmp.PduType.TrapV2);
        assert.deepEqual(
          notification.pdu.varbinds.slice(0, 2).map(({ oid }) => oid),
          ['1.3.6.1.2.1.1.3.0', '1.3.6.1.6.3.1.1.4.1.0'],
        );
        assert.equal(textOf(notification, '1.3.6.1.4.1.32473.11211.1.8.3.0'), ACTIVE.reason.text);
      }
      assert.equal(heard[1]!.pdu.varbinds[2]!.oid, '1.3.6.1.2.1.207.1.1.1.1.3.7.51.1');
      assert.deepEqual(errors, []);
    });
  }

  it('is called by its address, and by what it is sent', () => {
    const ids = [sink(162, V2, false), sink(162, V2, true), sink(162, V3, false), sink(162, V3, true)].map(
      ({ id }) => id,
    );
    assert.deepEqual(ids, [
      'trap:127.0.0.1:162',
      'trap:127.0.0.1:162/inform',
      'trap:127.0.0.1:162/v3',
      'trap:127.0.0.1:162/v3/inform',
    ]);
    const trap = { host: '2001:db8::1', port: 162, inform: false, ...V2 };
    const six = createTrapSink({ trap, engine, status: () => null, readSecret: () => '' });
    assert.equal(six.id, 'trap:[2001:db8::1]:162');
    const id = engine.now().id.toString('hex');
    assert.equal(sink(162, V3, false).detail, `SNMP v3 authPriv, user sender, traps, engine ID 0x${id}`);
    assert.equal(sink(162, V3, true).detail, 'SNMP v3 authPriv, user sender, informs');
  });

  it('does not want what no notification is of', () => {
    const to = sink(162, V2, false);
    assert.equal(to.wants(entry({ kind: 'user', severity: 'info' })), false);
    assert.equal(to.wants(entry({ kind: 'user', severity: 'critical' })), true);
    assert.equal(to.wants(entry({ kind: 'alert', reason: { code: 'testAlert', text: 'a test' } })), true);
  });

  it('stamps v3 traps with its own engine, whose boots and time grow', async () => {
    const { socket, port } = await bound();
    const seen: V3Message[] = [];
    socket.on('message', (bytes) => {
      const decoded = decodeMessage(bytes);
      if (decoded.ok && decoded.value.version === 3) seen.push(decoded.value);
    });
    await sink(port, V3, false).deliver(entry(), NEVER);
    const again = createSnmpEngine(folder);
    const trap = { host: '127.0.0.1', port, inform: false, ...V3 };
    const next = createTrapSink({ trap, engine: again, status: () => status, readSecret: (file) => SECRETS[file]! });
    await next.deliver(entry(), NEVER);
    await until(() => seen.length === 2, { what: 'two traps' });
    const [first, second] = seen as [V3Message, V3Message];
    assert.deepEqual(first.security.engineId, engine.now().id);
    assert.deepEqual(second.security.engineId, first.security.engineId);
    assert.deepEqual([first.security.boots, second.security.boots], [engine.now().boots, again.now().boots]);
    assert.ok(second.security.boots > first.security.boots);
    assert.deepEqual([first.auth, first.priv, first.reportable], [true, true, false]);
  });

  it('that is down is told so, and gets every inform in order once it is back', async () => {
    const port = await freePort();
    const to = sink(port, V2, true);
    const entries = ['e1', 'e2', 'e3'].map((id) => entry({ id }));
    await assert.rejects(to.deliver(entries[0]!, NEVER), /127\.0\.0\.1:\d+: nothing listens there/);
    const socket = createSocket('udp4').bind(port, '127.0.0.1');
    closing.push(() => socket.close());
    await once(socket, 'listening');
    const heard: string[] = [];
    socket.on('message', (bytes, from) => {
      const decoded = decodeMessage(bytes);
      assert.ok(decoded.ok && decoded.value.version === '2c');
      const { community, pdu } = decoded.value;
      const id = pdu.bindings.find(({ oid }) => oid.at(-2) === 13)?.value;
      if (id?.type === 'octets') heard.push(id.value.toString());
      socket.send(encodeCommunity({ community, pdu: { ...pdu, type: 'response' } }), from.port, from.address);
    });
    for (const each of entries) await to.deliver(each, NEVER);
    assert.deepEqual(heard, ['e1', 'e2', 'e3']);
  });

  it('that took the first of two notifications gets only the second again', async () => {
    const { socket, port } = await bound();
    const heard: unknown[] = [];
    let deaf = true;
    const to = sink(port, V2, true);
    const aborted = new AbortController();
    socket.on('message', (bytes, from) => {
      const decoded = decodeMessage(bytes);
      assert.ok(decoded.ok && decoded.value.version === '2c');
      const { community, pdu } = decoded.value;
      const { value } = pdu.bindings[1]!;
      heard.push(value.type === 'oid' ? value.value.at(-3) : null);
      if (deaf && heard.length === 2) return aborted.abort(new Error('enough'));
      socket.send(encodeCommunity({ community, pdu: { ...pdu, type: 'response' } }), from.port, from.address);
    });
    await assert.rejects(to.deliver(ACTIVE, aborted.signal), /enough/);
    deaf = false;
    await to.deliver(ACTIVE, NEVER);
    assert.deepEqual(heard, [11_211, 207, 207]);
  });

  it('that will never take it is not asked again', async () => {
    const { socket, port } = await bound();
    socket.on('message', (bytes, from) => {
      const decoded = decodeMessage(bytes);
      assert.ok(decoded.ok && decoded.value.version === '2c');
      const { community, pdu } = decoded.value;
      socket.send(
        encodeCommunity({ community: Buffer.from('other'), pdu: { ...pdu, type: 'response' } }),
        from.port,
        from.address,
      );
      socket.send('garbage', from.port, from.address);
      const answer: Pdu = { ...pdu, type: 'response', status: ERROR.tooBig };
      socket.send(encodeCommunity({ community, pdu: answer }), from.port, from.address);
    });
    await assert.rejects(sink(port, V2, true).deliver(entry(), NEVER), (error: Error) => {
      assert.ok(error instanceof GivenUp);
      assert.match(error.message, /^127\.0\.0\.1:\d+ refuses the notification: it is too big$/);
      return true;
    });
  });

  it('whose sender closes lets go at once', async () => {
    const { port } = await bound();
    const to = sink(port, V2, true);
    const delivery = assert.rejects(to.deliver(entry(), NEVER), /closed/);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await to.close();
    await delivery;
  });

  /** A receiver of v3 informs: it answers discovery, and acknowledges what is signed with the right keys. */
  async function authority(port: number, at = { id: Buffer.from('80001f8804726563', 'hex'), boots: 5, time: 100 }) {
    const socket = createSocket('udp4').bind(port, '127.0.0.1');
    await once(socket, 'listening');
    closing.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
    const taken: Pdu[] = [];
    const counters = createCounters();
    const me = {
      socket,
      taken,
      counters,
      at,
      user: USER,
      port: socket.address().port,
    };
    socket.on('message', (bytes, from) => {
      // Reports are made as an agent makes them; an inform that passed as far as to be dropped is acknowledged.
      const before = counters.dropped;
      const state = {
        access: { community: null, user: me.user },
        engine: () => me.at,
        view: () => createView([]),
        counters,
      };
      let reply = answerTo(bytes, state);
      if (counters.dropped > before) {
        const decoded = decodeMessage(bytes);
        assert.ok(decoded.ok && decoded.value.version === 3);
        const { security, body, id } = decoded.value;
        const scoped = readScoped(decrypt(body, me.user.keysAt(me.at.id)!.priv, security, security.priv)!);
        assert.ok(scoped.ok);
        taken.push(scoped.value.pdu);
        const response: Pdu = { ...scoped.value.pdu, type: 'response' };
        reply = secured({ id, user: me.user, at: me.at, reportable: false, pdu: response });
      }
      if (reply !== null) socket.send(reply, from.port, from.address);
    });
    return me;
  }

  it('of v3 informs is discovered, and followed when it starts again or becomes another', async () => {
    const remote = await authority(0);
    const to = sink(remote.port, V3, true);
    await to.deliver(entry({ id: 'e1' }), NEVER);
    assert.deepEqual(remote.counters.usm, [0, 0, 0, 0, 1, 0, 0], 'discovered once');
    await to.deliver(entry({ id: 'e2' }), NEVER);
    assert.equal(remote.counters.usm[USM_REPORT.unknownEngineIds], 1, 'and remembered');
    remote.at = { ...remote.at, boots: 6, time: 3 };
    await to.deliver(entry({ id: 'e3' }), NEVER);
    assert.equal(remote.counters.usm[USM_REPORT.notInTimeWindows], 1);
    remote.at = { id: Buffer.from('another engine'), boots: 1, time: 3 };
    await to.deliver(entry({ id: 'e4' }), NEVER);
    assert.equal(remote.taken.length, 4);
  });

  it('of v3 informs that has other pass phrases says so in words, without the phrase, and takes the right one without a restart', async () => {
    const remote = await authority(0);
    const secrets: Record<string, string> = { ...SECRETS, '/a': 'wrong phrase' };
    const to = sink(remote.port, V3, true, secrets);
    await assert.rejects(to.deliver(entry(), NEVER), (error: Error) => {
      assert.match(error.message, /^127\.0\.0\.1:\d+ cannot verify user sender: another pass phrase or protocol$/);
      return !(error instanceof GivenUp);
    });
    secrets['/a'] = SECRETS['/a']!;
    await to.deliver(entry(), NEVER);
    remote.user = createUser({
      name: 'somebody',
      level: 'authPriv',
      authPhrase: 'correct horse',
      privPhrase: 'battery staple',
    });
    await assert.rejects(to.deliver(entry({ id: 'e2' }), NEVER), /does not know user sender/);
  });

  it('is believed only if it has signed: forged acknowledgements and clocks are not', () => {
    const at = { id: Buffer.from('80001f8804726563', 'hex'), boots: 5, time: 100 };
    const remote = { ...at, atMs: 0 };
    const response: Pdu = { type: 'response', requestId: 1, status: 0, index: 0, bindings: [] };
    const other = createUser({
      name: 'sender',
      level: 'authPriv',
      authPhrase: 'other phrase',
      privPhrase: 'other phrase',
    });
    const message = (user: typeof USER, more: Partial<Parameters<typeof secured>[0]> = {}): Buffer =>
      secured({ id: 9, user, at, reportable: false, pdu: response, ...more });
    assert.equal(readAnswer(message(USER), 9, USER, remote, 0)?.kind, 'response');
    assert.equal(readAnswer(message(other), 9, USER, remote, 0), null, 'another key');
    assert.equal(readAnswer(message(USER, { level: 'noAuthNoPriv' }), 9, USER, remote, 0), null, 'no signature');
    assert.equal(readAnswer(message(USER, { level: 'authNoPriv' }), 9, USER, remote, 0), null, 'not encrypted');
    assert.equal(readAnswer(message(USER), 8, USER, remote, 0), null, 'another message');
    assert.equal(
      readAnswer(message(USER, { at: { ...at, id: Buffer.from('another engine') } }), 9, USER, remote, 0),
      null,
    );
  });
});
