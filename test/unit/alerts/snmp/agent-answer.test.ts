import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tandemColumns } from '../../../../alerts/mib/tandem.ts';
import { compareOids, oidText } from '../../../../alerts/mib/oid.ts';
import type { Oid } from '../../../../alerts/mib/oid.ts';
import { text } from '../../../../alerts/mib/value.ts';
import { createView, scalars } from '../../../../alerts/mib/view.ts';
import type { MibView } from '../../../../alerts/mib/view.ts';
import { answerTo } from '../../../../alerts/snmp/agent-answer.ts';
import type { AgentState } from '../../../../alerts/snmp/agent-answer.ts';
import { counterColumns, createCounters, refused } from '../../../../alerts/snmp/agent-counters.ts';
import { USM_REPORT, discovery, readAnswer, secured } from '../../../../alerts/snmp/inform.ts';
import type { Answer } from '../../../../alerts/snmp/inform.ts';
import { decodeMessage, encodeCommunity } from '../../../../alerts/snmp/message.ts';
import { ERROR } from '../../../../alerts/snmp/pdu.ts';
import type { Pdu, PduType } from '../../../../alerts/snmp/pdu.ts';
import { createUser } from '../../../../alerts/snmp/usm.ts';
import type { Level, User } from '../../../../alerts/snmp/usm.ts';
import { sampleStatus } from '../../../support/sample-status.ts';

const ENGINE = { id: Buffer.from('80007ed9050102030405060708', 'hex'), boots: 4, time: 1000 };
const COMMUNITY = Buffer.from('sesame');
const COLUMNS = tandemColumns(sampleStatus(), () => Date.parse('2026-11-21T01:00:05.500Z'));

const user = (level: Level, more: { name?: string; auth?: string; priv?: string } = {}): User =>
  createUser({
    name: more.name ?? 'reader',
    level,
    authPhrase: more.auth ?? 'a pass phrase',
    privPhrase: more.priv ?? 'privacy phrase',
  });
const READER = user('authPriv');

function agent(view: MibView = createView(COLUMNS), access: Partial<AgentState['access']> = {}): AgentState {
  return {
    access: { community: COMMUNITY, user: READER, ...access },
    engine: () => ENGINE,
    view: () => view,
    counters: createCounters(),
  };
}

function pdu(type: PduType, oids: readonly Oid[], more: Partial<Pdu> = {}): Pdu {
  const bindings = oids.map((oid) => ({ oid, value: { type: 'null' } as const }));
  return { type, requestId: 42, status: 0, index: 0, bindings, ...more };
}

function ask(state: AgentState, question: Pdu, community = COMMUNITY): Pdu | null {
  const reply = answerTo(encodeCommunity({ community, pdu: question }), state);
  if (reply === null) return null;
  const decoded = decodeMessage(reply);
  assert.ok(decoded.ok && decoded.value.version === '2c');
  assert.ok(decoded.value.community.equals(community));
  assert.deepEqual([decoded.value.pdu.type, decoded.value.pdu.requestId], ['response', question.requestId]);
  return decoded.value.pdu;
}

function askV3(state: AgentState, question: Pdu, by: User = READER, at = ENGINE): Answer | null {
  const reply = answerTo(secured({ id: 99, user: by, at, reportable: true, pdu: question }), state);
  return reply === null ? null : readAnswer(reply, 99, by, null, 0);
}

const shown = ({ bindings }: Pdu): string[] =>
  bindings.map(({ oid, value }) => `${oidText(oid)} ${'value' in value ? String(value.value) : value.type}`);

/** Two columns of a table with three rows, and a scalar after it. */
const SMALL = createView([
  { name: 'x', oid: [1, 3, 7, 1], instances: [[1], [2], [5]], value: (at) => text(`x${at}`) },
  { name: 'y', oid: [1, 3, 7, 2], instances: [[1], [2], [5]], value: (at) => (at === 1 ? null : text(`y${at}`)) },
  ...scalars([1, 3, 8], [['z', () => text('z')]]),
]);

