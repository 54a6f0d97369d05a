/** What the demo shows on a terminal. Pure: a picture of the world in, lines of text out. */
import { VIP } from './topology.ts';
import { details, megabits } from './demo-details.ts';
import type { InstanceView } from './demo-instance.ts';
import type { Login, Page } from './demo-page.ts';
import { bold, clip, cyan, dim, green, milliseconds, pad, plain, red, yellow } from './demo-style.ts';
import type { Entry } from './demo-world.ts';

/** What somebody who sends probes has seen. */
export interface ProbeView {
  readonly who: string | null;
  readonly silentMs: number;
  readonly lastMs: number | null;
  readonly longestMs: number | null;
  readonly totalMs: number;
  readonly outages: number;
  readonly sent: number;
  readonly lost: number;
  readonly moves: number;
}

/** All that the screen shows. */
export interface Screen {
  readonly instances: readonly InstanceView[];
  /** The client of the address. */
  readonly client: ProbeView;
  /** From the outside host to the inside host. */
  readonly traffic: ProbeView;
  /** Of the stream beside the probes, bits per second. */
  readonly rate: number;
  readonly story: readonly Entry[];
  /** Where a browser shows the instances, and with which login; none where nobody outside can open them. */
  readonly pages: readonly Page[];
  readonly login: Login;
  /** Something to read until the next key (the answer to `why`). */
  readonly note: string | null;
  /** Wall time, ms since 1970. */
  readonly now: number;
  readonly width: number;
  readonly height: number;
}

const ROLE: Readonly<Record<string, (text: string) => string>> = {
  active: (text) => green(bold(text)),
  standby: cyan,
  fault: red,
  starting: yellow,
  maintenance: yellow,
  bypass: (text) => red(bold(text)),
};

function role(view: InstanceView): string {
  if (view.daemon !== 'running') return red(view.daemon);
  const name = view.status?.role;
  return name === undefined ? yellow('no answer') : (ROLE[name] ?? bold)(name);
}

const KEYS: readonly (readonly [string, string])[] = [
  ['1', 'kill the active engine'],
  ['2', 'stop the active instance'],
  ['3', "cut the active's data link"],
  ['4', 'cut the HA port'],
  ['5', 'restore everything'],
  ['6', 'cut the backup path'],
  ['7', "cut the active's link pair"],
  ['8', 'starve bandwidth'],
  ['9', 'flap until bypass'],
  ['r', 'release the bypass'],
  ['s', 'switch over'],
  ['m', 'maintenance on/off'],
  ['f', 'freeze the active'],
  ['w', 'why?'],
  ['q', 'quit'],
];

/** Below this many lines the empty ones are left out. */
const ROOMY = 32;

/** The whole screen, a line an element; never more lines than its height. */
export function render(screen: Screen): readonly string[] {
  const gap = screen.height < ROOMY ? [] : [''];
  const head = [
    bold('Tandem in the lab') + dim(`   two appliances share ${VIP}; every packet and process is real`),
    ...pageLines(screen),
    ...gap,
    ...picture(screen),
    ...gap,
    ...table(screen),
    ...gap,
    ...clientLines(screen),
    ...trafficLines(screen),
    ...gap,
  ];
  const foot = [...gap, ...keyLines(screen.width)];
  const room = Math.max(3, screen.height - head.length - foot.length - 2);
  const middle = screen.note === null ? story(screen, room) : [bold('Why'), ...screen.note.split('\n').slice(0, room)];
  return [...head, ...middle, ...foot].map((line) => clip(line, screen.width)).slice(0, Math.max(1, screen.height - 1));
}

/** `page  a https://127.0.0.1:8443   b https://127.0.0.1:8444   login admin / …`. */
function pageLines({ pages, login }: Screen): readonly string[] {
  if (pages.length === 0) return [];
  const places = pages.map(({ instance, url }) => `${bold(instance)} ${url}`).join('   ');
  return [`${dim('page')}  ${places}   ${dim('login')} ${login.user} / ${login.password}`];
}

