/** The agent as a whole, asked over loopback by the node package net-snmp. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import snmp from 'net-snmp';
import { createSnmpAgent } from '../../../../alerts/snmp/agent.ts';
import type { AgentSettings, SnmpAgent } from '../../../../alerts/snmp/agent.ts';
import { createSnmpEngine } from '../../../../alerts/snmp/engine.ts';
import { createRate } from '../../../../alerts/snmp/rate.ts';
import type { Status } from '../../../../core/status.ts';
import { until } from '../../../../lab/clock.ts';
import { entry } from '../../../support/sample-entry.ts';
import { sampleStatus } from '../../../support/sample-status.ts';

const ROLE = '1.3.6.1.4.1.32473.11211.1.1.6.0';
const MASTER_REASON = '1.3.6.1.2.1.207.1.2.5.1.2.7.51.1';
const DISCONTINUITY = '1.3.6.1.2.1.207.1.2.4.0';
const SECRETS: Readonly<Record<string, string>> = {
  '/c': 'sesame\n',
  '/a': 'correct horse\n',
  '/p': 'battery staple',
  '/short': 'tiny\n',
  '/empty': '\n',
};
const OWN: AgentSettings & { readonly listen: string } = {
  listen: '127.0.0.1:0',
  communityFile: '/c',
  user: 'reader',
  level: 'authPriv',
  authFile: '/a',
  privFile: '/p',
};
const USER = {
  name: 'reader',
  level: snmp.SecurityLevel.authPriv,
  authProtocol: snmp.AuthProtocols.sha256,
  authKey: 'correct horse',
  privProtocol: snmp.PrivProtocols.aes,
  privKey: 'battery staple',
};

describe('the SNMP agent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-agent-'));
  const closing: (() => unknown)[] = [];
  let status: Status | null;
  beforeEach(() => {
    status = sampleStatus();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  after(() => rmSync(folder, { recursive: true }));

  function make(settings: AgentSettings): SnmpAgent {
    const agent = createSnmpAgent({
      agent: settings,
      instance: 'a',
      stack: 'edge',
      version: '0.1.0',
      engine: createSnmpEngine(folder),
      status: () => status,
      preempt: true,
      accept: () => true,
      interfaceIndex: () => 7,
      readSecret: (file) => {
        const text = SECRETS[file];
        if (text === undefined) throw new Error(`${file}: no such file`);
        return text;
      },
    });
    closing.push(() => agent.stop());
    return agent;
  }

  async function started(settings: AgentSettings = OWN): Promise<SnmpAgent> {
    const agent = make(settings);
    await agent.start();
    assert.equal(agent.view().lastError, null);
    return agent;
  }

  function session(agent: SnmpAgent, v3 = false): snmp.Session {
    const options = { port: agent.port()!, retries: 0 };
    const made = v3
      ? snmp.createV3Session('127.0.0.1', USER, options)
      : snmp.createSession('127.0.0.1', 'sesame', { ...options, version: snmp.Version2c });
    closing.push(() => made.close());
    return made;
  }

  const get = (from: snmp.Session, ...oids: string[]) =>
    new Promise<unknown[]>((resolve, reject) => {
      from.get(oids, (error, varbinds) =>
        error === null
          ? resolve(varbinds!.map(({ value }) => (Buffer.isBuffer(value) ? value.toString() : value)))
          : reject(error),
      );
    });

  function walk(from: snmp.Session): Promise<string[]> {
    const oids: string[] = [];
    return new Promise((resolve, reject) => {
      from.walk(
        '1.3.6.1',
        20,
        (varbinds) => void oids.push(...varbinds.map(({ oid }) => oid)),
        (error) => (error === null ? resolve(oids) : reject(error)),
      );
    });
  }

  it('answers v2c and v3 with the status as it is now', async () => {
    const agent = await started();
    assert.match(agent.view().detail, /^SNMP v2c and v3 authPriv, engine ID 0x80007ed905[0-9a-f]{16}; 0 answered/);
    for (const from of [session(agent), session(agent, true)]) {
      status = sampleStatus({ role: 'standby' });
      assert.deepEqual(await get(from, '1.3.6.1.2.1.1.5.0', ROLE), ['a', 3]);
      status = sampleStatus({ role: 'active' });
      assert.deepEqual(await get(from, ROLE), [2]);
    }
    assert.ok(agent.view().sent >= 5);
  });

  it('gives the same walk by v2c and v3, in order, and without a status what it knows by itself', async () => {
    const agent = await started();
    const v2 = await walk(session(agent));
    assert.ok(v2.length > 200);
    assert.deepEqual(await walk(session(agent, true)), v2);
    status = null;
    assert.ok((await walk(session(agent))).every((oid) => /^1\.3\.6\.1\.(2\.1\.(1|11)|6\.3)\./.test(oid)));
  });

  it('tells what only the journal knows, and when an engine began to count anew', async () => {
    const agent = await started();
    const from = session(agent);
    assert.deepEqual(await get(from, MASTER_REASON, DISCONTINUITY), [0, 0]);
    agent.take(
      entry({ kind: 'router', router: 'wan', from: 'backup', to: 'active', reason: { code: 'masterDown', text: '' } }),
    );
    assert.deepEqual(await get(from, MASTER_REASON), [3]);
    const { processes } = sampleStatus();
    status = sampleStatus({ processes: { ...processes, engine: 4711 } });
    await until(async () => ((await get(from, DISCONTINUITY))[0] as number) > 0, {
      what: 'the time of the discontinuity',
    });
  });

  it('goes on after hostile packets, and counts them', async () => {
    const agent = await started();
    const socket = createSocket('udp4');
    closing.push(() => socket.close());
    for (const packet of ['', 'x', '\x30\x82\xff\xff\x02\x01\x01', '0'.repeat(9000)]) {
      await new Promise((resolve) => socket.send(packet, agent.port()!, '127.0.0.1', resolve));
    }
    assert.deepEqual(await get(session(agent), ROLE), [2]);
    await until(() => agent.view().dropped === 4, { what: 'four packets dropped' });
  });

  const refusals: readonly (readonly [string, Partial<typeof OWN>, RegExp])[] = [
    [
      'an address of the network without credentials',
      { listen: '192.0.2.1:1161', communityFile: null, user: null },
      /no loopback address: name a communityFile or a user/,
    ],
    [
      'correct horse that is too short',
      { authFile: '/short' },
      /^\/short: expected a pass phrase of at least 8 characters, found 4$/,
    ],
    ['an empty community', { communityFile: '/empty' }, /^\/empty: expected a community, found an empty file$/],
    ['a level without its file', { privFile: null }, /^privFile is missing: this level needs a pass phrase$/],
    ['a file that is not there', { communityFile: '/none' }, /^\/none: no such file$/],
  ];
  for (const [what, settings, expected] of refusals) {
    it(`does not serve with ${what}, and says so`, async () => {
      const agent = make({ ...OWN, ...settings });
      await agent.start();
      assert.equal(agent.port(), null);
      const { state, lastError } = agent.view();
      assert.equal(state, 'failing');
      assert.match(lastError ?? '', expected);
      assert.doesNotMatch(JSON.stringify(agent.view()), /tiny|sesame|correct|battery/);
    });
  }

  it('takes the community public on loopback where nothing is named', async () => {
    const agent = await started({ ...OWN, communityFile: null, user: null });
    assert.match(agent.view().detail, /^SNMP v2c; /);
    const from = snmp.createSession('127.0.0.1', 'public', {
      port: agent.port()!,
      retries: 0,
      version: snmp.Version2c,
    });
    closing.push(() => from.close());
    assert.deepEqual(await get(from, ROLE), [2]);
  });

  it('waits for a port that another program has, and serves when it is free', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');
    const agent = make({ ...OWN, listen: `127.0.0.1:${other.address().port}` });
    await agent.start();
    assert.match(agent.view().lastError ?? '', /another program listens there$/);
    other.close();
    await until(() => agent.view().state === 'ok', { what: 'the agent to serve' });
    assert.deepEqual(await get(session(agent), ROLE), [2]);
  });

  it('tries a master again that is not there, and stops when it is told to', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = make({ agentx: `127.0.0.1:${port}` });
    await agent.start();
    const view = agent.view();
    assert.equal(view.state, 'failing');
    assert.match(view.lastError ?? '', /the master has closed the connection|ECONNRESET/);
    await once(server, 'connection');
    await agent.stop();
    server.close();
    await once(server, 'close');
  });
});

describe('the rate of an agent', () => {
  it('lets a burst pass, then so many a second', () => {
    const rate = createRate(10, 3);
    assert.deepEqual(
      [0, 0, 0, 0, 50, 100, 100].map((ms) => rate.take(ms)),
      [true, true, true, false, false, true, false],
    );
    assert.deepEqual(
      [10_000, 10_000, 10_000, 10_000].map((ms) => rate.take(ms)),
      [true, true, true, false],
      'no more is saved up',
    );
  });
});
