import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tandem } from './fake-engine.ts';

describe('tandem leader', () => {
  const B_LEADS = {
    IsSelf: false,
    HAEnabled: true,
    LeaderAddress: '192.0.2.2:8443',
    LeaderClusterAddress: 'https://192.0.2.2:8443',
  };
  let run: string;
  let server: Server;
  let asked: string[];
  let status: number;
  let answer: unknown;

  beforeEach(async () => {
    run = mkdtempSync(join(tmpdir(), 'tandem-leader-'));
    asked = [];
    status = 200;
    answer = B_LEADS;
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(status, status === 307 ? { location: 'https://192.0.2.2:8443/' } : {});
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(join(run, 'manager.sock'), resolve));
  });

  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(run, { recursive: true });
  });

  for (const [what, change, text] of [
    ['is elsewhere', {}, /^this instance does not lead: it sends clients to https:\/\/192\.0\.2\.2:8443\n$/],
    ['is here', { IsSelf: true }, /^this instance leads; the others send clients to https:\/\/192\.0\.2\.2:8443\n$/],
    ['is nobody', { LeaderAddress: '', LeaderClusterAddress: '' }, /^nobody leads, or it is not known where/],
    ['has no other beside it', { IsSelf: true, HAEnabled: false }, /^this instance leads: there is no other/],
  ] as const) {
    it(`says that the leader ${what}`, async () => {
      answer = { ...B_LEADS, ...change };
      const { exit, out } = await tandem(['leader', '--run', run]);
      assert.equal(exit, 0);
      assert.match(out, text);
    });
  }

  it('gives programs what the manager answered', async () => {
    const { exit, out } = await tandem(['leader', '--json', '--run', run]);
    assert.deepEqual([exit, JSON.parse(out), asked], [0, B_LEADS, ['GET /v1/system/leader']]);
  });

  it('fails with the reason where the store does, and says that no manager runs', async () => {
    status = 500;
    answer = { error: { code: 'storeFailed', text: 'the store cannot be asked who leads: the disk is full' } };
    const failed = await tandem(['leader', '--run', run]);
    assert.equal(failed.exit, 1);
    assert.match(failed.err, /the disk is full/);
    const alone = await tandem(['leader', '--run', join(run, 'nowhere')]);
    assert.equal(alone.exit, 3);
    assert.match(alone.err, /no manager has its socket/);
  });

  it('takes a redirect for what it is: this instance does not do it', async () => {
    status = 307;
    answer = { error: { code: 'notLeader', text: 'b leads the stack: ask https://192.0.2.2:8443' } };
    const { exit, out } = await tandem(['leader', '--json', '--run', run]);
    assert.deepEqual([exit, JSON.parse(out)], [1, answer]);
  });

  it('takes no operand', async () => {
    assert.equal((await tandem(['leader', 'b', '--run', run])).exit, 2);
  });
});
