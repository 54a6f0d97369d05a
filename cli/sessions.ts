import type { SessionFeatureAsked, SessionView, SourcePage } from '../core/api/sessions.ts';
import { HEARTBEAT_MS } from '../core/api/sessions.ts';
import { listOf, objectOf } from './answer.ts';
import { EXIT, Failure, usageFailure } from './command.ts';
import type { Command, Context, Exit, OptionValues } from './command.ts';
import { createManagerClient } from './client.ts';
import type { EngineClient } from './client.ts';
import { sessionSheet, sessionsTable } from './sessions-text.ts';
import { paintFor, printJson } from './terminal.ts';

const WORDS = ['list', 'show', 'start', 'block', 'unblock', 'kill', 'kill-all'] as const;

/** What each word needs behind it, at least and at most. */
const NEEDS: Readonly<Record<(typeof WORDS)[number], readonly [number, number, string]>> = {
  list: [0, 0, 'list'],
  show: [1, 1, 'show ID'],
  start: [1, 1, 'start TARGET'],
  block: [2, Infinity, 'block ID SOURCE…'],
  unblock: [2, Infinity, 'unblock ID SOURCE…'],
  kill: [1, Infinity, 'kill ID…'],
  'kill-all': [0, 0, 'kill-all'],
};

export const sessions: Command = {
  name: 'sessions',
  summary: 'mitigations in progress: list, start, change and kill them',
  usage: [
    'sessions list',
    'sessions show ID',
    'sessions start TARGET [--policy NAME] [--block SOURCES] [--rate RATE] [--packets N] [--per target|source] [--copy INTERFACE] [--capture] [--command NAMES] [--max-time DURATION] [--attend]',
    'sessions block|unblock ID SOURCE…',
    'sessions kill ID…',
    'sessions kill-all',
  ],
  details:
    'A session that is started here lasts until it is killed or its time is over. With --attend it lasts as long as this command runs, which says that it is there every three seconds; ' +
    'it then ends as Unused. `tandem features` says what survives a failover. The leader takes changes: on another instance the command says where that is.',
  options: {
    policy: { type: 'string', value: 'NAME', text: 'policy whose features and limits hold where nothing else is said' },
    block: { type: 'string', value: 'SOURCES', text: 'networks and addresses to drop, separated by commas' },
    rate: { type: 'string', value: 'RATE', text: 'limit, such as 10Mbps' },
    packets: { type: 'string', value: 'N', text: 'limit in packets per second' },
    per: { type: 'string', value: 'WHAT', choices: ['target', 'source'], text: 'what is limited (default target)' },
    copy: { type: 'string', value: 'INTERFACE', text: 'send a copy out of this interface' },
    capture: { type: 'boolean', text: 'write packets into a pcap file' },
    command: { type: 'string', value: 'NAMES', text: 'commands of the configuration, separated by commas' },
    'max-time': { type: 'string', value: 'DURATION', text: 'end it then, even in use' },
    attend: { type: 'boolean', text: 'keep it while this command runs' },
  },
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  async run(context) {
    const { io, json, run, operands } = context;
    const [given = '', ...rest] = operands;
    const word = WORDS.find((one) => one === given);
    if (word === undefined) throw usageFailure(`'${given}' is not what sessions can do: ${WORDS.join(', ')}`);
    const [least, most, form] = NEEDS[word];
    if (rest.length < least || rest.length > most) throw usageFailure(`it is: tandem sessions ${form}`);
    const manager = createManagerClient(run, { raw: json, env: io.env });
    const [first = ''] = rest;
    const path = `/api/v1/sessions/${encodeURIComponent(first)}`;
    switch (word) {
      case 'list': {
        const answer = await manager.get('/api/v1/sessions');
        const all = listOf<SessionView>(answer, 'sessions');
        if (json) printJson(io, answer);
        else io.out(sessionsTable(all, { now: io.now(), width: io.size().columns, paint: paintFor(io) }));
        const { trouble } = objectOf<{ readonly trouble: string }>(answer, 'trouble');
        if (trouble !== '') io.err(`tandem: not in effect on this instance: ${trouble}\n`);
        return EXIT.done;
      }
      case 'show':
        return shown(context, sessionOf(await manager.get(path)));
      case 'start':
        return start(context, manager, first);
      case 'block':
      case 'unblock': {
        const body = word === 'block' ? { add: rest.slice(1) } : { remove: rest.slice(1) };
        const page = objectOf<SourcePage>(await manager.post(`${path}/blocklist`, body), 'total');
        if (json) printJson(io, page);
        else io.out(`${page.total} on the blocklist of ${first}\n`);
        return EXIT.done;
      }
      case 'kill': {
        const ended: SessionView[] = [];
        for (const id of rest) {
          ended.push(sessionOf(await manager.send('DELETE', `/api/v1/sessions/${encodeURIComponent(id)}`)));
          if (!json) io.out(`killed ${id}\n`);
        }
        if (json) printJson(io, { sessions: ended });
        return EXIT.done;
      }
      case 'kill-all': {
        const answer = objectOf<{ readonly killed: number }>(
          await manager.post('/api/v1/sessions/kill', { all: true }),
          'killed',
        );
        if (json) printJson(io, answer);
        else io.out(`killed ${answer.killed}\n`);
        return EXIT.done;
      }
    }
  },
};

