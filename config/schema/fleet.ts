import * as z from 'zod';
import { duration, flag, hostPort, list, mapping, name, oneOf, path, whole } from './fields.ts';

const MIRROR = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9._-]*)(:\d{1,5})?(:[^|\s[\]]*)?(\[[A-Za-z0-9_=,]*\])?$/;

const areMirrors = (value: string): boolean => value.split('|').every((mirror) => MIRROR.test(mirror));

const mirrorText = (error: string) =>
  z.string({ error }).min(1, { error }).max(2048, { error }).refine(areMirrors, { error });

/** `a|b|c:9312:path`: hosts that serve the same; port and path are shared by those that leave them out. */
const mirrors = mirrorText('expected mirrors such as a|b:8443');

/** The same, or as a list. */
const mirrorList = z.union(
  [
    mirrorText('expected mirrors such as a|b|c:9312:path'),
    list(mirrorText('expected a mirror such as a:9312:path'), 64, 1),
  ],
  { error: 'expected mirrors such as a|b|c:9312:path, or a list of them' },
);

const auth = z.discriminatedUnion(
  'type',
  [
    mapping({
      type: z.literal('token').meta({ title: 'Type', description: 'A bearer token.' }),
      tokenFile: path().meta({ title: 'Token file', description: 'File with the token.' }),
    }),
    mapping({
      type: z.literal('mtls').meta({ title: 'Type', description: 'A client certificate.' }),
      certFile: path().meta({ title: 'Certificate file', description: 'PEM.' }),
      keyFile: path().meta({ title: 'Key file', description: 'PEM.' }),
    }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union' ? 'expected one of token, mtls' : 'expected a mapping (key: value)',
  },
);

const site = mapping({
  name: name().meta({ title: 'Name', description: 'Name of the site: the `fleet.site` of its stack.' }),
  mirrors: mirrors.meta({ title: 'Mirrors', description: 'Its instances, `a|b:8443`: any of them will do.' }),
  caFile: path()
    .nullable()
    .default(null)
    .meta({ title: 'CA file', description: 'PEM with the authorities that are trusted. null: those of the system.' }),
  auth: auth.meta({ title: 'Authentication', description: 'How we show who we are: a token or a certificate.' }),
  default: flag().default(false).meta({
    title: 'Default site',
    description: 'Where everything stateful happens. At most one; without any it is this site.',
  }),
});

const pool = mapping({
  name: name().meta({ title: 'Name', description: 'Name of the pool: /pools/NAME/….' }),
  mirrors: mirrorList.meta({
    title: 'Mirrors',
    description: 'Interchangeable upstreams, `a|b|c:9312:path` or a list.',
  }),
  haStrategy: oneOf('random', 'roundrobin', 'nodeads', 'noerrors').default('random').meta({
    title: 'Strategy',
    description:
      'How a mirror is chosen. `random` and `roundrobin` do not look at health; `nodeads` leaves out the dead; `noerrors` prefers those with the fewest errors.',
  }),
  haPeriodKarma: duration('1s', '1h').prefault('60s').meta({
    title: 'Karma period',
    description: 'Length of one period of the statistics. Selection looks back half to one and a half of it.',
  }),
  haPingInterval: duration('10ms', '1h', true)
    .prefault('1s')
    .meta({ title: 'Ping interval', description: 'An idle mirror is pinged this often. 0s: never.' }),
  connectTimeout: duration('1ms', '5m')
    .prefault('1s')
    .meta({ title: 'Connect timeout', description: 'Longest wait for a connection.' }),
  queryTimeout: duration('1ms', '1h')
    .prefault('3s')
    .meta({ title: 'Query timeout', description: 'Longest wait for an answer; not retried.' }),
  retryCount: whole(0, 100)
    .default(0)
    .meta({ title: 'Retries', unit: 'per mirror', description: 'Further tries, each with a new selection.' }),
  retryDelay: duration('1ms', '60s', true)
    .prefault('500ms')
    .meta({ title: 'Retry delay', description: 'Pause between tries.' }),
  blackhole: flag()
    .default(false)
    .meta({ title: 'Blackhole', description: 'Send and ignore every answer and error: a copy for an analysis host.' }),
  persistent: flag().default(false).meta({ title: 'Persistent', description: 'Keep connections open.' }),
  track: flag()
    .default(false)
    .meta({ title: 'Track', description: 'A pool without a live mirror makes this instance ineligible.' }),
});

/** Section `fleet`: stacks on other sites, and pools of upstreams. */
export const fleet = mapping({
  member: flag()
    .default(false)
    .meta({ title: 'Member', description: "This stack belongs to another site's fleet and takes sessions from it." }),
  site: name()
    .nullable()
    .default(null)
    .meta({ title: 'Site', description: "This stack's name as a site. Required with `member` and with `sites`." }),
  managementOnly: flag().default(false).meta({
    title: 'Management only',
    description: 'This site coordinates and carries no traffic. Another site must then be the default.',
  }),
  sites: list(site, 64).prefault([]).meta({ title: 'Sites', description: 'Primary site only: the others.' }),
  pools: list(pool, 64).prefault([]).meta({ title: 'Pools', description: 'Interchangeable upstreams.' }),
  listen: hostPort()
    .nullable()
    .default(null)
    .meta({ title: 'Listen', description: 'Where /pools/NAME/… is served. null: nowhere.' }),
});
