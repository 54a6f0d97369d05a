/** The machine, its diagnostics, drills and snapshots. */
import * as z from 'zod';
import type { WebContext } from '../context.ts';
import { valueOf } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { doctorReport, drillList, drillReport, drillRun, hostView, snapshotList } from '../schemas/machine.ts';

export function machineRoutes({ services, audit, now }: WebContext): readonly Route[] {
  const { drills, snapshots, instance } = services;
  return [
    route({
      method: 'GET',
      path: '/api/v1/host',
      access: 'viewer',
      tag: 'machine',
      summary: 'the machine: processor, memory, disk, interfaces',
      answers: { 200: hostView },
      handle: () => services.host(),
    }),
    route({
      method: 'GET',
      path: '/api/v1/doctor',
      access: 'operator',
      tag: 'machine',
      summary: 'what in the surroundings may cause trouble, each with what to do',
      answers: { 200: doctorReport },
      handle: async () => ({ checks: valueOf(await services.doctor()) }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/support-bundle',
      access: 'operator',
      tag: 'machine',
      summary: 'everything that support needs, secrets removed',
      answers: {
        200: { description: 'the bundle', content: { 'application/json': { schema: z.unknown() } } },
      },
      async handle({ reply }) {
        const text = valueOf(await services.supportBundle());
        const day = new Date(now()).toISOString().slice(0, 10);
        return reply
          .type('application/json; charset=utf-8')
          .header('content-disposition', `attachment; filename="tandem-${instance}-support-${day}.json"`)
          .send(text);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/drills',
      access: 'viewer',
      tag: 'machine',
      summary: 'planned switchovers on a schedule, and their reports',
      answers: { 200: drillList },
      handle: () => ({ drills: drills.list(), reports: drills.reports() }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/drills/run',
      access: 'admin',
      tag: 'machine',
      summary: 'run a drill now and wait for its report',
      body: drillRun,
      answers: { 200: drillReport },
      async handle({ body: { to }, actor }) {
        await audit.did({ code: 'actionAsked', action: 'drill', detail: `to ${to}` }, actor);
        return valueOf(await drills.run(to, actor));
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/snapshots',
      access: 'viewer',
      tag: 'machine',
      summary: 'nightly copies of the configuration',
      answers: { 200: snapshotList },
      handle: async () => ({ snapshots: await snapshots.list() }),
    }),
  ];
}
