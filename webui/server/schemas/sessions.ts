/** Sessions of the stack (core/api/sessions.ts). Networks and rates are judged where they are used, which says what was expected. */
import * as z from 'zod';
import { CLOSE_REASONS } from '../../../core/api/sessions.ts';
import type {
  FeatureList,
  FeatureView,
  SessionAsked,
  SessionEnd,
  SessionFeature,
  SessionFeatureAsked,
  SessionList,
  SessionsKilled,
  SessionView,
  SourcePage,
  SourcesAsked,
} from '../../../core/api/sessions.ts';
import { line, nameAsked, time } from './common.ts';
import type { AllSame, Same } from './same.ts';

const reason = z.enum(CLOSE_REASONS);
const per = z.enum(['target', 'source'], { error: 'expected target or source' });

export const feature = z.discriminatedUnion('name', [
  z.object({ name: z.literal('blocklist') }),
  z.object({
    name: z.literal('ratelimit'),
    per,
    bitsPerSecond: z.number().nullable(),
    packetsPerSecond: z.number().nullable(),
  }),
  z.object({ name: z.literal('copy'), interface: z.string() }),
  z.object({ name: z.literal('capture'), megabytes: z.number() }),
  z.object({ name: z.literal('command'), command: z.string() }),
]);

const network = line(1, 64).meta({ description: 'a network or an address, such as 198.51.100.0/24' });
/** A body has 64 kB. */
const networks = z.array(network).max(5000, { error: 'expected at most 5000 networks' });
const whole = (min: number, max: number) => {
  const error = `expected a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

export const featureAsked = z.discriminatedUnion(
  'name',
  [
    z.strictObject({ name: z.literal('blocklist'), sources: z.exactOptional(networks) }),
    z.strictObject({
      name: z.literal('ratelimit'),
      per: z.exactOptional(per),
      rate: z.exactOptional(
        z
          .union([line(1, 24), z.number()], { error: 'expected a rate such as 10Mbps' })
          .meta({ description: '10Mbps, or a number of bits per second' }),
      ),
      packetsPerSecond: z.exactOptional(whole(1, 4_000_000_000)),
    }),
    z.strictObject({
      name: z.literal('copy'),
      interface: z.string().regex(/^(?!\.{1,2}$)[^\s/:\p{Cc}-][^\s/:\p{Cc}]{0,14}$/u, {
        error: 'expected the name of an interface',
      }),
    }),
    z.strictObject({ name: z.literal('capture'), megabytes: z.exactOptional(whole(1, 100_000)) }),
    z.strictObject({ name: z.literal('command'), command: nameAsked }),
  ],
  { error: 'expected a feature with its name: blocklist, ratelimit, copy, capture or command' },
);

const flag = z.exactOptional(z.boolean({ error: 'expected true or false' }));

export const sessionAsked = z.strictObject({
  target: network,
  features: z.exactOptional(z.array(featureAsked).max(64, { error: 'expected at most 64 features' })),
  policy: z
    .exactOptional(nameAsked.nullable())
    .meta({ description: 'name of a policy: its features come first, and its maxTime holds where none is given' }),
  maxTime: z
    .exactOptional(line(1, 24).nullable())
    .meta({ description: 'such as 2h: it ends then, even in use; null or left out = no limit' }),
  hold: flag.meta({ description: 'it lasts without a client until it is killed' }),
  unusedAfter: z
    .exactOptional(line(1, 24))
    .meta({ description: 'without a heartbeat for so long it ends; 30s, at least 6s' }),
});

const end = z.object({ reason, text: z.string(), feature: z.string().nullable(), at: time });

export const sessionView = z.object({
  id: z.string(),
  target: z.string(),
  features: z.array(feature),
  policy: z.object({ name: z.string(), version: z.number() }).nullable(),
  state: z.enum(['setup', 'inUse', 'ended']),
  hold: z.boolean(),
  by: z.string(),
  startedAt: time,
  elapsedMs: z.number(),
  maxTimeMs: z.number().nullable(),
  unusedAfterMs: z.number(),
  deadline: z
    .object({ reason, inMs: z.number() })
    .nullable()
    .meta({ description: 'what ends it next if nothing happens; the leader alone knows' }),
  home: z.string(),
  takeovers: z.number(),
  sources: z.number().meta({ description: 'number of sources on its blocklist' }),
  notHa: z.array(z.string()).meta({ description: 'features that would end it on a failover' }),
  ended: end.nullable(),
});

export const sessionList = z.object({
  sessions: z.array(sessionView),
  trouble: z.string().meta({ description: 'what is not in effect on this instance; empty: all is' }),
});

export const sourcesAsked = z
  .strictObject({ add: z.exactOptional(networks), remove: z.exactOptional(networks) })
  .refine(({ add = [], remove = [] }) => add.length + remove.length > 0, { error: 'expected add or remove' });

export const sourcePage = z.object({ sources: z.array(z.string()), next: z.string().nullable(), total: z.number() });
export const sourceQuery = z.strictObject({
  after: z.exactOptional(network),
  limit: z.coerce.number({ error: 'expected a number' }).int().min(1).max(10_000).default(1000),
});
export const sessionsKilled = z.object({ killed: z.number() });

const featureView = z.object({
  name: z.string(),
  kind: z.enum(['builtIn', 'command']),
  ha: z.boolean(),
  text: z.string(),
});
export const featureList = z.object({ features: z.array(featureView) });

export type Checked = AllSame<
  [
    Same<typeof feature, SessionFeature>,
    Same<typeof featureAsked, SessionFeatureAsked>,
    Same<typeof sessionAsked, SessionAsked>,
    Same<typeof end, SessionEnd>,
    Same<typeof sessionView, SessionView>,
    Same<typeof sessionList, SessionList>,
    Same<typeof sourcesAsked, SourcesAsked>,
    Same<typeof sourcePage, SourcePage>,
    Same<typeof sessionsKilled, SessionsKilled>,
    Same<typeof featureView, FeatureView>,
    Same<typeof featureList, FeatureList>,
  ]
>;
