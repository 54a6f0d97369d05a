import { argv, duration, flag, list, mapping, name, oneOf, path, text, url } from './fields.ts';

const tls = mapping({
  caFile: path()
    .nullable()
    .default(null)
    .meta({ title: 'CA file', description: 'PEM with the authorities that are trusted. null: those of the system.' }),
  certFile: path()
    .nullable()
    .default(null)
    .meta({ title: 'Certificate file', description: 'PEM: who we are. Together with `keyFile`.' }),
  keyFile: path().nullable().default(null).meta({ title: 'Key file', description: 'PEM, together with `certFile`.' }),
});

/** Section `store`: what the instances must agree on, and where it is kept. */
export const store = mapping({
  kind: oneOf('memory', 'embedded', 'etcd')
    .default('embedded')
    .meta({
      title: 'Kind',
      description:
        '`memory`: one instance, nothing survives. `embedded`: a copy on every instance, kept in step over the HA port; needs nothing else. ' +
        '`etcd`: an etcd cluster of yours, for more than two instances or where they share no layer 2.',
    }),
  endpoints: list(url('https', 'http'), 16).prefault([]).meta({
    title: 'Endpoints',
    description: 'etcd: URLs of its members. Required with `kind: etcd`.',
  }),
  prefix: text(1, 255, 'a key prefix')
    .default('/tandem/')
    .meta({ title: 'Prefix', description: 'etcd: beginning of every key.' }),
  tls: tls
    .nullable()
    .default(null)
    .meta({ title: 'TLS', description: 'etcd: certificates. null: those of the system.' }),
  addressElection: oneOf('vrrp', 'lock').default('vrrp').meta({
    title: 'Address election',
    description:
      '`vrrp`: the addresses follow VRRP. `lock`: they follow a lease in etcd, for clouds without multicast; only with `kind: etcd`.',
  }),
  conntrack: flag().default(false).meta({
    title: 'Connection tracking',
    description:
      'Keep connection tables in step with conntrackd, so that a stateful firewall keeps its connections over a move.',
  }),
  lease: duration('2s', '5m').prefault('15s').meta({
    title: 'Lease',
    description: 'etcd: how long a leader that fell silent stays leader. Shorter moves sooner and asks more of etcd.',
  }),
});

const command = mapping({
  name: name().meta({ title: 'Name', description: 'Name of the feature in sessions and policies.' }),
  ha: flag().default(false).meta({
    title: 'HA',
    description:
      'The feature can go on after a failover, by `resume`. false: a session that uses it ends then, with the reason StateLost.',
  }),
  start: argv().meta({ title: 'Start', description: 'Run when a session begins.' }),
  resume: argv()
    .nullable()
    .default(null)
    .meta({ title: 'Resume', description: 'Run on the instance that takes over. Required with `ha: true`.' }),
  stop: argv().meta({ title: 'Stop', description: 'Run when the session ends.' }),
  user: name().default('nobody').meta({ title: 'User', description: 'System user that the programs run as.' }),
});

/** Section `sessions`: features of mitigation sessions. */
export const sessions = mapping({
  captureHa: flag().default(false).meta({
    title: 'Capture survives',
    description:
      'A session with a capture goes on after a failover, into a new file. Off: it ends, because a capture with a hole may mislead.',
  }),
  commands: list(command, 64).prefault([]).meta({
    title: 'Commands',
    description: "Features that the appliance's own software adds.",
  }),
});
