import { address, duration, flag, interfaceName, list, mapping, name, oneOf, path, whole } from './fields.ts';

/** A peer: another instance of the stack that runs Tandem. */
const peer = mapping({
  name: name().meta({
    title: 'Name',
    description:
      'The `instance` of that appliance. It decides default priorities, so it must be spelt the same everywhere.',
  }),
  paths: list(address({ zone: true }), 8, 1).meta({
    title: 'Paths',
    description:
      'Addresses at which the peer is checked: the HA port first, then backup paths such as the management network. ' +
      'The peer is healthy while any path answers, so a second path on other cables keeps one dead cable from looking like a dead peer. ' +
      'A link-local address names its interface: `fe80::2%eth2`.',
  }),
});

const peerCheck = mapping({
  interval: duration('5ms', '60s')
    .prefault('100ms')
    .meta({
      title: 'Interval',
      description:
        'How often every path of every peer is asked. Detection time = interval × failureThreshold: shorter finds a dead peer sooner and costs ' +
        'packets and patience with busy machines. The default finds it in 0.3 s.',
    }),
  failureThreshold: whole(1, 100).default(3).meta({
    title: 'Failure threshold',
    unit: 'checks',
    description:
      'Failed checks in a row until a path counts as unhealthy. 1 fails over on a single lost packet; 3 forgives two.',
  }),
  recoveryThreshold: whole(1, 100).default(2).meta({
    title: 'Recovery threshold',
    unit: 'checks',
    description: 'Good checks in a row until a path counts as healthy again. 2 ignores a single lucky answer.',
  }),
});

/** Section `ha`: what this instance is in its stack and how it talks to the others. */
export const ha = mapping({
  mode: oneOf('off', 'active-passive', 'active-active', 'cluster')
    .default('off')
    .meta({
      title: 'HA mode',
      description:
        '`off`: takes its addresses only if nobody else has them and speaks no VRRP. `active-passive`: all virtual routers move together, one instance is active. ' +
        '`active-active`: exactly two instances, each prefers the routers that it owns. `cluster`: three or more; each router has an owner, the order after it is the same on every instance. ' +
        'Off by default, because a daemon must not take part in an election that nobody asked for.',
    }),
  primary: flag().default(false).meta({
    title: 'Primary instance',
    description:
      'The instance that is preferred in active-passive and that holds the bypass. Exactly one instance of a stack is primary.',
  }),
  interface: interfaceName().nullable().default(null).meta({
    title: 'HA port',
    description:
      'Interface over which the instances talk: peer checks, and VRRP of every router that names no interface of its own. Required with peers. No default: a wrong guess would be an outage.',
  }),
  port: whole(1, 65_535).default(11_211).meta({
    title: 'HA port number',
    description: 'UDP for peer checks, TCP for state sync. The same on every instance of the stack.',
  }),
  secretFile: path()
    .nullable()
    .default(null)
    .meta({
      title: 'Secret file',
      description:
        'File with the key that the stack shares (`tandem keygen` makes one): 32 random bytes in base64 a line, mode 0600; the first line signs, all lines verify. ' +
        'Required with peers; usually /etc/tandem/stack.key.',
    }),
  preempt: flag()
    .default(true)
    .meta({
      title: 'Preempt',
      description:
        'A better instance takes over from a live worse one. On: the primary is active whenever it can be. Off: whoever is active stays, which saves one move after a repair; ' +
        'priorities then decide only when nobody is active.',
    }),
  preemptDelay: duration('1ms', '24h', true).prefault('0s').meta({
    title: 'Preempt delay',
    description:
      'How long a better instance must be fit before it takes over. Gives routing and sessions time to settle after a start. 0s takes over at once.',
  }),
  splitBrainGuard: flag().default(true).meta({
    title: 'Split-brain guard',
    description:
      'A standby that hears no adverts, but learns over a peer path that the other is active, stays standby. Off: silence of the adverts alone decides.',
  }),
  fastTakeover: flag().default(true).meta({
    title: 'Fast takeover',
    description:
      'A standby takes over when the active peer stops answering checks and one last call, without waiting for the advert timer. Off: the VRRP timer alone decides.',
  }),
  peers: list(peer, 15).prefault([]).meta({
    title: 'Peers',
    description:
      'The other instances of the stack that run Tandem. May be empty: the others are then plain VRRP speakers, and VRRP alone decides. At most 15.',
  }),
  peerCheck: peerCheck.prefault({}).meta({
    title: 'Peer check',
    description: 'The authenticated request and reply between instances.',
  }),
});
