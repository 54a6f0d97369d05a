/** The metrics as the reference's programs read them: gauges, counters and samples by name, with a time. Pure. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { MetricsAnswer } from '../schemas/system.ts';

type Labels = Readonly<Record<string, string>>;

export function metricsJson(all: readonly MetricObjectWithValues<MetricValue<string>>[], now: number): MetricsAnswer {
  const answer: MetricsAnswer = { Timestamp: timestamp(now), Gauges: [], Points: [], Counters: [], Samples: [] };
  for (const { name, type, values } of all) {
    // prom-client says the kind as a number to TypeScript and as a word to everybody else.
    const kind = String(type);
    if (kind === 'histogram' || kind === 'summary') answer.Samples.push(...samplesOf(name, values));
    else
      for (const { value, labels } of values) {
        if (!Number.isFinite(value)) continue;
        if (kind === 'counter') answer.Counters.push({ Name: name, Count: value, Sum: value, Labels: texts(labels) });
        else answer.Gauges.push({ Name: name, Value: value, Labels: texts(labels) });
      }
  }
  return answer;
}

/** The buckets are for those who can read them: here it is how many, how much, and the mean. */
function samplesOf(name: string, values: readonly (MetricValue<string> & { metricName?: string })[]) {
  const found = new Map<string, { Count: number; Sum: number; Labels: Labels }>();
  for (const { metricName = name, value, labels } of values) {
    if (metricName !== `${name}_sum` && metricName !== `${name}_count`) continue;
    const own = texts(labels);
    const key = JSON.stringify(own);
    const one = found.get(key) ?? { Count: 0, Sum: 0, Labels: own };
    found.set(key, metricName.endsWith('_sum') ? { ...one, Sum: value } : { ...one, Count: value });
  }
  return [...found.values()].map(({ Count, Sum, Labels: own }) => ({
    Name: name,
    Count,
    Sum,
    Mean: Count === 0 ? 0 : Sum / Count,
    Labels: own,
  }));
}

const texts = (labels: Readonly<Partial<Record<string, string | number>>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));

/** `2026-11-21 01:00:00 +0000 UTC` */
const timestamp = (now: number): string => `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
