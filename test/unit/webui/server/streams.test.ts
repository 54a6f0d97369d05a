import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { startRig, until } from './web-rig.ts';
import type { Login, WebRig } from './web-rig.ts';
import { MOST_OF_ONE } from '../../../../webui/server/streams.ts';

interface Message {
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
}

interface Reader {
  readonly status: number;
  readonly messages: readonly Message[];
  readonly comments: number;
  readonly ended: boolean;
  close(): void;
}

describe('the stream of events', function () {
  this.timeout(30_000);
  let rig: WebRig;
  let viewer: Login;
  let readers: Reader[] = [];

  beforeEach(async () => {
    rig = await startRig();
    viewer = await rig.login('viewer');
    readers = [];
  });

  afterEach(async () => {
    for (const reader of readers) reader.close();
    await rig.stop();
  });

  function open(headers: Record<string, string> = { cookie: viewer.cookie }, query = ''): Promise<Reader> {
    const path = `/api/v1/events${query}`;
    return new Promise((resolve, reject) => {
      const made = request({
        host: '127.0.0.1',
        port: rig.port,
        path,
        headers,
        rejectUnauthorized: false,
        agent: false,
      });
      made.on('error', reject);
      made.on('response', (response) => {
        made.on('error', () => undefined);
        const reader = read(response, () => made.destroy());
        readers.push(reader);
        resolve(reader);
      });
      made.end();
    });
  }

  const eventsOf = ({ messages }: Reader): readonly string[] =>
    messages.filter(({ event }) => event === 'event').map(({ id }) => id ?? '');

  it('begins with a snapshot, and goes on with patches that fit onto it', async () => {
    const reader = await open();
    await until(() => reader.messages.length > 0, 'the snapshot');
    const [first] = reader.messages;
    assert.equal(first?.event, 'snapshot');
    const { rev } = first.data as { rev: number };
    rig.services.tick();
    await until(() => reader.messages.some(({ event }) => event === 'status'), 'a patch');
    const patch = reader.messages.find(({ event }) => event === 'status')?.data as { base: number; rev: number };
    assert.deepEqual([patch.base, patch.rev], [rev, rev + 1]);
    assert.ok(reader.messages.some(({ event }) => event === 'sample'));
  });

  it('tells what happens, with its number in the journal', async () => {
    const reader = await open();
    await until(() => reader.messages.length > 0, 'the snapshot');
    rig.services.say('role', 'b missed 3 of 3 checks');
    await until(() => eventsOf(reader).length === 1, 'the event');
    const { seq } = rig.services.journal.entries.at(-1)!;
    assert.deepEqual(eventsOf(reader), [String(seq)]);
  });

  it('replays what a reader missed, once and in order, and goes on from there', async () => {
    const last = rig.services.journal.entries.at(-1)!.seq;
    for (let i = 0; i < 450; i += 1) rig.services.say('link', `change ${i}`);
    const reader = await open({ cookie: viewer.cookie, 'last-event-id': String(last) });
    await until(() => eventsOf(reader).length >= 450, 'the replay');
    rig.services.say('link', 'the next one');
    await until(() => eventsOf(reader).length >= 451, 'the next one');
    assert.deepEqual(
      eventsOf(reader),
      Array.from({ length: 451 }, (_, index) => String(last + 1 + index)),
    );
  });

  it('takes the number from the address too, for readers that cannot send the header', async () => {
    const last = rig.services.journal.entries.at(-1)!.seq;
    rig.services.say('link', 'missed');
    const reader = await open({ cookie: viewer.cookie }, `?after=${last}`);
    await until(() => eventsOf(reader).length === 1, 'the replay');
  });

  it('does not wait for numbers of a journal that is gone', async () => {
    const reader = await open({ cookie: viewer.cookie, 'last-event-id': '1000000' });
    await until(() => reader.messages.length > 0, 'the snapshot');
    rig.services.say('link', 'the next one');
    await until(() => eventsOf(reader).length === 1, 'the event');
  });

  it('says every five seconds that it is still there @long', async () => {
    const reader = await open();
    await until(() => reader.comments > 0, 'a comment');
  });

  it('ends with the session that opened it', async () => {
    const reader = await open();
    await until(() => reader.messages.length > 0, 'the snapshot');
    await rig.ask('POST', '/api/v1/logout', { as: viewer, body: {} });
    await until(() => reader.ended, 'the end');
    rig.services.say('link', 'a secret');
    assert.deepEqual(eventsOf(reader), []);
  });

  it('ends with the token that opened it', async () => {
    const admin = await rig.login('admin');
    const made = await rig.ask('POST', '/api/v1/tokens', { as: admin, body: { name: 'tv', role: 'viewer' } });
    const { id, token } = made.json() as { id: string; token: string };
    const reader = await open({ authorization: `Bearer ${token}` });
    await until(() => reader.messages.length > 0, 'the snapshot');
    await rig.ask('DELETE', `/api/v1/tokens/${id}`, { as: admin });
    await until(() => reader.ended, 'the end');
  });

  it('is refused to one who has too many of them @long', async () => {
    for (let i = 0; i < MOST_OF_ONE; i += 1) assert.equal((await open()).status, 200);
    const refused = await rig.ask('GET', '/api/v1/events', { as: viewer });
    assert.deepEqual([refused.status, refused.code], [503, 'tooManyStreams']);
  });

  it('ends when the server stops', async () => {
    const reader = await open();
    await until(() => reader.messages.length > 0, 'the snapshot');
    await rig.server.stop();
    await until(() => reader.ended, 'the end');
  });
});

function read(response: IncomingMessage, close: () => void): Reader {
  const messages: Message[] = [];
  let comments = 0;
  let ended = false;
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const pieces = (rest + chunk).split('\n\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      if (piece.startsWith(':')) comments += 1;
      else messages.push(parse(piece));
    }
  });
  response.on('close', () => (ended = true));
  response.on('error', () => undefined);
  return {
    status: response.statusCode ?? 0,
    messages,
    get comments() {
      return comments;
    },
    get ended() {
      return ended;
    },
    close,
  };
}

function parse(text: string): Message {
  const fields = new Map(
    text.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
  );
  return {
    id: fields.get('id') ?? null,
    event: fields.get('event') ?? '',
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}
