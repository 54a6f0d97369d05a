/** Who is told, and whether they hear. */
import type { WebContext } from '../context.ts';
import { ApiFailure } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { alertTest, alertTestResults, sinkList } from '../schemas/machine.ts';

export function alertRoutes({ services: { alerts }, audit }: WebContext): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/alerts',
      access: 'viewer',
      tag: 'alerts',
      summary: 'receivers of alerts, with what waits, was sent and was dropped',
      answers: { 200: sinkList },
      handle: () => ({ sinks: alerts.sinks() }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/alerts/test',
      access: 'operator',
      tag: 'alerts',
      summary: 'send a test alert to one receiver, or to all, and wait for the outcome',
      body: alertTest,
      answers: { 200: alertTestResults },
      async handle({ body: { sink = null }, actor }) {
        if (sink !== null && !alerts.sinks().some(({ id }) => id === sink)) {
          throw new ApiFailure(404, 'noSuchSink', 'there is no such receiver');
        }
        await audit.did({ code: 'alertsTested', sink: sink ?? 'all receivers' }, actor);
        return { results: await alerts.test(sink, actor.user) };
      },
    }),
  ];
}
