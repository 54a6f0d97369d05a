import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import fc from 'fast-check';
import { text } from '../../../../alerts/mib/value.ts';
import { createView } from '../../../../alerts/mib/view.ts';
import { createCounters } from '../../../../alerts/snmp/agent-counters.ts';
import { joinAgentX } from '../../../../alerts/snmp/agentx.ts';
import type { AgentXOptions } from '../../../../alerts/snmp/agentx.ts';
import {
  AGENTX,
  HEADER_BYTES,
  bytes,
  encodeAgentX,
  encodeOid,
  encodeVarbind,
  readHeader,
} from '../../../../alerts/snmp/agentx-codec.ts';
import type { Header } from '../../../../alerts/snmp/agentx-codec.ts';
import { respondAgentX } from '../../../../alerts/snmp/agentx-respond.ts';
import { Malformed } from '../../../../alerts/snmp/ber.ts';
import type { Oid } from '../../../../alerts/mib/oid.ts';

const VIEW = createView([
  { name: 'x', oid: [1, 3, 6, 1, 4, 1, 7, 1], instances: [[1], [2], [5]], value: (at) => text(`x${at}`) },
  { name: 'y', oid: [1, 3, 6, 1, 4, 1, 7, 2], instances: [[1]], value: () => ({ type: 'counter64', value: 1n }) },
]);
const X = [1, 3, 6, 1, 4, 1, 7, 1];
const Y = [1, 3, 6, 1, 4, 1, 7, 2];
const HEADER: Header = {
  type: AGENTX.get,
  bigEndian: true,
  context: false,
  session: 1,
  transaction: 2,
  packet: 3,
  length: 0,
};

/** A search range: from, to, and whether the first counts. */
const range = (start: Oid, end: Oid = [], included = false): Buffer => {
  const from = encodeOid(start);
  from[2] = included ? 1 : 0;
  return Buffer.concat([from, encodeOid(end)]);
};
const head = (error = 0, index = 0): Buffer => bytes(0, 0, 0, 0, 0, error, 0, index);
const x = (instance: number, at: number): Buffer => encodeVarbind({ oid: [...X, instance], value: text(`x${at}`) });
const ended = (oid: Oid): Buffer => encodeVarbind({ oid, value: { type: 'endOfMibView' } });
const respond = (type: number, ...payload: Buffer[]): Buffer | null =>
  respondAgentX(VIEW, { ...HEADER, type }, Buffer.concat(payload));

const words = (text: string): string => text.replaceAll(' ', '');

describe('AgentX', () => {
  it('writes OIDs of the internet with a prefix, others whole, text filled up to four bytes', () => {
    assert.equal(encodeOid([1, 3, 6, 1, 4, 1, 7]).toString('hex'), words('02040000 00000001 00000007'));
    assert.equal(encodeOid([1, 3]).toString('hex'), words('02000000 00000001 00000003'));
    assert.equal(encodeOid([]).toString('hex'), '00000000');
    assert.equal(
      x(1, 0).toString('hex'),
      words('00040000 04040000 00000001 00000007 00000001 00000001 00000002 78300000'),
    );
  });

  it('gets, and says what is not there', () => {
    assert.deepEqual(
      respond(AGENTX.get, range([...X, 2]), range([...X, 3])),
      Buffer.concat([head(), x(2, 1), encodeVarbind({ oid: [...X, 3], value: { type: 'noSuchInstance' } })]),
    );
  });

  it('goes on to the next, within the range that the master names', () => {
    assert.deepEqual(
      respond(
        AGENTX.getNext,
        range([...X, 2]),
        range([...X, 2], [], true),
        range([...X, 2], [...X, 5]),
        range(Y, Y, true),
      ),
      Buffer.concat([head(), x(5, 2), x(2, 1), ended([...X, 2]), ended(Y)]),
    );
  });

  it('answers getBulk in whole rows', () => {
    const payload = [bytes(0, 1, 0, 9), range(X), range([...X, 1], Y), range([...X, 2], Y)];
    const ends = [ended([...X, 5]), ended([...X, 5])];
    assert.deepEqual(
      respond(AGENTX.getBulk, ...payload),
      Buffer.concat([head(), x(1, 0), x(2, 1), x(5, 2), x(5, 2), ended([...X, 5]), ...ends]),
    );
  });

  it('can be written nowhere', () => {
    assert.deepEqual(respond(AGENTX.testSet), head(17, 1));
    assert.equal(respond(AGENTX.cleanupSet), null);
    assert.deepEqual(respond(77), head(5), 'what no master sends');
  });

  it('reads questions in the other byte order, and of another context', () => {
    const swapped = Buffer.concat([bytes(2, 0, 0, 0, 97, 98, 0, 0), range([...X, 1])]);
    for (let at = 0; at < swapped.length; at += 4)
      if (at !== 4 && at !== 8 && at !== 36) swapped.subarray(at, at + 4).reverse();
    swapped.subarray(0, 4).reverse();
    swapped.set([2, 0, 0, 0], 0);
    const header = { ...HEADER, bigEndian: false, context: true };
    assert.deepEqual(respondAgentX(VIEW, header, swapped), Buffer.concat([head(), x(1, 0)]));
  });

  it('throws nothing but Malformed, whatever arrives', () => {
    const types = fc.integer({ min: 0, max: 20 });
    const payloads = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc.tuple(fc.nat(200), fc.nat(255)).map(([at, byte]) => {
        const payload = Buffer.concat([range(X, Y), range([...X, 1]), range(Y)]);
        payload[at % payload.length] = byte;
        return payload;
      }),
    );
    fc.assert(
      fc.property(types, fc.boolean(), fc.boolean(), payloads, (type, bigEndian, context, payload) => {
        try {
          respondAgentX(VIEW, { ...HEADER, type, bigEndian, context }, payload);
        } catch (error) {
          assert.ok(error instanceof Malformed);
        }
      }),
      { numRuns: 2000 },
    );
    assert.throws(() => readHeader(Buffer.alloc(HEADER_BYTES)), Malformed);
    assert.throws(() => readHeader(encodeAgentX('ping', HEADER).fill(0xff, 16)), Malformed);
  });
});