/** The network: a cut cable is shown cut, the address and the traffic where they are. */
function picture({ instances, client, traffic }: Screen): readonly string[] {
  const box = (view: InstanceView | undefined): string => {
    if (view === undefined) return '';
    return `${pad(`${bold(view.name)} ${role(view)}`, 14)}${pad(view.holdsVip ? green(`◀ has ${VIP}`) : '', 20)}${wire(view)}`;
  };
  const [a, b] = instances;
  const cable = (cut: boolean | undefined): string => (cut === true ? red('─╳──') : '────');
  const between = (cut: boolean, name: string): string => (cut ? red(`╳ ${name} cut`) : dim(`║ ${name}`));
  const ha = between(a?.cut.ha === true || b?.cut.ha === true, 'HA port');
  const backup = between(a?.cut.backup === true || b?.cut.backup === true, 'backup path');
  const who = client.who === null ? red('client') : bold('client');
  const ends = traffic.who === null ? red : bold;
  return [
    `                    ┌${cable(a?.cut.data)} ${box(a)}`,
    `  ${who} ── switch ─┤       ${ha}   ${backup}            ${ends('outside')} ⇄ ${ends('inside')}`,
    `                    └${cable(b?.cut.data)} ${box(b)}`,
  ];
}

/** What becomes of the traffic at its link pair. */
function wire({ cut, forwards, status }: InstanceView): string {
  if (cut.pair) return red('outside ─╳─  inside');
  if (status?.bypass?.state === 'bypass') return yellow('outside ════ inside  (a wire)');
  return forwards ? green('outside ⇄▒⇄ inside') : dim('outside  ▒  inside');
}

function table({ instances, now }: Screen): readonly string[] {
  const rows = instances.flatMap((view) => {
    const { status } = view;
    const since = status === null ? '' : ago(now - Date.parse(status.since));
    const says = details(view);
    return [
      `  ${pad(bold(view.name), 10)}${pad(role(view), 13)}${pad(since, 9)}${pad(view.holdsVip ? green('yes') : dim('no'), 9)}${why(view)}`,
      `    ${says === '' ? dim('-') : says}`,
    ];
  });
  return [dim(`  ${'instance'.padEnd(10)}${'role'.padEnd(13)}${'since'.padEnd(9)}${'address'.padEnd(9)}why`), ...rows];
}

function why(view: InstanceView): string {
  if (view.daemon === 'stopped') return dim('its daemon was stopped (5 starts it again)');
  if (view.daemon === 'frozen') return dim('its processes stand still (5 lets them go on)');
  if (view.status === null) return dim('its control socket does not answer');
  const conditions = view.status.conditions.map(({ text }) => yellow(` · ${text}`)).join('');
  return view.status.reason.text + conditions;
}

function clientLines({ client }: Screen): readonly string[] {
  const answered = client.who === null ? red(`nobody, for ${milliseconds(client.silentMs)}`) : green(bold(client.who));
  return [
    `  ${bold('Client')}${dim(', one probe a millisecond')}    answered by ${answered}`,
    `  ${outages(client)}`,
    dim(`  ${losses(client)} · the address moved ${times(client.moves)}`),
  ];
}

function trafficLines({ traffic, rate }: Screen): readonly string[] {
  const state =
    traffic.who === null ? red(`nothing comes through, for ${milliseconds(traffic.silentMs)}`) : green('comes through');
  const stream = rate === 0 ? yellow('starved') : megabits(rate);
  return [
    `  ${bold('Traffic')} ${dim('outside → inside,')} ${state}${dim(`, stream ${stream}`)}`,
    `  ${outages(traffic)} ${dim(`· ${losses(traffic)}`)}`,
  ];
}

function outages({ lastMs, longestMs, totalMs, outages: count }: ProbeView): string {
  const last = lastMs === null ? dim('none yet') : milliseconds(lastMs);
  const longest = longestMs === null ? dim('–') : bold(milliseconds(longestMs));
  const total = count === 0 ? '' : dim(` (${count} of them, ${milliseconds(totalMs)} in all)`);
  return `outage: last ${last} · longest ${longest}${total}`;
}

function losses({ lost, sent }: ProbeView): string {
  return `${lost.toLocaleString('en')} of ${sent.toLocaleString('en')} probes lost`;
}

function story(screen: Screen, room: number): readonly string[] {
  const mark: Readonly<Record<Entry['kind'], (text: string) => string>> = {
    you: yellow,
    role: cyan,
    client: green,
    event: dim,
  };
  const label: Readonly<Record<Entry['kind'], string>> = { you: '▸ ', client: 'client: ', role: '', event: '' };
  return screen.story
    .slice(-room)
    .map(({ at, kind, text }) => `  ${dim(clock(at))}  ${mark[kind](label[kind] + text)}`);
}

function keyLines(width: number): readonly string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const [key, text] of KEYS) {
    const item = ` ${bold(key)} ${dim(text)}  `;
    if (plain(line + item).length > width && plain(line).trim() !== '') {
      lines.push(line);
      line = ' ';
    }
    line += item;
  }
  return [...lines, line];
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** `12:00:01.123`, local time. */
export function clock(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}
