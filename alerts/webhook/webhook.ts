/** A receiver of webhooks: each entry as JSON by POST, signed, repeated by the queue until it is taken. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../../config/schema.ts';
import type { JournalEntry } from '../../core/api/journal.ts';
import type { Ms } from '../../core/clock.ts';
import { readAuthorities } from '../authorities.ts';
import type { Sink } from '../sink.ts';
import { verdictOf } from './answer.ts';
import { SIGNATURE_HEADER, signature } from './signature.ts';

export type WebhookTarget = Config['alerts']['webhooks'][number];

export interface WebhookSinkOptions {
  readonly webhook: WebhookTarget;
  readonly stack: string;
  readonly version: string;
  readonly readSecret: (file: string) => string | Promise<string>;
  /** Wall time, ms. */
  readonly now: () => number;
}

const ANSWER_MS: Ms = 10_000;
/** More of an answer is not read: nobody looks at it. */
const MOST_ANSWER = 16_384;
const SHORTEST_KEY = 16;

export function createWebhookSink(options: WebhookSinkOptions): Sink {
  const { webhook, stack, version, readSecret, now } = options;
  const url = new URL(webhook.url);
  // A query or a fragment may hold a key: never shown.
  const target = `${url.origin}${url.pathname}`;
  const closing = new AbortController();

  async function key(): Promise<Buffer | null> {
    if (webhook.secretFile === null) return null;
    const text = (await readSecret(webhook.secretFile)).trim();
    if (text.length >= SHORTEST_KEY) return Buffer.from(text);
    throw new Error(
      `${webhook.secretFile}: expected a key of at least ${SHORTEST_KEY} characters, found ${text.length}`,
    );
  }

  return {
    id: `webhook:${target}`,
    kind: 'webhook',
    target,
    detail: [
      webhook.secretFile === null ? 'not signed' : 'signed',
      webhook.events.length === 0 ? 'every event' : `only ${webhook.events.join(', ')}`,
    ].join(', '),
    promised: true,
    wants: ({ kind }) => webhook.events.length === 0 || webhook.events.includes(kind),
    async deliver(entry, signal) {
      const secret = await key();
      const ca = await readAuthorities(webhook.caFile, readSecret);
      const body = webhookBody(entry, stack);
      const seconds = Math.floor(now() / 1000);
      const { status, retryAfter } = await post(url, {
        body,
        headers: {
          'user-agent': `tandem/${version}`,
          'tandem-event-id': entry.id,
          ...(secret === null ? {} : { [SIGNATURE_HEADER]: signature(secret, body, seconds) }),
        },
        signal: AbortSignal.any([signal, closing.signal]),
        ca,
      });
      const trouble = verdictOf(status, retryAfter, now());
      if (trouble !== null) throw trouble;
    },
    async close() {
      closing.abort(new Error('closed'));
    },
  };
}

/** The entry as the API gives it, with its stack. */
export const webhookBody = (entry: JournalEntry, stack: string): string => JSON.stringify({ stack, ...entry });

interface Post {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Null: the authorities that Node trusts. */
  readonly ca: string | null;
}

/** One request on a connection of its own. Redirections are answers like others; certificates are always checked. */
function post(
  url: URL,
  { body, headers, signal, ca }: Post,
): Promise<{ status: number; retryAfter: string | undefined }> {
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      agent: false,
      signal,
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length },
      ...(ca === null ? {} : { ca }),
    });
    let answered = false;
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
    request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    request.on('close', () => {
      clearTimeout(timer);
      if (!answered) reject(new Error('the receiver closed the connection without an answer'));
    });
    request.on('response', (response) => {
      answered = true;
      readLittle(response);
      const after = response.headers['retry-after'];
      response.on('close', () => resolve({ status: response.statusCode ?? 0, retryAfter: after }));
    });
    request.end(bytes);
  });
}

/** Reads to the end, or to where it gets too long. */
function readLittle(response: IncomingMessage): void {
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MOST_ANSWER) response.destroy();
  });
  response.on('error', () => undefined);
}
