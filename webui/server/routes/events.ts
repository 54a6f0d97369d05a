/** `GET /events`: what happens, as it happens (core/api/stack.ts says what is in it). */
import * as z from 'zod';
import type { WebContext } from '../context.ts';
import { ApiFailure } from '../errors.ts';
import { MOST_UNSENT } from '../streams.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';

const query = z.strictObject({
  after: z
    .exactOptional(z.coerce.number({ error: 'expected a number from 0 up' }).int().min(0))
    .meta({ description: 'as Last-Event-ID, for a reader that cannot send the header' }),
});

/** Node's longest timer; who logs in for longer opens a new stream then. */
const LONGEST_TIMER = 2 ** 31 - 1;

export function eventRoutes({ streams, sessions, tokens, audit, now }: WebContext): readonly Route[] {
  /** Streams end with what opened them. */
  const ofTokens = new Map<string, Set<() => void>>();
  tokens.onRemoved((id) => {
    for (const end of ofTokens.get(id) ?? []) end();
  });

  return [
    route({
      method: 'GET',
      path: '/api/v1/events',
      access: 'viewer',
      tag: 'events',
      summary: 'server-sent events: snapshot, status patches, journal entries, samples; Last-Event-ID replays the gap',
      query,
      answers: {
        200: { description: 'the stream', content: { 'text/event-stream': { schema: z.string() } } },
      },
      handle({ query: asked, identity, request, reply }) {
        const { actor, session, tokenId, expiresAt } = identity;
        if (!streams.mayOpen(actor.user)) {
          throw new ApiFailure(503, 'tooManyStreams', 'too many streams are open', { retryAfter: 10 });
        }
        const header = request.headers['last-event-id'];
        const last = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : null;
        reply.hijack();
        const out = reply.raw;
        out.writeHead(200, {
          ...(reply.getHeaders() as Record<string, string>),
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        });
        out.socket?.setNoDelay(true);
        const end = streams.open({
          out,
          owner: actor.user,
          after: last ?? asked.after ?? null,
          dropped: () => {
            const why = `the reader left ${MOST_UNSENT / 1024 / 1024} MB unread`;
            audit.refused({ code: 'requestRefused', request: 'GET /api/v1/events', status: 408, why }, actor);
          },
        });
        const undo = [session === null ? () => undefined : sessions.onEnd(session, end)];
        if (tokenId !== null) {
          const ends = ofTokens.get(tokenId) ?? new Set();
          ofTokens.set(tokenId, ends.add(end));
          undo.push(() => void ends.delete(end));
        }
        if (expiresAt !== null) {
          const timer = setTimeout(end, Math.min(LONGEST_TIMER, Math.max(0, expiresAt - now())));
          timer.unref();
          undo.push(() => clearTimeout(timer));
        }
        out.on('close', () => undo.forEach((stop) => stop()));
        return reply;
      },
    }),
  ];
}