const sessionOf = (answer: unknown): SessionView => objectOf<SessionView>(answer, 'id');

function shown({ io, json }: Context, session: SessionView): Exit {
  if (json) printJson(io, session);
  else io.out(sessionSheet(session, { now: io.now(), width: io.size().columns, paint: paintFor(io) }));
  return EXIT.done;
}

async function start(context: Context, manager: EngineClient, target: string): Promise<Exit> {
  const { io, json, options } = context;
  const attend = options['attend'] === true;
  const session = sessionOf(
    await manager.post('/api/v1/sessions', {
      target,
      features: featuresOf(options),
      hold: !attend,
      ...(typeof options['policy'] === 'string' ? { policy: options['policy'] } : {}),
      ...(typeof options['max-time'] === 'string' ? { maxTime: options['max-time'] } : {}),
    }),
  );
  if (json) printJson(io, session);
  else io.out(`${session.id}\n`);
  return attend ? keep(context, manager, session.id) : EXIT.done;
}

/** Until it ends, or nobody wants this any more. A leader that is being replaced is asked again. */
async function keep({ io }: Context, manager: EngineClient, id: string): Promise<Exit> {
  for (;;) {
    try {
      await manager.post(`/api/v1/sessions/${encodeURIComponent(id)}/heartbeat`, {});
    } catch (error) {
      if (!(error instanceof Failure) || !PASSING.has(error.code)) throw error;
      io.err(`tandem: ${error.message}\n`);
    }
    await io.sleep(HEARTBEAT_MS);
  }
}

/** What passes by itself. */
const PASSING: ReadonlySet<string> = new Set(['noLeader', 'notLeader', 'starting', 'storeUnavailable', 'unreachable']);

function featuresOf(options: OptionValues): readonly SessionFeatureAsked[] {
  const { block, rate, packets, per, copy, capture, command } = options;
  const features: SessionFeatureAsked[] = [];
  if (typeof block === 'string') features.push({ name: 'blocklist', sources: split(block) });
  if (typeof rate === 'string' || typeof packets === 'string') {
    features.push({
      name: 'ratelimit',
      ...(typeof rate === 'string' ? { rate } : {}),
      ...(typeof packets === 'string' ? { packetsPerSecond: whole(packets) } : {}),
      ...(per === 'source' ? { per } : {}),
    });
  }
  if (per !== undefined && per !== 'target' && per !== 'source') throw usageFailure('--per is target or source');
  if (typeof copy === 'string') features.push({ name: 'copy', interface: copy });
  if (capture === true) features.push({ name: 'capture' });
  if (typeof command === 'string') for (const name of split(command)) features.push({ name: 'command', command: name });
  return features;
}

function whole(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw usageFailure(`--packets is a whole number, not '${text}'`);
}

const split = (text: string): readonly string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
