import * as z from 'zod';
import { flag, host, hostPort, list, mapping, name, oneOf, path, text, url, whole } from './fields.ts';

const FACILITIES = [
  ...(['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'] as const),
  ...(['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'] as const),
] as const;

const syslog = mapping({
  host: host().meta({ title: 'Host', description: 'Name or address of the receiver.' }),
  port: whole(1, 65_535).nullable().default(null).meta({ title: 'Port', description: 'null: 514, with tls 6514.' }),
  transport: oneOf('udp', 'tcp', 'tls').default('udp').meta({
    title: 'Transport',
    description: 'udp loses what the network loses; tcp and tls are queued and repeated.',
  }),
  facility: oneOf(...FACILITIES)
    .default('daemon')
    .meta({ title: 'Facility', description: 'Facility of RFC 5424.' }),
  caFile: path().nullable().default(null).meta({
    title: 'CA file',
    description: 'tls: PEM with the authorities that are trusted. null: those of the system.',
  }),
});

const trapTarget = {
  host: host().meta({ title: 'Host', description: 'Name or address of the receiver.' }),
  port: whole(1, 65_535).default(162).meta({ title: 'Port', description: 'UDP port of the receiver.' }),
  inform: flag().default(false).meta({ title: 'Inform', description: 'Ask for a receipt and repeat until it comes.' }),
};

const level = oneOf('noAuthNoPriv', 'authNoPriv', 'authPriv').default('authPriv').meta({
  title: 'Level',
  description: 'Security level of SNMP v3. authPriv signs and encrypts.',
});
const phrases = {
  authFile: path()
    .nullable()
    .default(null)
    .meta({ title: 'Authentication file', description: 'File with the pass phrase that signs.' }),
  privFile: path()
    .nullable()
    .default(null)
    .meta({ title: 'Privacy file', description: 'File with the pass phrase that encrypts.' }),
};
const userName = () => text(1, 32, 'a user name');

const trap = z.discriminatedUnion(
  'version',
  [
    mapping({
      version: z.literal('2c').meta({ title: 'Version', description: 'SNMP v2c: the community is sent in clear.' }),
      ...trapTarget,
      communityFile: path().meta({ title: 'Community file', description: 'File with the community.' }),
    }),
    mapping({
      version: z.literal(3).meta({ title: 'Version', description: 'SNMP v3 with SHA-256 and AES.' }),
      ...trapTarget,
      user: userName().meta({ title: 'User', description: 'SNMP v3 user.' }),
      level,
      ...phrases,
    }),
  ],
  {
    error: (issue) => (issue.code === 'invalid_union' ? 'expected one of 2c, 3' : 'expected a mapping (key: value)'),
  },
);

const agent = z.union(
  [
    mapping({
      listen: hostPort().meta({ title: 'Listen', description: 'Address and UDP port of an agent of our own.' }),
      communityFile: path().nullable().default(null).meta({
        title: 'Community file',
        description:
          'File with the community that may read by SNMP v2c. With neither this nor `user`, a loopback address takes the community public, and another address is refused.',
      }),
      user: userName().nullable().default(null).meta({
        title: 'User',
        description: 'User that may read by SNMP v3 (SHA-256 and AES). null: no SNMP v3.',
      }),
      level,
      ...phrases,
    }),
    mapping({
      agentx: hostPort().meta({
        title: 'AgentX',
        description: 'TCP address of the master agent (snmpd) that we join.',
      }),
    }),
  ],
  { error: 'expected a mapping with either listen or agentx' },
);

const snmp = mapping({
  agent: agent.nullable().default(null).meta({
    title: 'Agent',
    description:
      'Where status can be read by SNMP: `{ listen: 127.0.0.1:1161 }` or `{ agentx: 127.0.0.1:705 }`. null: nowhere.',
  }),
  traps: list(trap, 16).prefault([]).meta({ title: 'Traps', description: 'Receivers of traps and informs.' }),
});

const webhook = mapping({
  url: url('https', 'http').meta({ title: 'URL', description: 'Each event is sent there as JSON by POST.' }),
  secretFile: path().nullable().default(null).meta({
    title: 'Secret file',
    description: 'Key of the HMAC-SHA-256 signature in the request. null: not signed.',
  }),
  caFile: path().nullable().default(null).meta({
    title: 'CA file',
    description: 'https: PEM with the authorities that are trusted, instead of those of Node. null: those of Node.',
  }),
  events: list(name(), 64)
    .prefault([])
    .meta({ title: 'Events', description: 'Kinds of event that are sent. Empty: all.' }),
});

const retention = mapping({
  days: whole(1, 3650)
    .default(90)
    .meta({ title: 'Days', unit: 'days', description: 'Events older than this are dropped.' }),
  maxEvents: whole(1000, 100_000_000).default(1_000_000).meta({
    title: 'Maximum events',
    unit: 'events',
    description: 'The oldest are dropped beyond this.',
  }),
});

/** Section `alerts`: who is told, and how long history is kept. */
export const alerts = mapping({
  syslog: list(syslog, 16).prefault([]).meta({ title: 'Syslog', description: 'Receivers of RFC 5424 messages.' }),
  snmp: snmp.prefault({}).meta({ title: 'SNMP', description: 'Agent and traps.' }),
  webhooks: list(webhook, 16)
    .prefault([])
    .meta({ title: 'Webhooks', description: 'Receivers of events over HTTP, repeated until taken.' }),
  retention: retention.prefault({}).meta({ title: 'Retention', description: 'How much of the journal is kept.' }),
});
