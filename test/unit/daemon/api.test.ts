import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { ActionAnswer, ActionRequest } from '../../../core/action.ts';
import { systemClock } from '../../../core/clock.ts';
import type { EventBody } from '../../../core/event.ts';
import type { Status } from '../../../core/status.ts';
import { createApi } from '../../../daemon/engine/api.ts';
import type { Api } from '../../../daemon/engine/api.ts';
import { groupId } from '../../../daemon/engine/api-socket.ts';
import { createEventLog } from '../../../daemon/engine/event-log.ts';
import type { EventLog } from '../../../daemon/engine/event-log.ts';
import { sampleRouter, sampleStatus } from './sample-status.ts';

const INFO: EventBody = { kind: 'address', severity: 'info', reason: { code: 'addressesTaken', count: 1 } };

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

describe('the API of the engine', () => {
  let directory: string;
  let socketPath: string;
  let log: EventLog;
  let api: Api;
  let status: () => Status;
  let asked: ActionRequest[];
  let answer: ActionAnswer;
  const opened: { destroy(): unknown }[] = [];

  const make = (): Api =>
    createApi({
      socketPath,
      group: 'no-such-group',
      view: { status: () => status() },
      events: log,
      act: (action) => (asked.push(action), answer),
      setLogLevel: (level) => level === 'debug',
    });

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tandem-api-'));
    socketPath = join(directory, 'engine.sock');
    log = createEventLog({ instance: 'a', clock: systemClock, limit: 5000 });
    status = sampleStatus;
    asked = [];
    answer = { actionId: 'act-1' };
    api = make();
    await api.start();
  });

  afterEach(async () => {
    for (const each of opened.splice(0)) each.destroy();
    await api.stop();
    rmSync(directory, { recursive: true });
  });

  const open = (method: string, path: string, body?: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const req = request(
        {
          socketPath,
          method,
          path,
          agent: false,
          headers: body === undefined ? {} : { 'content-length': body.length },
        },
        resolve,
      );
      req.on('error', reject);
      opened.push(req);
      req.end(body);
    });

  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await open(
      method,
      path,
      body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    );
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  };

  const raw = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = createConnection(socketPath);
      opened.push(socket);
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
      socket
        .on('close', () => resolve(text))
        .on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)));
      socket.write(bytes);
    });

  /** Reads lines of an open stream until `count` are there. */
  const lines = async (response: IncomingMessage, count: number): Promise<unknown[]> => {
    let text = '';
    for await (const chunk of response.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (text.split('\n').length > count) break;
    }
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  };

  const errorCode = (reply: Answer): string => (JSON.parse(reply.text) as { error: { code: string } }).error.code;
  const seqOf = (line: unknown): number => (line as { seq: number }).seq;

  it('answers with the status', async () => {
    const reply = await ask('GET', '/status');
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(JSON.parse(reply.text), sampleStatus());
  });

  it('answers with routers, version and why', async () => {
    assert.deepEqual(JSON.parse((await ask('GET', '/routers')).text), { routers: [sampleRouter()] });
    const version = JSON.parse((await ask('GET', '/version')).text) as Record<string, unknown>;
    assert.deepEqual([version['version'], version['instance'], version['pid']], ['0.1.0', 'a', process.pid]);
    const why = JSON.parse((await ask('GET', '/why')).text) as Record<string, unknown>;
    assert.deepEqual([why['role'], why['chain']], ['active', ['no advert for wan for 3.61 s']]);
  });

  describe('actions', () => {
    it('accepts a switchover with what it says, and tells where its events begin', async () => {
      log.append(INFO);
      const reply = await ask('POST', '/actions/switchover', {
        hold: 'until-released',
        force: true,
        by: 'ann\u001b[31m',
      });
      assert.equal(reply.status, 202);
      assert.deepEqual(JSON.parse(reply.text), { actionId: 'act-1', after: 1, log: log.id });
      assert.deepEqual(asked, [{ action: 'switchover', hold: { kind: 'untilReleased' }, force: true, by: 'ann[31m' }]);
    });

    it('takes an empty body for the defaults', async () => {
      await ask('POST', '/actions/switchover');
      await ask('POST', '/actions/switchover', { releaseHold: true, by: 'ann' });
      await ask('POST', '/actions/reload');
      assert.deepEqual(asked, [
        { action: 'switchover', hold: { kind: 'for', ms: 600_000 }, force: false, by: 'the API' },
        { action: 'releaseHold', by: 'ann' },
        { action: 'reload', by: 'the API' },
      ]);
    });

    it('says why one is refused', async () => {
      answer = { refused: { code: 'notActive', text: 'this instance is not active' } };
      const reply = await ask('POST', '/actions/switchover');
      assert.equal(reply.status, 409);
      assert.deepEqual(JSON.parse(reply.text), { error: { code: 'notActive', text: 'this instance is not active' } });
    });

    for (const body of [
      { hold: 'soon' },
      { hold: 10 },
      { hold: '1ms' },
      { force: 'yes' },
      { by: 7 },
      { unknown: 1 },
      { releaseHold: 0 },
    ]) {
      it(`refuses ${JSON.stringify(body)} as a mistake`, async () => {
        const reply = await ask('POST', '/actions/switchover', body);
        assert.deepEqual([reply.status, errorCode(reply), asked.length], [400, 'invalidBody', 0]);
      });
    }

    it('answers 501 for what this version lacks', async () => {
      const lacking = [
        ask('GET', '/peers'),
        ask('GET', '/links'),
        ask('POST', '/actions/maintenance', { on: true }),
        ask('POST', '/actions/bypass'),
        ask('POST', '/actions/flaps'),
        ask('POST', '/actions/switchover', { to: 'b' }),
      ];
      for (const reply of await Promise.all(lacking))
        assert.deepEqual([reply.status, errorCode(reply)], [501, 'notInThisVersion']);
      assert.equal(asked.length, 0);
    });

    it('sets the level of the log', async () => {
      assert.deepEqual(JSON.parse((await ask('POST', '/log-level', { level: 'debug' })).text), { level: 'debug' });
      assert.equal((await ask('POST', '/log-level', { level: 'loud' })).status, 400);
      assert.equal((await ask('POST', '/log-level')).status, 400);
    });
  });

  describe('hostile input', () => {
    it('answers unknown paths 404 and wrong methods 405', async () => {
      const missing = await ask('GET', '/__proto__');
      assert.deepEqual([missing.status, errorCode(missing)], [404, 'notFound']);
      const wrong = await ask('DELETE', '/status');
      assert.deepEqual([wrong.status, errorCode(wrong), wrong.headers['allow']], [405, 'methodNotAllowed', 'GET']);
    });

    for (const body of ['{', '[]', 'null', '"x"', '\u0000']) {
      it(`answers the body ${JSON.stringify(body)} with 400`, async () => {
        const reply = await ask('POST', '/actions/reload', body);
        assert.deepEqual([reply.status, errorCode(reply)], [400, 'invalidBody']);
      });
    }

    it('takes no body over 64 KiB', async () => {
      const text = await raw(
        `POST /actions/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n${' '.repeat(70_000)}`,
      );
      assert.match(text, /^HTTP\/1\.1 413 /);
      assert.equal(asked.length, 0);
    });

    it('takes no headers over 8 KiB', async () => {
      assert.match(
        await raw(`GET /status HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`),
        /^HTTP\/1\.1 431 /,
      );
    });

    for (const bytes of [
      'garbage\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01',
      'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      it(`survives ${JSON.stringify(bytes)}`, async () => {
        const text = await raw(bytes);
        assert.ok(text === '' || text.startsWith('HTTP/1.1 400'), text);
        assert.equal((await ask('GET', '/status')).status, 200);
      });
    }

    for (const query of [
      'after=-1',
      'after=x',
      'after=1e3',
      'limit=',
      'follow=maybe',
      'since=1',
      'latest=9999999999999999999',
    ]) {
      it(`answers /events?${query} with 400`, async () =>
        assert.equal((await ask('GET', `/events?${query}`)).status, 400));
    }

    it('turns a mistake of the engine into 500', async () => {
      status = () => {
        throw new Error('no status today');
      };
      const reply = await ask('GET', '/status');
      assert.deepEqual([reply.status, errorCode(reply)], [500, 'internal']);
      status = sampleStatus;
      assert.equal((await ask('GET', '/status')).status, 200);
    });
  });

  describe('the event stream', () => {
    it('gives what is kept after a number and ends', async () => {
      for (let i = 0; i < 1200; i++) log.append(INFO);
      const reply = await ask('GET', '/events?after=2&follow=false');
      const seqs = reply.text
        .trim()
        .split('\n')
        .map((line) => seqOf(JSON.parse(line)));
      assert.deepEqual([seqs.length, seqs[0], seqs.at(-1)], [1198, 3, 1200]);
      assert.equal((await ask('GET', '/events?after=0&limit=2')).text.trim().split('\n').length, 2);
      assert.equal(seqOf(JSON.parse((await ask('GET', '/events?latest=1&follow=false')).text)), 1200);
      assert.equal((await ask('GET', '/events?after=1200&follow=false')).text, '');
    });

    it('stays open and brings what happens, in order', async () => {
      log.append(INFO);
      const response = await open('GET', '/events?after=0');
      assert.equal(response.headers['tandem-log'], log.id);
      assert.deepEqual((await lines(response, 1)).map(seqOf), [1]);
      for (let i = 0; i < 500; i++) log.append(INFO);
      assert.deepEqual(
        (await lines(response, 500)).map(seqOf),
        Array.from({ length: 500 }, (_, i) => i + 2),
      );
    });

    it('begins with a gap and the status when events asked for are not kept any more', async () => {
      for (let i = 0; i < 5003; i++) log.append(INFO);
      const text = (await ask('GET', '/events?after=1&follow=false')).text.trim().split('\n');
      const gap = JSON.parse(text[0]!) as Record<string, unknown>;
      assert.deepEqual(gap, { gap: true, log: log.id, first: 4, last: 5003, status: sampleStatus() });
      assert.deepEqual([text.length, seqOf(JSON.parse(text[1]!))], [5001, 4]);
    });

    it('begins with a gap for a reader that comes from another log', async () => {
      log.append(INFO);
      assert.match((await ask('GET', '/events?after=1&log=other&follow=false')).text, /^\{"gap":true/);
      assert.equal((await ask('GET', `/events?after=1&log=${log.id}&follow=false`)).text, '');
    });

    it('drops a reader that does not take what happens', async () => {
      const response = await open('GET', '/events?after=0');
      const closed = new Promise((resolve) => response.on('close', resolve).on('error', resolve));
      const append = setInterval(() => {
        for (let i = 0; i < 300; i++) log.append(INFO);
      }, 1);
      // Not read at all: paused until it is dropped, then what the kernel still had is read to its end.
      await new Promise((resolve) => {
        const probe = setInterval(() => {
          if (log.last > 40_000) resolve(clearInterval(probe));
        }, 5);
      });
      clearInterval(append);
      response.resume();
      await closed;
      assert.equal((await ask('GET', '/version')).status, 200);
    });

    it('keeps room for others when many follow', async () => {
      const codes: number[] = [];
      for (let i = 0; i < 33; i++) codes.push((await open('GET', '/events')).statusCode ?? 0);
      assert.deepEqual([codes[31], codes[32]], [200, 503]);
      assert.equal((await ask('GET', '/status')).status, 200);
    });

    it('ends with what was said before the engine stopped', async () => {
      const response = await open('GET', '/events');
      const all = lines(response, 99);
      log.append(INFO);
      await new Promise((resolve) => setTimeout(resolve, 20));
      log.append(INFO);
      await api.stop();
      assert.deepEqual((await all).map(seqOf), [1, 2]);
    });
  });

  describe('the socket', () => {
    it('can be used by owner and group alone, and is gone after stop', async () => {
      assert.equal(statSync(socketPath).mode & 0o777, 0o660);
      await api.stop();
      await api.stop();
      assert.equal(existsSync(socketPath), false);
      await api.start();
    });

    it('is not taken from an engine that answers', async () => {
      await assert.rejects(make().start(), /another engine answers on .*engine\.sock/);
      assert.equal((await ask('GET', '/status')).status, 200);
    });

    it('is taken when it was left by a dead one', async () => {
      await api.stop();
      const { spawnSync } = await import('node:child_process');
      spawnSync(process.execPath, [
        '-e',
        `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`,
      ]);
      assert.ok(lstatSync(socketPath).isSocket());
      await api.start();
      assert.equal((await ask('GET', '/status')).status, 200);
    });

    it('does not replace a file that is no socket', async () => {
      await api.stop();
      writeFileSync(socketPath, 'precious');
      await assert.rejects(api.start(), /exists and is no socket/);
      rmSync(socketPath);
    });

    it('is refused where its path is too long for the kernel', async () => {
      const long = createApi({
        socketPath: join(directory, 'x'.repeat(100), 'engine.sock'),
        group: 'no-such-group',
        view: { status },
        events: log,
        act: () => answer,
        setLogLevel: () => true,
      });
      await assert.rejects(long.start(), /longer than 107 bytes/);
    });

    it('is refused with a sentence where the folder is missing', async () => {
      await api.stop();
      rmSync(directory, { recursive: true });
      await assert.rejects(api.start(), /the run directory .* does not exist/);
      directory = mkdtempSync(join(tmpdir(), 'tandem-api-'));
    });

    it('survives more connections than it takes', async () => {
      const sockets = Array.from({ length: 100 }, () => createConnection(socketPath));
      for (const socket of sockets) opened.push(socket.on('error', () => {}));
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const socket of sockets) socket.destroy();
      let code = 0;
      while (code !== 200)
        code = await ask('GET', '/status').then(
          (reply) => reply.status,
          () => 0,
        );
    });
  });

  it('reads the id of a group from the file', () => {
    const file = join(directory, 'group');
    writeFileSync(file, 'root:x:0:\ntandem:x:998:ann,bob\nbad:x::\n');
    assert.deepEqual(
      [groupId('tandem', file), groupId('bad', file), groupId('x', file), groupId('x', `${file}2`)],
      [998, null, null, null],
    );
  });

  it('makes the status of 255 routers in one piece (prints how long that stands in the way of an advert)', async () => {
    const routers = Array.from({ length: 255 }, (_, i) =>
      sampleRouter({ name: `router-${i}`, id: i + 1, addresses: [`203.0.113.${i}/24`] }),
    );
    const large = sampleStatus({ routers });
    status = () => large;
    const times: number[] = [];
    for (let i = 0; i < 30; i++) {
      const from = performance.now();
      JSON.stringify(large);
      times.push(performance.now() - from);
    }
    const reply = await ask('GET', '/status');
    assert.equal((JSON.parse(reply.text) as Status).routers.length, 255);
    times.sort((a, b) => a - b);
    console.log(
      `      ${Math.round(reply.text.length / 1000)} kB, median ${times[15]!.toFixed(2)} ms, worst ${times[29]!.toFixed(2)} ms`,
    );
  });

  it('answers an address that somebody else listens on without HTTP as in use', async () => {
    await api.stop();
    const other = createServer().listen(socketPath);
    await new Promise((resolve) => other.on('listening', resolve));
    await assert.rejects(api.start(), /another engine answers/);
    await new Promise((resolve) => other.close(resolve));
  });
});
