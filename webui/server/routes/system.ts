/** For programs and load balancers that know a stack by its addresses alone: who leads, and whether this one is well. Always about the instance that is asked. */
import * as z from 'zod';
import { authorityOf } from '../../../core/leader.ts';
import type { WebContext } from '../context.ts';
import { ApiFailure } from '../errors.ts';
import { metricsJson } from '../metrics/json.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { healthAnswer, infoAnswer, leaderAnswer, metricsAnswer, metricsQuery } from '../schemas/system.ts';

export function systemRoutes({ services, now }: WebContext, metrics: Metrics): readonly Route[] {
  const { instance, stack, version, storageBackend, leader, copy } = services;
  return [
    route({
      method: 'GET',
      path: '/v1/system/leader',
      access: 'public',
      tag: 'system',
      summary: 'who leads the stack, as this instance knows it',
      answers: { 200: leaderAnswer },
      handle() {
        const { isSelf, haEnabled, address, failed, text } = leader.state();
        if (failed) throw new ApiFailure(500, 'storeFailed', `the store cannot be asked who leads: ${text}`);
        return {
          IsSelf: isSelf,
          HAEnabled: haEnabled,
          LeaderAddress: authorityOf(address),
          LeaderClusterAddress: address ?? '',
        };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/system/health',
      access: 'public',
      tag: 'system',
      summary: '200 while the manager has its engine, 503 otherwise',
      answers: { 200: healthAnswer, 503: healthAnswer },
      handle({ reply }) {
        if (copy.snapshot().engine.reachable) return { status: 'ok' };
        return reply.code(503).send({ status: 'engine not reachable' });
      },
    }),
    route({
      method: 'GET',
      path: '/v1/system/info',
      access: 'viewer',
      tag: 'system',
      summary: 'what this instance is, and where the stack keeps what it agrees on',
      answers: { 200: infoAnswer },
      handle: () => ({ StorageBackend: storageBackend, Version: version, Stack: stack, Instance: instance }),
    }),
    route({
      method: 'GET',
      path: '/v1/system/metrics',
      access: 'viewer',
      tag: 'system',
      summary: 'everything that counts, as JSON or for Prometheus (as /metrics)',
      query: metricsQuery,
      answers: {
        200: {
          description: 'by `format`',
          content: { 'application/json': { schema: metricsAnswer }, 'text/plain': { schema: z.string() } },
        },
      },
      async handle({ query, reply }) {
        if (query.format === 'json') return metricsJson(await metrics.values(), now());
        return reply.type(metrics.contentType).send(await metrics.text());
      },
    }),
  ];
}