describe('what an SNMP agent answers', () => {
  it('gets each value, and says of each variable that is not there why', () => {
    const got = ask(
      agent(SMALL),
      pdu('get', [
        [1, 3, 7, 1, 5],
        [1, 3, 7, 2, 2],
        [1, 3, 7, 1, 4],
        [1, 3, 9, 1, 0],
        [1, 3, 8, 1, 0],
      ]),
    );
    assert.deepEqual(shown(got!), [
      '1.3.7.1.5 x2',
      '1.3.7.2.2 noSuchInstance',
      '1.3.7.1.4 noSuchInstance',
      '1.3.9.1.0 noSuchObject',
      '1.3.8.1.0 z',
    ]);
  });

  it('goes from one to the next, to the end of the view', () => {
    const walked: string[] = [];
    for (let oid: Oid = [1]; ;) {
      const { bindings } = ask(agent(SMALL), pdu('getNext', [oid]))!;
      if (bindings[0]!.value.type === 'endOfMibView') break;
      oid = bindings[0]!.oid;
      walked.push(oidText(oid));
    }
    assert.deepEqual(walked, ['1.3.7.1.1', '1.3.7.1.2', '1.3.7.1.5', '1.3.7.2.1', '1.3.7.2.5', '1.3.8.1.0']);
  });

  it('answers getBulk in rows: non-repeaters once, the others as often as asked', () => {
    const question = pdu(
      'getBulk',
      [
        [1, 3, 8],
        [1, 3, 7, 1],
        [1, 3, 7, 2],
      ],
      { status: 1, index: 2 },
    );
    assert.deepEqual(shown(ask(agent(SMALL), question)!), [
      '1.3.8.1.0 z',
      '1.3.7.1.1 x0',
      '1.3.7.2.1 y0',
      '1.3.7.1.2 x1',
      '1.3.7.2.5 y2',
    ]);
  });

  it('ends getBulk with the row in which all have ended', () => {
    const question = pdu(
      'getBulk',
      [
        [1, 3, 7, 2, 5],
        [1, 3, 8, 1, 0],
      ],
      { index: 2_000_000_000 },
    );
    assert.deepEqual(shown(ask(agent(SMALL), question)!), [
      '1.3.8.1.0 z',
      '1.3.8.1.0 endOfMibView',
      '1.3.8.1.0 endOfMibView',
      '1.3.8.1.0 endOfMibView',
    ]);
    assert.deepEqual(shown(ask(agent(SMALL), pdu('getBulk', [[1]], { index: 0 }))!), []);
    assert.deepEqual(shown(ask(agent(SMALL), pdu('getBulk', [[1, 3, 8]], { status: -5, index: 1 }))!), ['1.3.8.1.0 z']);
  });

  it('fills one frame of Ethernet with getBulk and no more, and loses nothing on the way', () => {
    const all: string[] = [];
    for (let oid: Oid = [1]; ;) {
      const question = encodeCommunity({ community: COMMUNITY, pdu: pdu('getBulk', [oid], { index: 500 }) });
      const reply = answerTo(question, agent())!;
      assert.ok(reply.length <= 1472, `${reply.length} bytes`);
      const { bindings } = ask(agent(), pdu('getBulk', [oid], { index: 500 }))!;
      const values = bindings.filter(({ value }) => value.type !== 'endOfMibView');
      for (const { oid: next } of values) {
        assert.ok(compareOids(oid, next) < 0, 'a walk only goes on');
        oid = next;
        all.push(oidText(next));
      }
      if (values.length < bindings.length) break;
    }
    const expected = COLUMNS.flatMap((column) =>
      column.instances.flatMap((instance, at) =>
        column.value(at) === null ? [] : [oidText([...column.oid, ...instance])],
      ),
    );
    assert.deepEqual(all.toSorted(), expected.toSorted());
  });

  it('can be written nowhere', () => {
    const answer = ask(agent(SMALL), pdu('set', [[1, 3, 8, 1, 0]]))!;
    assert.deepEqual([answer.status, answer.index, answer.bindings.length], [ERROR.notWritable, 1, 1]);
  });

  it('says tooBig where the answer does not fit into a datagram', () => {
    const long = createView(scalars([1, 3, 8], [['z', () => text('z'.repeat(1000))]]));
    const many = ask(
      agent(long),
      pdu(
        'get',
        Array.from({ length: 100 }, () => [1, 3, 8, 1, 0]),
      ),
    )!;
    assert.deepEqual([many.status, many.bindings.length], [ERROR.tooBig, 0]);
  });

  it('answers nobody with another community, and nothing that is no request; both are counted', () => {
    const state = agent();
    for (const community of ['', 'sesam', 'sesamE', 'sesame1']) {
      assert.equal(ask(state, pdu('get', [[1, 3]]), Buffer.from(community)), null);
    }
    assert.equal(state.counters.badCommunities, 4);
    for (const type of ['response', 'trap', 'inform', 'report'] as const)
      assert.equal(ask(state, pdu(type, [[1, 3]])), null);
    assert.equal(state.counters.dropped, 4);
    assert.equal(answerTo(Buffer.from('3003020100', 'hex'), state), null);
    assert.equal(state.counters.badVersions, 1);
    assert.equal(ask(agent(SMALL, { community: null }), pdu('get', [[1, 3]])), null, 'v2c is off');
    assert.equal(askV3(agent(SMALL, { user: null }), pdu('get', [[1, 3]])), null, 'v3 is off');
  });
});

