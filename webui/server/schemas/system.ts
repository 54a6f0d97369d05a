/** What other programs ask of a stack that they only know by its addresses: names as the reference has them. */
import * as z from 'zod';

export const leaderAnswer = z
  .object({
    IsSelf: z.boolean(),
    HAEnabled: z.boolean(),
    LeaderAddress: z.string(),
    LeaderClusterAddress: z.string(),
  })
  .meta({
    description: 'LeaderAddress is host:port of LeaderClusterAddress, the full URL; both are empty without a leader',
  });

export const infoAnswer = z.object({
  StorageBackend: z.string(),
  Version: z.string(),
  Stack: z.string(),
  Instance: z.string(),
});

export const healthAnswer = z.object({ status: z.string() });

export const metricsQuery = z.strictObject({ format: z.enum(['json', 'prometheus']).default('json') });

const labels = z.record(z.string(), z.string());
export const metricsAnswer = z
  .object({
    Timestamp: z.string(),
    Gauges: z.array(z.object({ Name: z.string(), Value: z.number(), Labels: labels })),
    Points: z.array(z.unknown()),
    Counters: z.array(z.object({ Name: z.string(), Count: z.number(), Sum: z.number(), Labels: labels })),
    Samples: z.array(
      z.object({ Name: z.string(), Count: z.number(), Sum: z.number(), Mean: z.number(), Labels: labels }),
    ),
  })
  .meta({ description: 'counters and samples count from the start of the process that they are about' });
export type MetricsAnswer = z.output<typeof metricsAnswer>;
