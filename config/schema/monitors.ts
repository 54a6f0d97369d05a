import * as z from 'zod';
import {
  argv,
  duration,
  flag,
  host,
  hostPort,
  interfaceName,
  list,
  mapping,
  name,
  oneOf,
  path,
  rate,
  text,
  url,
  whole,
} from './fields.ts';

/** Section `links`: the inline segments. */
export const links = mapping({
  interval: duration('10ms', '60s').prefault('100ms').meta({
    title: 'Link monitoring interval',
    description:
      "How often the ports are read, beside the kernel's own link events, which act at once. Catches what a driver does not report.",
  }),
  minimumActive: whole(0, 64).default(0).meta({
    title: 'Minimum active links',
    unit: 'link pairs',
    description:
      'With fewer link pairs up, this instance marks itself down. At most the number of pairs; equal to it, the loss of any pair is a failover. 0: never.',
  }),
  pairs: list(
    mapping({
      name: name().meta({ title: 'Name', description: 'Name of the pair in status and events.' }),
      outside: interfaceName().meta({
        title: 'Outside port',
        description: 'Port towards the network that attacks come from.',
      }),
      inside: interfaceName().meta({ title: 'Inside port', description: 'Port towards what is protected.' }),
    }),
    64,
  )
    .prefault([])
    .meta({
      title: 'Link pairs',
      description: 'Outside and inside port of each inline segment. A pair is up only if both ports have carrier.',
    }),
});

/** Section `bandwidth`: too little traffic on the active instance is a reason to move. */
export const bandwidth = mapping({
  enabled: flag().default(false).meta({
    title: 'Enable bandwidth monitoring',
    description: 'Off by default: a quiet night is no fault unless you say what traffic there must always be.',
  }),
  minimum: rate(1, 100e12).prefault(1024).meta({
    title: 'Minimum bandwidth',
    unit: 'bits per second',
    description:
      'Received on all `interfaces` together. An average below it over `window` moves the address once. Well below the quietest hour; 1024 catches only a dead line.',
  }),
  window: duration('1s', '1h').prefault('10s').meta({
    title: 'Window',
    description: 'Time over which the average is taken. Longer forgives pauses, shorter acts sooner.',
  }),
  interfaces: list(interfaceName(), 128).prefault([]).meta({
    title: 'Interfaces',
    description: 'What is measured. Default: the outside port of every link pair.',
  }),
  cooldown: duration('1s', '24h', true).prefault('15m').meta({
    title: 'Cool-down',
    description:
      'After such a move the trigger stays disarmed on the whole stack at least this long, so that a real lull does not move the address to and fro.',
  }),
});

/** Section `flaps`: when failing over itself is the fault. */
export const flaps = mapping({
  max: whole(0, 1000).default(6).meta({
    title: 'Maximum allowed flaps',
    unit: 'flaps',
    description:
      'How often this instance may leave active by fault within the window. One more triggers `action`. 0: no limit.',
  }),
  window: duration('10s', '24h').prefault('15m').meta({
    title: 'Window',
    description: 'Sliding window in which flaps are counted.',
  }),
  action: oneOf('bypass', 'fault').default('bypass').meta({
    title: 'Action',
    description:
      'What the primary does beyond the limit: `bypass` lets traffic through uninspected, `fault` stays out of service (fails closed). Either lasts until an operator ends it.',
  }),
});

const anyTrack = {
  name: name().meta({ title: 'Name', description: 'Name of the track in status and events.' }),
  interval: duration('100ms', '1h').prefault('1s').meta({ title: 'Interval', description: 'How often it is checked.' }),
  timeout: duration('10ms', '60s').prefault('500ms').meta({
    title: 'Timeout',
    description: 'How long one check may take before it counts as failed.',
  }),
  fall: whole(1, 100)
    .default(3)
    .meta({ title: 'Fall', unit: 'checks', description: 'Failed checks in a row until the track is down.' }),
  rise: whole(1, 100)
    .default(3)
    .meta({ title: 'Rise', unit: 'checks', description: 'Good checks in a row until it is up again.' }),
  weight: whole(-253, 253).default(0).meta({
    title: 'Weight',
    description:
      'What the track moves. 0: down is a fault. Below zero: added to the priority while down; above zero: while up. The priority stays within 1 to 254.',
  }),
  routers: list(name(), 1024).prefault([]).meta({
    title: 'Routers',
    description: 'Names of the virtual routers that it concerns. Empty: the whole instance.',
  }),
};

const percent = (title: string, description: string) => whole(1, 100).meta({ title, unit: '%', description });

/** One entry of section `tracks`: a further check that decides eligibility or priority. */
export const track = z.discriminatedUnion(
  'type',
  [
    mapping({
      type: z.literal('ping').meta({ title: 'Type', description: 'An ICMP echo must be answered.' }),
      target: host().meta({ title: 'Target', description: 'Host that is pinged.' }),
      ...anyTrack,
    }),
    mapping({
      type: z.literal('tcp').meta({ title: 'Type', description: 'A TCP connection must be accepted.' }),
      target: hostPort().meta({ title: 'Target', description: 'host:port to connect to.' }),
      ...anyTrack,
    }),
    mapping({
      type: z
        .literal('http')
        .meta({ title: 'Type', description: 'A GET must be answered with a status of 200 to 399.' }),
      target: url('http', 'https').meta({ title: 'Target', description: 'Full URL that is fetched.' }),
      ...anyTrack,
    }),
    mapping({
      type: z.literal('script').meta({ title: 'Type', description: 'A program must end with exit code 0.' }),
      command: argv().meta({ title: 'Command', description: 'The program and its arguments; no shell.' }),
      ...anyTrack,
    }),
    mapping({
      type: z.literal('process').meta({ title: 'Type', description: 'A process of this name must run.' }),
      target: text(1, 255, 'a process name').meta({
        title: 'Target',
        description: 'Name of the process, as `ps -e` shows it.',
      }),
      ...anyTrack,
    }),
    mapping({
      type: z.literal('file').meta({ title: 'Type', description: 'A file must exist.' }),
      target: path().meta({ title: 'Target', description: 'Absolute path of the file.' }),
      ...anyTrack,
    }),
    mapping({
      type: z
        .literal('resource')
        .meta({ title: 'Type', description: 'A resource of this machine must not be used up.' }),
      target: oneOf('cpu', 'memory', 'disk').meta({ title: 'Target', description: 'What is sampled.' }),
      path: path().default('/').meta({ title: 'Path', description: 'disk: a path on the file system that is meant.' }),
      high: percent('High', 'Use above this counts as a failed check …'),
      low: percent('Low', '… until it is below this. At most `high`; the gap between them keeps it from chattering.'),
      ...anyTrack,
    }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? 'expected one of ping, tcp, http, script, process, file, resource'
        : 'expected a mapping (key: value)',
  },
);
