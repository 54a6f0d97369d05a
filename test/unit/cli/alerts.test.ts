import assert from 'node:assert/strict';
import { rmSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tandem } from './fake-engine.ts';

describe('tandem alerts test', () => {
  let run: string;
  let server: Server;
  let asked: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: unknown }[];
  let answer: unknown;

  beforeEach(async () => {
    run = mkdtempSync(join(tmpdir(), 'tandem-alerts-'));
    asked = [];
    answer = { results: [{ sink: 'syslog:192.0.2.9:514/udp', ok: true, text: 'sent; UDP gives no receipt' }] };
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      request.on('end', () => {
        asked.push({ path: `${request.method} ${request.url}`, headers: request.headers, body: JSON.parse(text) });
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(join(run, 'manager.sock'), resolve));
  });

  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(run, { recursive: true });
  });

  it('asks the manager, in the name of the person behind sudo', async () => {
    const { exit, out } = await tandem(['alerts', 'test', '--run', run]);
    assert.deepEqual([exit, out], [0, 'ok      syslog:192.0.2.9:514/udp  sent; UDP gives no receipt\n']);
    assert.equal(asked[0]?.path, 'POST /api/v1/alerts/test');
    assert.deepEqual(asked[0]?.body, { sink: null });
    assert.equal(asked[0]?.headers['x-tandem-user'], 'ann');
  });

  it('fails where a receiver did not take it', async () => {
    answer = { results: [{ sink: 'trap:192.0.2.9:162', ok: false, text: 'no answer within 5 s' }] };
    const { exit, out } = await tandem(['alerts', 'test', 'trap:192.0.2.9:162', '--run', run]);
    assert.deepEqual([exit, out], [1, 'failed  trap:192.0.2.9:162  no answer within 5 s\n']);
    assert.deepEqual(asked[0]?.body, { sink: 'trap:192.0.2.9:162' });
  });

  it('says that no receiver is configured, and that no manager runs', async () => {
    answer = { results: [] };
    assert.match((await tandem(['alerts', 'test', '--run', run])).out, /no receiver is configured/);
    const { exit, err } = await tandem(['alerts', 'test', '--run', join(run, 'nowhere')]);
    assert.equal(exit, 3);
    assert.match(err, /no manager has its socket/);
  });

  it('can do nothing else', async () => {
    assert.equal((await tandem(['alerts', 'list', '--run', run])).exit, 2);
  });
});
