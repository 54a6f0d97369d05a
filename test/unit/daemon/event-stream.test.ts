import assert from 'node:assert/strict';
import { ApiRig, INFO, readLines } from './api-rig.ts';
import { sampleStatus } from './sample-status.ts';

const seqOf = (line: unknown): number => (line as { seq: number }).seq;

describe('the event stream of the API', () => {
  let rig: ApiRig;

  beforeEach(async () => {
    rig = new ApiRig();
    await rig.api.start();
  });

  afterEach(() => rig.remove());

  it('gives what is kept after a number and ends', async () => {
    for (let i = 0; i < 1200; i++) rig.log.append(INFO);
    const reply = await rig.ask('GET', '/events?after=2&follow=false');
    const seqs = reply.text
      .trim()
      .split('\n')
      .map((line) => seqOf(JSON.parse(line)));
    assert.deepEqual([seqs.length, seqs[0], seqs.at(-1)], [1198, 3, 1200]);
    assert.equal((await rig.ask('GET', '/events?after=0&limit=2')).text.trim().split('\n').length, 2);
    assert.equal(seqOf(JSON.parse((await rig.ask('GET', '/events?latest=1&follow=false')).text)), 1200);
    assert.equal((await rig.ask('GET', '/events?after=1200&follow=false')).text, '');
  });

  it('stays open and brings what happens, in order', async () => {
    rig.log.append(INFO);
    const response = await rig.open('GET', '/events?after=0');
    assert.equal(response.headers['tandem-log'], rig.log.id);
    assert.deepEqual((await readLines(response, 1)).map(seqOf), [1]);
    for (let i = 0; i < 500; i++) rig.log.append(INFO);
    assert.deepEqual(
      (await readLines(response, 500)).map(seqOf),
      Array.from({ length: 500 }, (_, i) => i + 2),
    );
  });

  it('begins with a gap and the status when events asked for are not kept any more', async () => {
    for (let i = 0; i < 5003; i++) rig.log.append(INFO);
    const text = (await rig.ask('GET', '/events?after=1&follow=false')).text.trim().split('\n');
    const gap = JSON.parse(text[0]!) as Record<string, unknown>;
    assert.deepEqual(gap, { gap: true, log: rig.log.id, first: 4, last: 5003, status: sampleStatus() });
    assert.deepEqual([text.length, seqOf(JSON.parse(text[1]!))], [5001, 4]);
  });

  it('begins with a gap for a reader that comes from another log', async () => {
    rig.log.append(INFO);
    assert.match((await rig.ask('GET', '/events?after=1&log=other&follow=false')).text, /^\{"gap":true/);
    assert.equal((await rig.ask('GET', `/events?after=1&log=${rig.log.id}&follow=false`)).text, '');
  });

  it('drops a reader that does not take what happens', async () => {
    const response = await rig.open('GET', '/events?after=0');
    const closed = new Promise((resolve) => response.on('close', resolve).on('error', resolve));
    const append = setInterval(() => {
      for (let i = 0; i < 300; i++) rig.log.append(INFO);
    }, 1);
    // Not read at all: paused until it is dropped, then what the kernel still had is read to its end.
    await new Promise((resolve) => {
      const probe = setInterval(() => {
        if (rig.log.last > 40_000) resolve(clearInterval(probe));
      }, 5);
    });
    clearInterval(append);
    response.resume();
    await closed;
    assert.equal((await rig.ask('GET', '/version')).status, 200);
  });

  it('keeps room for others when many follow', async () => {
    const codes: number[] = [];
    for (let i = 0; i < 33; i++) codes.push((await rig.open('GET', '/events')).statusCode ?? 0);
    assert.deepEqual([codes[31], codes[32]], [200, 503]);
    assert.equal((await rig.ask('GET', '/status')).status, 200);
  });

  it('ends with what was said before the engine stopped', async () => {
    const response = await rig.open('GET', '/events');
    const all = readLines(response, 99);
    rig.log.append(INFO);
    await new Promise((resolve) => setTimeout(resolve, 20));
    rig.log.append(INFO);
    await rig.api.stop();
    assert.deepEqual((await all).map(seqOf), [1, 2]);
  });
});