describe('what an SNMP v3 agent answers', () => {
  const question = pdu('get', [[1, 3, 8, 1, 0]]);
  const z = 'response 1.3.8.1.0 z';
  const said = (answer: Answer | null): string =>
    answer === null
      ? 'nothing'
      : answer.kind === 'report'
        ? `report ${answer.report}${answer.signed ? ', signed' : ''}`
        : `response ${answer.pdu.status === 0 ? shown(answer.pdu).join(' ') : `error ${answer.pdu.status}`}`;

  it('tells everybody who it is, and its user what it knows', () => {
    const state = agent(SMALL);
    const reply = readAnswer(answerTo(discovery(5), state)!, 5, READER, null, 0);
    assert.ok(reply?.kind === 'report');
    assert.equal(reply.report, USM_REPORT.unknownEngineIds);
    assert.deepEqual([reply.remote.id, reply.remote.boots, reply.remote.time], [ENGINE.id, ENGINE.boots, ENGINE.time]);
    assert.equal(said(askV3(state, question)), z);
  });

  const refusals: readonly (readonly [string, () => User, Partial<typeof ENGINE>, string])[] = [
    [
      'a user that it does not know',
      () => user('authPriv', { name: 'other' }),
      {},
      `report ${USM_REPORT.unknownUserNames}`,
    ],
    [
      'another pass phrase',
      () => user('authPriv', { auth: 'another phrase' }),
      {},
      `report ${USM_REPORT.wrongDigests}`,
    ],
    [
      'another privacy phrase',
      () => user('authPriv', { priv: 'another phrase' }),
      {},
      `report ${USM_REPORT.decryptionErrors}`,
    ],
    ['a message that is not encrypted', () => user('authNoPriv'), {}, `response error ${ERROR.authorizationError}`],
    ['a message that is not signed', () => user('noAuthNoPriv'), {}, `response error ${ERROR.authorizationError}`],
    ['another engine', () => READER, { id: Buffer.from('another engine') }, `report ${USM_REPORT.unknownEngineIds}`],
    ['a message of an earlier start', () => READER, { boots: 3 }, `report ${USM_REPORT.notInTimeWindows}, signed`],
    ['a message older than 150 s', () => READER, { time: 849 }, `report ${USM_REPORT.notInTimeWindows}, signed`],
    ['a message from the future', () => READER, { time: 1151 }, `report ${USM_REPORT.notInTimeWindows}, signed`],
  ];
  for (const [what, by, at, expected] of refusals) {
    it(`refuses ${what}, says why and counts it`, () => {
      const state = agent(SMALL);
      assert.equal(said(askV3(state, question, by(), { ...ENGINE, ...at })), expected);
      if (expected.startsWith('report')) assert.equal(refused(state.counters), 1);
      assert.equal(said(askV3(state, question, READER, { ...ENGINE, time: 850 })), z, 'and goes on');
    });
  }

  it('serves a user without encryption who is configured so, and says that more is not to be had', () => {
    const state = agent(SMALL, { user: user('authNoPriv') });
    assert.equal(said(askV3(state, question, user('authNoPriv'))), z);
    assert.equal(said(askV3(state, question, user('authPriv'))), `report ${USM_REPORT.unsupportedSecLevels}`);
    assert.equal(said(askV3(agent(SMALL, { user: user('noAuthNoPriv') }), question, user('noAuthNoPriv'))), z);
  });

  it('reports nothing to whoever does not want reports: no storm between two agents', () => {
    const by = user('authPriv', { name: 'other' });
    assert.equal(answerTo(secured({ id: 9, user: by, at: ENGINE, reportable: false, pdu: question }), agent()), null);
  });

  it('shows its counters and itself', () => {
    const counters = createCounters();
    counters.usm[5] = 3;
    counters.malformed = 2;
    const view = createView(counterColumns(counters, () => ENGINE));
    const get = (oid: Oid) => view.get(oid);
    assert.deepEqual(get([1, 3, 6, 1, 2, 1, 11, 6, 0]), { type: 'counter32', value: 2 });
    assert.deepEqual(get([1, 3, 6, 1, 6, 3, 15, 1, 1, 5, 0]), { type: 'counter32', value: 3 });
    assert.deepEqual(get([1, 3, 6, 1, 6, 3, 10, 2, 1, 1, 0]), { type: 'octets', value: ENGINE.id });
    assert.deepEqual(get([1, 3, 6, 1, 6, 3, 10, 2, 1, 2, 0]), { type: 'integer', value: 4 });
  });
});