/** A master that says yes to everything, and what it heard. */
class Master {
  readonly heard: { readonly header: Header; readonly payload: Buffer }[] = [];
  readonly server: Server;
  socket: Socket | null = null;
  error = (_type: number): number => 0;
  #rest: Buffer = Buffer.alloc(0);
  #notify = (): void => {};

  constructor() {
    this.server = createServer((socket) => {
      this.socket = socket;
      socket.on('error', () => {});
      socket.on('data', (data) => this.#take(socket, data));
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  #take(socket: Socket, data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    while (this.#rest.length >= HEADER_BYTES) {
      const header = readHeader(this.#rest);
      const payload = this.#rest.subarray(HEADER_BYTES, HEADER_BYTES + header.length);
      this.#rest = this.#rest.subarray(HEADER_BYTES + header.length);
      this.heard.push({ header, payload });
      if (header.type !== AGENTX.response && header.type !== AGENTX.close) {
        const payload = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]);
        payload.writeUInt16BE(this.error(header.type), 4);
        socket.write(encodeAgentX('response', { ...header, session: 7 }, payload));
      }
      this.#notify();
    }
  }

  async hears(type: number, count: number): Promise<readonly { readonly header: Header; readonly payload: Buffer }[]> {
    for (;;) {
      const found = this.heard.filter(({ header }) => header.type === type);
      if (found.length >= count) return found;
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }

  close(): void {
    this.socket?.destroy();
    this.server.close();
  }
}

describe('a session with an AgentX master', () => {
  let master: Master;
  let options: AgentXOptions;
  beforeEach(async () => {
    master = new Master();
    options = {
      host: '127.0.0.1',
      port: await master.listen(),
      id: [1, 3, 5],
      description: 'test',
      regions: [X, Y],
      view: () => VIEW,
      counters: createCounters(),
    };
  });
  afterEach(() => master.close());

  it('opens, registers, answers however the stream is cut, and says when it closes', async () => {
    const session = await joinAgentX(options);
    assert.deepEqual(session.refused, []);
    assert.deepEqual(
      master.heard.map(({ header }) => [header.type, header.session]),
      [
        [AGENTX.open, 0],
        [AGENTX.register, 7],
        [AGENTX.register, 7],
      ],
    );
    const ids = { session: 7, transaction: 1, packet: 70 };
    const question = encodeAgentX('open', ids, range([...X, 1]));
    question[1] = AGENTX.get;
    const two = Buffer.concat([question, question]);
    for (const byte of two.subarray(0, 50)) {
      master.socket!.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    master.socket!.write(two.subarray(50));
    const answers = await master.hears(AGENTX.response, 2);
    for (const { header, payload } of answers) {
      assert.deepEqual([header.session, header.transaction, header.packet], [7, 1, 70]);
      assert.deepEqual(payload, Buffer.concat([head(), x(1, 0)]));
    }
    session.close();
    assert.equal((await master.hears(AGENTX.close, 1)).length, 1);
    assert.equal(await session.ended, null);
    assert.equal(options.counters.answered, 2);
  });

  it('names what somebody else has registered, and serves the rest', async () => {
    let registered = 0;
    master.error = (type) => (type === AGENTX.register && ++registered === 2 ? 263 : 0);
    const session = await joinAgentX(options);
    assert.deepEqual(session.refused, ['1.3.6.1.4.1.7.2: another subagent has registered the same']);
    session.close();
    await session.ended;
  });

  it('fails, saying why, where there is no master, none that opens, or one that takes nothing', async () => {
    master.error = (type) => (type === AGENTX.register ? 267 : 0);
    await assert.rejects(joinAgentX(options), /127\.0\.0\.1:\d+: 1\.3\.6.*it is not permitted/);
    master.error = () => 256;
    await assert.rejects(joinAgentX(options), /it does not open a session/);
    master.close();
    await once(master.server, 'close');
    await assert.rejects(joinAgentX(options), /127\.0\.0\.1:\d+: nothing listens there/);
  });

  it('ends where the master goes, or speaks something else', async () => {
    const first = await joinAgentX(options);
    master.socket!.end();
    assert.match(String(await first.ended), /the master has closed the connection/);
    const second = await joinAgentX(options);
    master.socket!.write('GET / HTTP/1.1\r\nHost: example\r\n\r\n');
    assert.match(String(await second.ended), /AgentX version 71/);
    assert.equal(options.counters.malformed, 1);
  });
});
