import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { performCheck } from '../../../monitors/track-check/check.ts';
import { parseHostPort } from '../../../monitors/track-check/tcp.ts';

const portOf = (server: Server | HttpServer): number => (server.address() as AddressInfo).port;
const listen = (server: Server | HttpServer): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
const close = (server: Server | HttpServer): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

describe('a check by TCP', () => {
  const tcp = (target: string) => performCheck({ type: 'tcp', target }, 10_000);

  it('is good where a connection is accepted, which is closed at once with nothing sent', async () => {
    let received = 0;
    let closed: () => void;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = createServer((socket) => {
      socket.on('data', (chunk) => (received += chunk.length));
      socket.on('close', () => closed());
    });
    await listen(server);
    assert.deepEqual(await tcp(`127.0.0.1:${portOf(server)}`), { good: true, detail: 'connected' });
    await gone;
    assert.equal(received, 0);
    await close(server);
  });

  it('is bad where none is', async () => {
    const server = createServer();
    await listen(server);
    const port = portOf(server);
    await close(server);
    const { good, detail } = await tcp(`127.0.0.1:${port}`);
    assert.equal(good, false);
    assert.match(detail, /ECONNREFUSED/);
  });

  it('is bad with a target that is none', async () => {
    assert.deepEqual(await tcp('nowhere'), { good: false, detail: 'the target is not host:port' });
  });

  it('reads names, addresses and addresses in brackets', () => {
    assert.deepEqual(parseHostPort('db.example:5432'), { host: 'db.example', port: 5432 });
    assert.deepEqual(parseHostPort('[2001:db8::1]:80'), { host: '2001:db8::1', port: 80 });
    assert.deepEqual(parseHostPort('[fe80::1%eth0]:80'), { host: 'fe80::1%eth0', port: 80 });
    for (const wrong of ['2001:db8::1:80', 'host', 'host:', ':80', 'host:0', 'host:65536', '[]:80', 'host:8x']) {
      assert.equal(parseHostPort(wrong), null, wrong);
    }
  });
});

describe('a check by HTTP', () => {
  const asked: string[] = [];
  const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
    '/good': (_, response) => response.end('fine'),
    '/empty': (_, response) => response.writeHead(204).end(),
    '/moved': (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    '/missing': (_, response) => response.writeHead(404).end('no'),
    '/broken': (_, response) => response.writeHead(503).end('no'),
    '/silent': () => undefined,
    '/closed': (request) => request.socket.destroy(),
    '/drip': (_, response) => response.write('and then nothing'),
    '/cut': (request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => request.socket.destroy());
    },
    // Without a length and closed by the server: the end of the connection is the end of the body.
    '/old': (request) => request.socket.end('HTTP/1.0 200 OK\r\n\r\nold'),
    '/garbage': (request) => request.socket.end('this is no HTTP\r\n\r\n'),
    '/endless': (_, response) => {
      const more = (): void => {
        while (response.write(Buffer.alloc(16_384))) continue;
        response.once('drain', more);
      };
      more();
    },
  };
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.on('error', () => undefined);
    answers[new URL(request.url!, 'http://host').pathname]?.(request, response);
  });
  before(() => listen(server));
  after(async () => {
    server.closeAllConnections();
    await close(server);
  });
  const http = (path: string, timeoutMs = 10_000) =>
    performCheck({ type: 'http', target: `http://127.0.0.1:${portOf(server)}${path}` }, timeoutMs);

  it('is good with a status of 200 to 399', async () => {
    assert.deepEqual(await http('/good'), { good: true, detail: 'HTTP 200' });
    assert.deepEqual(await http('/empty'), { good: true, detail: 'HTTP 204' });
    assert.deepEqual(await http('/old'), { good: true, detail: 'HTTP 200' });
    assert.deepEqual(await http('/missing'), { good: false, detail: 'HTTP 404' });
    assert.deepEqual(await http('/broken'), { good: false, detail: 'HTTP 503' });
  });

  it('does not follow a redirect, which is an answer', async () => {
    asked.length = 0;
    assert.deepEqual(await http('/moved'), { good: true, detail: 'HTTP 302' });
    assert.deepEqual(asked, ['GET /moved']);
  });

  it('is bad without an answer in time, or with one that does not end', async () => {
    const late = { good: false, detail: 'no answer within 200 ms' };
    assert.deepEqual(await http('/silent', 200), late);
    assert.deepEqual(await http('/drip', 200), late);
  });

  it('is bad where the connection is closed too soon', async () => {
    assert.equal((await http('/closed')).good, false);
    assert.equal((await http('/cut')).good, false);
    assert.equal((await http('/garbage')).good, false);
  });

  it('reads no more of a body than it must', async () => {
    assert.deepEqual(await http('/endless'), { good: true, detail: 'HTTP 200' });
  });

  it('repeats nothing of the URL, which may carry a token', async () => {
    for (const path of ['/broken', '/closed', '/silent']) {
      assert.doesNotMatch((await http(`${path}?token=hush`, 200)).detail, /hush/);
    }
  });

  it('is bad with a target that is no URL of its kind', async () => {
    for (const target of ['nowhere', 'ftp://127.0.0.1/', 'file:///etc/passwd']) {
      const outcome = await performCheck({ type: 'http', target }, 10_000);
      assert.deepEqual(outcome, { good: false, detail: 'the target is no http or https URL' });
    }
  });
});
