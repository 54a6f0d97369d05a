import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { startRig } from './web-rig.ts';
import type { WebRig } from './web-rig.ts';

describe('the files of the page', function () {
  this.timeout(30_000);
  let rig: WebRig;
  let folder: string;
  const html = { headers: { accept: 'text/html' } };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-page-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<title>Tandem</title>');
    writeFileSync(join(folder, 'assets/index-a1b2.js'), 'plain');
    writeFileSync(join(folder, 'assets/index-a1b2.js.br'), brotliCompressSync('compressed'));
    writeFileSync(join(folder, '.secret'), 'secret');
    rig = await startRig({ pageFolder: folder });
  });

  after(async () => {
    await rig.stop();
    rmSync(folder, { recursive: true });
  });

  it('need no login, and the first is asked for again each time', async () => {
    const answer = await rig.ask('GET', '/', html);
    assert.deepEqual([answer.status, answer.text], [200, '<title>Tandem</title>']);
    assert.equal(answer.headers['cache-control'], 'no-cache');
  });

  it('are the first one for every screen', async () => {
    const answer = await rig.ask('GET', '/stack/instances/a/ha/settings', html);
    assert.deepEqual([answer.status, answer.text], [200, '<title>Tandem</title>']);
    assert.equal(answer.headers['cache-control'], 'no-cache');
  });

  it('are not there where a file is missing, or the API has no such path', async () => {
    for (const path of ['/assets/gone.js', '/api/v1/gone', '/metrics/x', '/.secret']) {
      const answer = await rig.ask('GET', path, html);
      assert.deepEqual([path, answer.status, answer.code], [path, 404, 'notFound']);
    }
  });

  it('are kept for ever where their name changes with them', async () => {
    const { headers } = await rig.ask('GET', '/assets/index-a1b2.js');
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.match(String(headers['content-type']), /javascript/);
  });

  it('are sent as they were compressed at the build', async () => {
    const { headers } = await rig.ask('GET', '/assets/index-a1b2.js', { headers: { 'accept-encoding': 'br, gzip' } });
    assert.equal(headers['content-encoding'], 'br');
    assert.match(String(headers['vary']), /accept-encoding/i);
  });
});

describe('a page that was not built', function () {
  this.timeout(30_000);

  it('says how to build it', async () => {
    const rig = await startRig();
    const answer = await rig.ask('GET', '/', { headers: { accept: 'text/html' } });
    await rig.stop();
    assert.equal(answer.status, 503);
    assert.match(answer.text, /npm run build/);
  });
});
