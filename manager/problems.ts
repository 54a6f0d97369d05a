/** Everything that is wrong with the stack, each with its likely cause and what to do: a row of the table is a situation (ui.md table F). Pure. */
import type { Headline } from '../core/api/stack.ts';
import type { ConditionName } from '../core/reason.ts';
import type { Status } from '../core/status.ts';
import { CONDITION_ADVICE, FAULT_ADVICE } from './advice.ts';
import { activesOf, canTakeOver, foreignActive, seconds } from './actives.ts';
import type { HeadlineInput } from './actives.ts';

export type Problem = Headline['problems'][number];

const critical = (text: string, advice: string): Problem => ({ severity: 'critical', text, advice });
const warning = (text: string, advice: string): Problem => ({ severity: 'warning', text, advice });

/** Loudest first. */
export function problemsOf(input: HeadlineInput): readonly Problem[] {
  const { status, engine, fileError } = input;
  const found: Problem[] = [];
  if (!engine.reachable) found.push(engineGone(input));
  if (fileError !== null)
    found.push(
      warning(
        `the configuration file cannot be used: ${fileError}`,
        'The last good one is running. Mend the file, or restore a version.',
      ),
    );
  // What an engine said that does not answer now is no problem of now.
  if (status !== null && engine.reachable) found.push(...ROWS.flatMap((row) => row(status)));
  return found.toSorted((a, b) => rank(a) - rank(b));
}

const rank = ({ severity }: Problem): number => (severity === 'critical' ? 0 : 1);

function engineGone({ engine, status, ageMs }: HeadlineInput): Problem {
  const since = status === null ? '' : ` What is shown is ${seconds(ageMs)} old.`;
  return critical(
    `${engine.error ?? 'the engine does not answer'}.${since}`,
    'tandemd starts it again by itself. If it stays away: systemctl status tandem, journalctl -u tandem.',
  );
}

const ROWS: readonly ((status: Status) => readonly Problem[])[] = [
  twoActives,
  noneActive,
  bypassed,
  faults,
  conditions,
  maintenance,
  peers,
  differences,
  bypassUnreadable,
];

function twoActives(status: Status): readonly Problem[] {
  const actives = activesOf(status);
  const apart = status.mode === 'active-active' || status.mode === 'cluster';
  // Instances that share the work are several on purpose; two for the same group are not.
  const same = status.peers.filter(
    ({ activeGroups }) =>
      activeGroups?.some((name) => status.routers.some(({ group, state }) => group === name && state === 'active')) ===
      true,
  );
  if (apart ? same.length === 0 : actives.length < 2) return [];
  const names = apart ? [status.instance, ...same.map(({ name }) => name)] : actives;
  return [
    critical(
      `${names.length === 2 ? 'Two' : names.length} instances are active: ${names.join(' and ')}`,
      `They do not hear each other's adverts: a switch between them blocks multicast (224.0.0.18, ff02::12), or they are in different VLANs. Put ${names.at(-1)} into maintenance until that is mended.`,
    ),
  ];
}

function noneActive(status: Status): readonly Problem[] {
  if (activesOf(status).length > 0 || status.role === 'starting' || foreignActive(status) !== null) return [];
  if (status.routers.length === 0) return [];
  const own = `${status.instance}: ${status.eligible ? status.reason.text : (status.faults[0]?.text ?? status.reason.text)}`;
  const others = status.peers.map(
    (peer) => `${peer.name}: ${peer.faults[0] ?? peer.reason?.text ?? 'nothing is heard of it'}`,
  );
  return [
    critical(
      `No instance is active; the addresses are not served. ${[own, ...others].join('; ')}`,
      CONDITION_ADVICE.serviceDown,
    ),
  ];
}

function bypassed({ instance, bypass, peers: others }: Status): readonly Problem[] {
  const ends = {
    operator: 'It was engaged by hand: release it when the appliance shall inspect again.',
    flaps: 'The role moved too often. Find out why (Events), mend it, then reset the flaps and release the bypass.',
    serviceDown: 'It ends by itself as soon as an instance is eligible: mend the faults.',
    unknown:
      'It was found engaged: somebody switched it by hand or the card lost its power. Release it if nobody meant it.',
  };
  const own =
    bypass.state === 'bypass'
      ? [
          critical(
            `Traffic passes ${instance} uninspected: the bypass is engaged${bypass.reason === null ? '' : ` (${bypass.reason.text})`}`,
            ends[bypass.by ?? 'unknown'],
          ),
        ]
      : [];
  const theirs = others
    .filter((peer) => peer.bypass === 'bypass')
    .map(({ name }) =>
      critical(`Traffic passes ${name} uninspected: its bypass is engaged`, `See the page of ${name}.`),
    );
  return [...own, ...theirs];
}

