/** `/metrics`: from the manager's copy of the status, from what the engine measured of itself, and of the manager. */
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Measurements } from '../../../core/measurements.ts';
import type { Services } from '../../../core/services.ts';
import { createFamilies } from './family.ts';
import type { Families } from './family.ts';
import { statusMetrics } from './status-metrics.ts';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  values(): Promise<readonly MetricObjectWithValues<MetricValue<string>>[]>;
}

/** What belongs to the manager itself: `streams` open, wall time. */
export interface MetricsOptions {
  readonly streams: () => number;
  readonly now: () => number;
}

export function createMetrics(services: Services, { streams, now }: MetricsOptions): Metrics {
  const own = new Registry();
  let collecting = false;

  async function collect(): Promise<Families> {
    // It measures the event loop from then on: nobody who never asks pays for it.
    if (!collecting) collectDefaultMetrics({ register: own, prefix: 'tandem_manager_' });
    collecting = true;
    const families = createFamilies();
    const status = services.copy.status();
    const { engine, linkSpeeds } = services.copy.snapshot();
    const { instance, stack, version } = services;
    families.gauge('tandem_info', 'always 1', [[{ instance, stack, version, mode: status?.mode ?? '' }, 1]]);
    families.gauge('tandem_up', '1 while the engine answers', [[{}, Number(engine.reachable)]]);
    const ageMs = services.copy.statusBody()?.ageMs ?? null;
    families.gauge('tandem_status_age_seconds', 'age of what is said here', [
      [{}, ageMs === null ? null : ageMs / 1000],
    ]);
    if (status !== null) statusMetrics(families, status, now());
    families.gauge(
      'tandem_link_port_speed_bps',
      'of the ports of link pairs that have carrier',
      Object.entries(linkSpeeds).map(([name, bps]) => [{ interface: name }, bps]),
    );
    const measured = await services.engine.measurements();
    if (measured !== null) measurementMetrics(families, measured);
    managerMetrics(families, services, streams());
    return families;
  }

  return {
    contentType: own.contentType,
    async text() {
      const families = await collect();
      return `${await families.text()}\n${await own.metrics()}`;
    },
    async values() {
      const families = await collect();
      return [...(await families.values()), ...(await own.getMetricsAsJSON())];
    },
  };
}

function measurementMetrics(families: Families, measured: Measurements): void {
  const { timerLatenessMs, eventLoopDelayMs, failovers, handovers } = measured;
  families.histogram(
    'tandem_advert_lateness_seconds',
    'how late the timers were by which adverts and checks leave',
    timerLatenessMs,
  );
  families.histogram('tandem_engine_event_loop_delay_seconds', "how late the engine's tick was", eventLoopDelayMs);
  families.counter(
    'tandem_failovers_total',
    'times this instance became active, by reason',
    Object.entries(failovers.byReason).map(([reason, count]) => [{ reason }, count]),
  );
  families.histogram(
    'tandem_failover_duration_seconds',
    'to the addresses in service here: in a handover from its first message, otherwise from the first event of the incident',
    failovers.durationMs,
  );
  families.counter(
    'tandem_handovers_total',
    'times a peer took over what this instance gave it, by purpose',
    Object.entries(handovers.byPurpose).map(([purpose, count]) => [{ purpose }, count]),
  );
  families.histogram(
    'tandem_handover_duration_seconds',
    'from asking a peer to take over to hearing that it is active',
    handovers.durationMs,
  );
  const { last } = failovers;
  families.gauge('tandem_last_failover_timestamp_seconds', 'when it last became active', [
    [{}, last === null ? null : Date.parse(last.at) / 1000],
  ]);
  families.gauge('tandem_last_failover_duration_seconds', 'how long that took', [
    [{}, typeof last?.durationMs === 'number' ? last.durationMs / 1000 : null],
  ]);
}

function managerMetrics({ gauge, counter }: Families, { alerts, journal, leader }: Services, streams: number): void {
  gauge('tandem_leader_term', 'leaderships that the stack has had, as far as this instance knows', [
    [{}, leader.state().term],
  ]);
  const sinks = alerts.sinks();
  gauge(
    'tandem_sink_up',
    '0 while a receiver of alerts takes none',
    sinks.map(({ id, state }) => [{ sink: id }, Number(state !== 'failing')]),
  );
  gauge(
    'tandem_sink_queued',
    'alerts that wait for it',
    sinks.map(({ id, queued }) => [{ sink: id }, queued]),
  );
  counter(
    'tandem_sink_sent_total',
    'alerts sent',
    sinks.map(({ id, sent }) => [{ sink: id }, sent]),
  );
  counter(
    'tandem_sink_dropped_total',
    'alerts dropped',
    sinks.map(({ id, dropped }) => [{ sink: id }, dropped]),
  );
  gauge('tandem_event_streams', 'open streams of events', [[{}, streams]]);
  gauge('tandem_journal_last', 'number of the newest entry of the journal', [[{}, journal.query({ limit: 1 }).last]]);
}
