/** For machines that watch this one. */
import * as z from 'zod';
import type { WebContext } from '../context.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';

const text = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } });

export function healthRoutes({ services }: WebContext, metrics: Metrics): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/healthz',
      access: 'public',
      tag: 'health',
      summary: '200 while the manager has its engine, 503 with the reason otherwise',
      answers: { 200: text('ok'), 503: text('why not') },
      handle({ reply }) {
        const { engine } = services.copy.snapshot();
        void reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8');
        if (engine.reachable) return reply.send('ok\n');
        return reply.code(503).send(`the engine does not answer: ${engine.error ?? 'not reached yet'}\n`);
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      access: 'viewer',
      tag: 'health',
      summary: 'everything that counts, for Prometheus',
      answers: { 200: text('text exposition format') },
      async handle({ reply }) {
        return reply.type(metrics.contentType).send(await metrics.text());
      },
    }),
  ];
}
