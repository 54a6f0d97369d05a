/** Who is told, as the plan in effect says: another plan ends the old receivers and starts the new ones, and their queues go on where they were. */
import { createAlerts } from '../alerts/alerts.ts';
import type { AlertsOptions } from '../alerts/alerts.ts';
import type { ManagerPlan } from '../config/manager-plan.ts';
import type { Alerts } from '../core/api/alerts.ts';

export interface Alerting extends Alerts {
  /** Nothing happens where what concerns the alerts is the same. */
  apply(plan: ManagerPlan): Promise<void>;
}

export type AlertingOptions = Omit<AlertsOptions, 'config' | 'vrrp'>;

export function createAlerting(options: AlertingOptions, first: ManagerPlan): Alerting {
  const make = ({ alerts, vrrp }: ManagerPlan): Alerts => createAlerts({ ...options, config: alerts, vrrp });
  const keyOf = ({ alerts, vrrp }: ManagerPlan): string => JSON.stringify([alerts, vrrp]);
  let key = keyOf(first);
  let current = make(first);
  return {
    start: () => current.start(),
    stop: () => current.stop(),
    take: (entry) => current.take(entry),
    sinks: () => current.sinks(),
    test: (sink, by) => current.test(sink, by),
    async apply(plan) {
      if (keyOf(plan) === key) return;
      key = keyOf(plan);
      const before = current;
      await before.stop();
      current = make(plan);
      await current.start();
    },
  };
}
