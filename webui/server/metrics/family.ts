/** What is measured elsewhere, as metrics of prom-client: a registry that is made for one answer. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Metric, MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Histogram } from '../../../core/measurements.ts';

export type Labels = Readonly<Record<string, string>>;
export type Value = readonly [labels: Labels, value: number | null | undefined];

export interface Families {
  /** Null values are left out: not known is not zero. */
  gauge(name: string, help: string, values: readonly Value[]): void;
  counter(name: string, help: string, values: readonly Value[]): void;
  /** From milliseconds to seconds. */
  histogram(name: string, help: string, histogram: Histogram): void;
  text(): Promise<string>;
  values(): Promise<readonly MetricObjectWithValues<MetricValue<string>>[]>;
}

export function createFamilies(): Families {
  const registry = new Registry();
  const known = (values: readonly Value[]): readonly (readonly [Labels, number])[] =>
    values.flatMap(([labels, value]) =>
      value === null || value === undefined || !Number.isFinite(value) ? [] : [[labels, value] as const],
    );
  const namesOf = (values: readonly Value[]): string[] => [
    ...new Set(values.flatMap(([labels]) => Object.keys(labels))),
  ];

  return {
    gauge(name, help, values) {
      const found = known(values);
      // A metric without labels would begin as 0.
      if (found.length === 0) return;
      const gauge = new Gauge({ name, help, labelNames: namesOf(values), registers: [registry] });
      for (const [labels, value] of found) gauge.set(labels, value);
    },
    counter(name, help, values) {
      const found = known(values);
      if (found.length === 0) return;
      const counter = new Counter({ name, help, labelNames: namesOf(values), registers: [registry] });
      for (const [labels, value] of found) if (value >= 0) counter.inc(labels, value);
    },
    histogram(name, help, histogram) {
      const metric = {
        name,
        help,
        type: 'histogram',
        aggregator: 'sum',
        get: () => Promise.resolve(seconds(name, help, histogram)),
      };
      registry.registerMetric(metric as unknown as Metric);
    },
    text: () => registry.metrics(),
    values: () => registry.getMetricsAsJSON(),
  };
}

/** Cumulative, as Prometheus wants it; the last bound is infinity. */
function seconds(name: string, help: string, { bounds, counts, count, sum }: Histogram) {
  let total = 0;
  const buckets = bounds.map((bound, index) => {
    total += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { le: bound / 1000 }, value: total };
  });
  const values = [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: {}, value: sum / 1000 },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
  return { name, help, type: 'histogram', aggregator: 'sum', values };
}