describe('hostile packets to an SNMP agent', () => {
  it('never throws, never answers with more than a datagram, and counts what it drops', () => {
    const state = agent();
    const real = [
      encodeCommunity({
        community: COMMUNITY,
        pdu: pdu(
          'getBulk',
          [
            [1, 3],
            [1, 3, 6],
          ],
          { status: 1, index: 0x7fff_ffff },
        ),
      }),
      encodeCommunity({ community: COMMUNITY, pdu: pdu('get', [[1, 3, 6, 1, 4, 1, 32_473, 11_211, 1, 1, 1, 0]]) }),
      ...(['authPriv', 'authNoPriv', 'noAuthNoPriv'] as const).map((level) =>
        secured({ id: 3, user: READER, level, at: ENGINE, reportable: true, pdu: pdu('getNext', [[1, 3]]) }),
      ),
      discovery(8),
    ];
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 5 });
    let sent = 0;
    fc.assert(
      fc.property(fc.constantFrom(...real), changes, fc.integer({ min: 0, max: 40 }), (packet, at, cut) => {
        const hostile = Buffer.from(packet);
        for (const [position, byte] of at) hostile[position % hostile.length] = byte;
        sent++;
        const reply = answerTo(hostile.subarray(0, hostile.length - Math.max(0, cut - 20)), state);
        if (reply !== null) assert.ok(reply.length <= 65_507);
      }),
      { numRuns: 3000 },
    );
    assert.ok(refused(state.counters) > sent / 4);
    assert.notEqual(ask(state, pdu('get', [[1, 3]])), null, 'and answers whoever asks well');
  });
});