function faults({ instance, faults: own }: Status): readonly Problem[] {
  return own.map(({ name, text, router }) =>
    warning(`${instance}${router === undefined ? '' : ` (${router})`}: ${text}`, FAULT_ADVICE[name]),
  );
}

/** What the other rows say already, and better. */
const SAID: ReadonlySet<string> = new Set(['serviceDown']);

function conditions({ instance, conditions: own, peers: others }: Status): readonly Problem[] {
  // Of a peer that answers on no path its own row speaks: "the other paths still work" would be wrong.
  const lost = others.filter(({ health }) => health === 'unhealthy').map(({ name }) => name);
  const isSaid = ({ name, peer }: Status['conditions'][number]): boolean =>
    SAID.has(name) || (name === 'pathDown' && peer !== undefined && lost.includes(peer));
  return own
    .filter((one) => !isSaid(one))
    .map(({ name, text, router, peer }) => {
      const about = peer ?? router;
      const advice = CONDITION_ADVICE[name as ConditionName] ?? 'See the log of the daemon.';
      const line = about === undefined || text.includes(about) ? text : `${about}: ${text}`;
      return (name === 'primaryConflict' ? critical : warning)(`${instance}: ${line}`, advice);
    });
}

function maintenance({ instance, maintenance: own, peers: others }: Status): readonly Problem[] {
  const theirs = others
    .filter(({ role }) => role === 'maintenance')
    .map(({ name, reason }) =>
      warning(`${name} is in maintenance: ${reason?.text ?? ''}`, 'It takes nothing over until somebody ends it.'),
    );
  if (own === null) return theirs;
  const until =
    own.until === null ? 'until it is left' : own.until === 'reboot' ? 'until the reboot' : `until ${own.until}`;
  return [
    warning(`${instance} is in maintenance (${own.by}, ${until})`, 'It takes nothing over until it is left.'),
    ...theirs,
  ];
}

function peers(status: Status): readonly Problem[] {
  return status.peers.flatMap((peer): readonly Problem[] => {
    const { name, health, lastContactMs } = peer;
    if (lastContactMs === null)
      return [
        warning(
          `${name} has not been seen yet`,
          'Is it running? Compare on both: the HA port and its number, the stack secret, the addresses under ha.peers, the clock.',
        ),
      ];
    if (health === 'unhealthy')
      return [
        warning(
          `${name} answers no checks: last heard ${seconds(lastContactMs)} ago`,
          'Is it running, and are its HA port and its cables up? What it did last is shown as unknown.',
        ),
      ];
    const away = peer.role === 'maintenance' || peer.role === 'starting' || canTakeOver(peer);
    if (away || health !== 'healthy') return [];
    const why = peer.faults.length > 0 ? peer.faults.join('; ') : (peer.reason?.text ?? 'it does not say why');
    return [warning(`${name} cannot take over: ${why}`, `See the page of ${name}.`)];
  });
}

function differences(status: Status): readonly Problem[] {
  return status.peers.flatMap(({ name, configurationHash, version }): readonly Problem[] => [
    ...(configurationHash === null || configurationHash === status.configuration.hash
      ? []
      : [
          warning(
            `The settings of ${status.instance} and ${name} differ`,
            'Compare the two files: peer checks, flaps and virtual routers have to be the same on both.',
          ),
        ]),
    ...(version === null || version === status.version
      ? []
      : [
          warning(
            `${status.instance} runs version ${status.version}, ${name} runs ${version}`,
            'Upgrade the older one when it is standby.',
          ),
        ]),
  ]);
}

function bypassUnreadable({ instance, bypass }: Status): readonly Problem[] {
  if (bypass.driver === 'none' || (bypass.state !== 'unknown' && bypass.detail === '')) return [];
  const detail = bypass.detail === '' ? 'its state is unknown' : bypass.detail;
  return [warning(`The bypass of ${instance} (${bypass.driver}): ${detail}`, FAULT_ADVICE.bypassUnknown)];
}
