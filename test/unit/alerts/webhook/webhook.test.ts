import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { GivenUp, TryLater } from '../../../../alerts/sink.ts';
import { retryAfterMs, verdictOf } from '../../../../alerts/webhook/answer.ts';
import { createWebhookSink } from '../../../../alerts/webhook/webhook.ts';
import type { WebhookTarget } from '../../../../alerts/webhook/webhook.ts';
import { signedCertificate } from '../../../support/authority.ts';
import { entry } from '../../../support/sample-entry.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const KEY = 'a key of more than sixteen';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('a webhook', () => {
  let servers: Server[];
  let seen: Seen[];

  beforeEach(() => {
    servers = [];
    seen = [];
  });
  afterEach(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function listen(
    answer: (response: ServerResponse) => void,
    tls?: { cert: string; key: string },
  ): Promise<number> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
        answer(response);
      });
    };
    const server =
      tls === undefined ? createServer(handle) : createSecureServer({ cert: tls.cert, key: tls.key }, handle);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  const files = new Map([['/key', `${KEY}\n`]]);
  const sink = (url: string, more: Partial<Omit<WebhookTarget, 'url'>> = {}) =>
    createWebhookSink({
      webhook: { url, secretFile: null, caFile: null, events: [], ...more },
      stack: 'edge',
      version: '1.2.3',
      readSecret: (file) => files.get(file) ?? '\n',
      now: () => NOW,
    });
  const deliver = (to: ReturnType<typeof sink>, signal = new AbortController().signal): Promise<void> =>
    to.deliver(entry(), signal);
  const ok = (response: ServerResponse): void => void response.writeHead(204).end();

  it('is the entry as JSON by POST, with its signature over time and body', async () => {
    const port = await listen(ok);
    await deliver(sink(`http://127.0.0.1:${port}/hook?token=secret`, { secretFile: '/key' }));
    const [{ method, url, headers, body } = assert.fail()] = seen;
    assert.deepEqual([method, url], ['POST', '/hook?token=secret']);
    assert.deepEqual(JSON.parse(body), { stack: 'edge', ...entry() });
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(headers['tandem-event-id'], 'e1');
    const time = NOW / 1000;
    const mac = createHmac('sha256', KEY).update(`${time}.${body}`).digest('hex');
    assert.equal(headers['tandem-signature'], `t=${time},v1=${mac}`);
  });

  it('shows neither query nor fragment of its URL, and no signature without a key', async () => {
    const port = await listen(ok);
    const to = sink(`http://127.0.0.1:${port}/hook?token=secret#x`);
    assert.equal(to.id, `webhook:http://127.0.0.1:${port}/hook`);
    assert.doesNotMatch(JSON.stringify(to), /secret/);
    await deliver(to);
    assert.equal(seen[0]?.headers['tandem-signature'], undefined);
  });

  it('wants the kinds that it is for', () => {
    const to = sink('https://192.0.2.1/', { events: ['role', 'drill'] });
    assert.equal(to.wants(entry({ kind: 'role' })), true);
    assert.equal(to.wants(entry({ kind: 'link' })), false);
  });

  it('does not send unsigned what should be signed', async () => {
    const port = await listen(ok);
    const to = sink(`http://127.0.0.1:${port}/`, { secretFile: '/short' });
    await assert.rejects(deliver(to), /\/short: expected a key of at least 16 characters, found 0/);
    assert.deepEqual(seen, []);
  });

  const ANSWERS: readonly (readonly [status: number, kind: 'taken' | 'again' | 'later' | 'never', after?: string])[] = [
    [200, 'taken'],
    [204, 'taken'],
    [301, 'never'],
    [307, 'never'],
    [400, 'never'],
    [404, 'never'],
    [408, 'again'],
    [429, 'later', '7'],
    [429, 'again', 'soon'],
    [500, 'again'],
    [503, 'later', 'Sat, 21 Nov 2026 12:00:30 GMT'],
  ];

  it('knows from the answer whether to repeat', () => {
    for (const [status, kind, after] of ANSWERS) {
      const verdict = verdictOf(status, after, NOW);
      const found =
        verdict === null
          ? 'taken'
          : verdict instanceof GivenUp
            ? 'never'
            : verdict instanceof TryLater
              ? 'later'
              : 'again';
      assert.equal(found, kind, `${status} ${after}`);
    }
    assert.equal(retryAfterMs('7', NOW), 7000);
    assert.equal(retryAfterMs('Sat, 21 Nov 2026 12:00:30 GMT', NOW), 30_000);
    assert.equal(retryAfterMs('Sat, 21 Nov 2020 12:00:30 GMT', NOW), 0);
  });

  it('follows no redirection', async () => {
    const port = await listen((response) => void response.writeHead(307, { location: '/elsewhere' }).end());
    await assert.rejects(deliver(sink(`http://127.0.0.1:${port}/`)), /status 307: redirections are not followed/);
    assert.equal(seen.length, 1);
  });

  it('does not read an endless answer', async () => {
    const port = await listen((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    await deliver(sink(`http://127.0.0.1:${port}/`));
  });

  it('ends when it is told to, and says why', async () => {
    const port = await listen(() => undefined);
    const controller = new AbortController();
    const delivering = deliver(sink(`http://127.0.0.1:${port}/`), controller.signal);
    controller.abort(new Error('the manager stops'));
    await assert.rejects(delivering, /the manager stops/);
  });

  it('notices that the receiver ends without an answer', async () => {
    const port = await listen((response) => void response.destroy());
    await assert.rejects(deliver(sink(`http://127.0.0.1:${port}/`)), /hang up|without an answer/);
  });

  it('trusts the authorities of its file, and without one those of Node alone', async () => {
    const signed = await signedCertificate('127.0.0.1');
    files.set('/ca.pem', signed.ca);
    files.set('/other.pem', (await signedCertificate('127.0.0.1')).ca);
    const port = await listen(ok, signed);
    const to = (caFile: string | null): Promise<void> => deliver(sink(`https://127.0.0.1:${port}/`, { caFile }));
    await assert.rejects(to(null), /unable to verify|unable to get/);
    await assert.rejects(to('/other.pem'), /unable to|signature failure|self-signed/);
    assert.deepEqual(seen, []);
    await to('/ca.pem');
    assert.equal(seen.length, 1);
  });

  it('checks that the certificate is for the name in its URL', async () => {
    const signed = await signedCertificate('hooks.example.net');
    files.set('/ca.pem', signed.ca);
    const port = await listen(ok, signed);
    await assert.rejects(deliver(sink(`https://127.0.0.1:${port}/`, { caFile: '/ca.pem' })), /IP.*not in the cert/i);
    assert.deepEqual(seen, []);
  });

  it('sends nothing where the file of its authorities holds none, and trusts nobody instead', async () => {
    const signed = await signedCertificate('127.0.0.1');
    const port = await listen(ok, signed);
    const to = sink(`https://127.0.0.1:${port}/`, { caFile: '/empty.pem' });
    await assert.rejects(deliver(to), /^Error: \/empty\.pem: it holds no certificate in PEM form$/);
    assert.deepEqual(seen, []);
  });
});
