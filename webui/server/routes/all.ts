/** All routes of the API, in the order of the documentation. */
import type { WebContext } from '../context.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { Route } from '../route.ts';
import { actionRoutes } from './actions.ts';
import { alertRoutes } from './alerts.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { journalRoutes } from './journal.ts';
import { machineRoutes } from './machine.ts';
import { policyRoutes } from './policies.ts';
import { sessionRoutes } from './session.ts';
import { mitigationRoutes } from './sessions.ts';
import { settingsRoutes } from './settings.ts';
import { statusRoutes } from './status.ts';
import { systemRoutes } from './system.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';

export function allRoutes(context: WebContext): readonly Route[] {
  const { services, streams, now } = context;
  const metrics = createMetrics(services, { streams: () => streams.count, now });
  return [
    ...sessionRoutes(context),
    ...statusRoutes(context),
    ...eventRoutes(context),
    ...settingsRoutes(context),
    ...actionRoutes(context),
    ...journalRoutes(context),
    ...alertRoutes(context),
    ...userRoutes(context),
    ...tokenRoutes(context),
    ...mitigationRoutes(context),
    ...policyRoutes(context),
    ...machineRoutes(context),
    ...systemRoutes(context, metrics),
    ...healthRoutes(context, metrics),
  ];
}
