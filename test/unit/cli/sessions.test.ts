import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionView } from '../../../core/api/sessions.ts';
import { tandem } from './fake-engine.ts';

const SESSION: SessionView = {
  id: 'ms-1',
  target: '203.0.113.10',
  features: [{ name: 'blocklist' }, { name: 'ratelimit', per: 'source', bitsPerSecond: 1e7, packetsPerSecond: null }],
  policy: { name: 'edge', version: 3 },
  state: 'inUse',
  hold: true,
  by: 'ann',
  startedAt: '2026-11-21T01:00:00.000Z',
  elapsedMs: 240_000,
  maxTimeMs: null,
  unusedAfterMs: 30_000,
  deadline: null,
  home: 'a',
  takeovers: 1,
  sources: 2,
  notHa: [],
  ended: null,
};
const LOST: SessionView = {
  ...SESSION,
  id: 'ms-2',
  features: [{ name: 'capture', megabytes: 100 }],
  state: 'ended',
  notHa: ['capture'],
  ended: {
    reason: 'StateLost',
    text: 'capture does not survive a failover',
    feature: 'capture',
    at: SESSION.startedAt,
  },
};

describe('tandem sessions, features and policies', () => {
  let run: string;
  let server: Server;
  let asked: { readonly what: string; readonly body: unknown }[];
  let answers: Record<string, readonly [number, unknown]>;

  beforeEach(async () => {
    run = mkdtempSync(join(tmpdir(), 'tandem-sessions-'));
    asked = [];
    answers = {};
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      request.on('end', () => {
        const what = `${request.method} ${request.url?.replace('/api/v1/', '')}`;
        asked.push({ what, body: text === '' ? null : JSON.parse(text) });
        const [status, body] = answers[what] ?? [404, { error: { code: 'notFound', text: what } }];
        response.writeHead(status);
        response.end(status === 204 ? '' : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(join(run, 'manager.sock'), resolve));
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(run, { recursive: true });
  });

  const call = (...argv: readonly string[]): ReturnType<typeof tandem> => tandem([...argv, '--run', run]);

  it('lists live sessions first, and says what would not survive', async () => {
    answers['GET sessions'] = [200, { sessions: [LOST, SESSION], trouble: '' }];
    const { exit, out } = await call('sessions', 'list');
    assert.equal(exit, 0);
    const [, first = '', second = ''] = out.split('\n');
    assert.match(first, /^ms-1 +203\.0\.113\.10 +held +a +4 min +yes +blocklist of 2, limit 10Mbps per source$/);
    assert.match(second, /^ms-2 .*StateLost .*no: capture +capture of 100 MB$/);
  });

  it('says on stderr what is not in effect here', async () => {
    answers['GET sessions'] = [200, { sessions: [], trouble: 'no nft' }];
    const { exit, out, err } = await call('sessions', 'list');
    assert.deepEqual([exit, out, err], [0, 'no sessions\n', 'tandem: not in effect on this instance: no nft\n']);
  });

  it('starts what was asked for, held, and prints the id', async () => {
    answers['POST sessions'] = [201, SESSION];
    const { exit, out } = await call(
      'sessions',
      'start',
      '203.0.113.10',
      '--block',
      '192.0.2.1, 192.0.2.2',
      '--rate',
      '10Mbps',
      '--per',
      'source',
      '--copy',
      'mon0',
      '--capture',
      '--command',
      'scrub',
      '--policy',
      'edge',
      '--max-time',
      '2h',
    );
    assert.deepEqual([exit, out], [0, 'ms-1\n']);
    assert.deepEqual(asked[0]?.body, {
      target: '203.0.113.10',
      hold: true,
      policy: 'edge',
      maxTime: '2h',
      features: [
        { name: 'blocklist', sources: ['192.0.2.1', '192.0.2.2'] },
        { name: 'ratelimit', rate: '10Mbps', per: 'source' },
        { name: 'copy', interface: 'mon0' },
        { name: 'capture' },
        { name: 'command', command: 'scrub' },
      ],
    });
  });

  it('attends a session until it ends, and says why that was', async () => {
    answers['POST sessions'] = [201, SESSION];
    answers['POST sessions/ms-1/heartbeat'] = [409, { error: { code: 'sessionEnded', text: 'killed by bob' } }];
    const { exit, err } = await call('sessions', 'start', '203.0.113.10', '--capture', '--attend');
    assert.deepEqual([exit, err], [1, 'tandem: killed by bob\n']);
    assert.equal((asked[0]?.body as { hold: boolean } | undefined)?.hold, false);
  });

  it('changes blocklists, kills one, several and all', async () => {
    answers['POST sessions/ms-1/blocklist'] = [200, { sources: [], next: null, total: 3 }];
    answers['DELETE sessions/ms-1'] = [200, SESSION];
    answers['DELETE sessions/ms-2'] = [200, LOST];
    answers['POST sessions/kill'] = [200, { killed: 2 }];
    assert.equal(
      (await call('sessions', 'block', 'ms-1', '192.0.2.1', '192.0.2.2')).out,
      '3 on the blocklist of ms-1\n',
    );
    await call('sessions', 'unblock', 'ms-1', '192.0.2.1');
    assert.equal((await call('sessions', 'kill', 'ms-1', 'ms-2')).out, 'killed ms-1\nkilled ms-2\n');
    assert.equal((await call('sessions', 'kill-all')).out, 'killed 2\n');
    assert.deepEqual(
      asked.map(({ body }) => body).filter((body) => body !== null),
      [{ add: ['192.0.2.1', '192.0.2.2'] }, { remove: ['192.0.2.1'] }, { all: true }],
    );
  });

  it('gives programs what the manager answered', async () => {
    answers['GET sessions/ms-1'] = [200, SESSION];
    const { out } = await call('--json', 'sessions', 'show', 'ms-1');
    assert.deepEqual(JSON.parse(out), SESSION);
    assert.match((await call('sessions', 'show', 'ms-1')).out, /led by +a, taken over once\n/);
  });

  it('refuses what it cannot do as wrong usage', async () => {
    for (const argv of [
      ['sessions', 'stop'],
      ['sessions', 'show'],
      ['sessions', 'block', 'ms-1'],
      ['sessions', 'start', 'x', '--packets', 'many'],
      ['sessions', 'start', 'x', '--rate', '1Mbps', '--per', 'day'],
      ['policies', 'put', 'edge'],
      ['policies', 'publish', 'edge', 'd1', '--base', 'newest'],
    ])
      assert.equal((await call(...argv)).exit, 2, argv.join(' '));
    assert.deepEqual(asked, []);
  });

  it('shows the table of what survives', async () => {
    const row = { name: 'capture', kind: 'builtIn', ha: false, text: 'the file is elsewhere' };
    answers['GET features'] = [200, { features: [row] }];
    assert.match((await call('features')).out, /^FEATURE +SURVIVES +HOW\ncapture +no +the file is elsewhere\n$/);
  });

  it('puts a policy over the version that is in force, or the one that is said', async () => {
    const file = join(run, 'edge.yaml');
    writeFileSync(file, 'description: at the edge\nfeatures:\n  - { name: capture }\n');
    const document = { description: 'at the edge', features: [{ name: 'capture' }] };
    answers['PUT policies/edge'] = [200, { name: 'edge', version: 4 }];
    answers['GET policies/edge'] = [404, { error: { code: 'noSuchPolicy', text: 'there is no policy edge' } }];
    assert.equal((await call('policies', 'put', 'edge', file)).out, 'edge is in force as version 4\n');
    answers['GET policies/edge'] = [200, { name: 'edge', version: 3, document }];
    await call('policies', 'put', 'edge', file);
    await call('policies', 'put', 'edge', file, '--base', '2');
    const put = asked.filter(({ what }) => what === 'PUT policies/edge').map(({ body }) => body);
    assert.deepEqual(
      put,
      [null, 3, 2].map((base) => ({ base, document })),
    );
    assert.equal((await call('policies', 'put', 'edge', join(run, 'none'))).exit, 2);
  });

  it('removes a policy, which is answered without a body', async () => {
    answers['DELETE policies/edge'] = [204, null];
    assert.deepEqual([(await call('policies', 'remove', 'edge')).out], ['removed edge\n']);
  });
});
