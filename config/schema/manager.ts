import * as z from 'zod';
import { duration, flag, hostPort, list, mapping, name, path, schedule, url, whole } from './fields.ts';

/** Section `realtime`: scheduling of the engine; `false` leaves it an ordinary process. */
export const realtime = z.union(
  [
    z.literal(false),
    mapping({
      priority: whole(1, 98).default(50).meta({
        title: 'Priority',
        restart: true,
        description:
          'SCHED_RR priority of the engine; the guardian runs one above it. 50 is above everything ordinary and below the kernel threads that are set higher on purpose.',
      }),
      lockMemory: flag().default(true).meta({
        title: 'Lock memory',
        restart: true,
        description:
          'Keep the pages in use from being swapped out: a page fault from disk takes longer than an advert interval.',
      }),
    }),
  ],
  { error: 'expected false or a mapping (key: value)' },
);

const tls = mapping({
  certFile: path().nullable().default(null).meta({
    title: 'Certificate file',
    description:
      'PEM. null: an own certificate is made at the first start. A replaced file is taken up without a restart.',
  }),
  keyFile: path().nullable().default(null).meta({ title: 'Key file', description: 'PEM, together with `certFile`.' }),
});

const snapshots = mapping({
  schedule: schedule()
    .default('0 2 * * *')
    .meta({ title: 'Schedule', description: 'Cron, local time: every night at two.' }),
  keep: whole(1, 1000)
    .default(30)
    .meta({ title: 'Keep', unit: 'snapshots', description: 'The oldest goes when there are more.' }),
});

/** Section `manager`: the REST API and the web page; `false` runs without them. */
export const manager = z.union(
  [
    z.literal(false),
    mapping({
      listen: list(hostPort(), 16, 1).default(['0.0.0.0:8443']).meta({
        title: 'Listen',
        description: 'Where API and page are served, over TLS. Narrow it to the management address where there is one.',
      }),
      user: name().default('tandem').meta({
        title: 'User',
        description: 'System user that the manager runs as. Missing: `nobody`, with a warning; never root.',
      }),
      tls: tls.prefault({}).meta({ title: 'TLS', description: 'Certificate of API and page.' }),
      clusterAdvertiseAddr: url('https', 'http').nullable().default(null).meta({
        title: 'Advertised address',
        description:
          'Full URL, scheme included, to which other instances send clients when this one leads. null: https://<address on the HA port>:<port of listen>.',
      }),
      sessionLifetime: duration('1m', '720h').prefault('12h').meta({
        title: 'Session lifetime',
        description: 'How long a login lasts. 12h covers a shift.',
      }),
      snapshots: snapshots
        .prefault({})
        .meta({ title: 'Snapshots', description: 'Copies of configuration and store, kept by the manager.' }),
    }),
  ],
  { error: 'expected false or a mapping (key: value)' },
);

/** One entry of section `drills`: a planned switchover. */
export const drill = mapping({
  schedule: schedule().meta({ title: 'Schedule', description: 'Cron, local time.' }),
  to: name().meta({ title: 'To', description: 'The instance that becomes active.' }),
});
