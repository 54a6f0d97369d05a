/** What the demo shows on a terminal. Pure: a picture of the world in, lines of text out. */
import { VIP } from './topology.ts';
import { milliseconds } from './demo-world.ts';
import type { Entry, InstanceView } from './demo-world.ts';

/** All that the screen shows. */
export interface Screen {
  readonly instances: readonly InstanceView[];
  readonly client: {
    readonly who: string | null;
    readonly silentMs: number;
    readonly lastMs: number | null;
    readonly longestMs: number | null;
    readonly totalMs: number;
    readonly outages: number;
    readonly sent: number;
    readonly lost: number;
    readonly moves: number;
  };
  readonly story: readonly Entry[];
  /** Something to read until the next key (the answer to `why`). */
  readonly note: string | null;
  /** Wall time, ms since 1970. */
  readonly now: number;
  readonly width: number;
  readonly height: number;
}

const ESC = '\u001b[';
const style =
  (code: string) =>
  (text: string): string =>
    `${ESC}${code}m${text}${ESC}0m`;
const bold = style('1');
const dim = style('2');
const green = style('32');
const red = style('31');
const yellow = style('33');
const cyan = style('36');

const plain = (text: string): string => text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '');
const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - plain(text).length));

const ROLE: Readonly<Record<string, (text: string) => string>> = {
  active: (text) => green(bold(text)),
  standby: cyan,
  fault: red,
  starting: yellow,
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
  ['s', 'switchover'],
  ['f', 'freeze the active'],
  ['w', 'why?'],
  ['q', 'quit'],
];

/** The whole screen, a line an element; never more lines than its height. */
export function render(screen: Screen): readonly string[] {
  const head = [
    bold('Tandem in the lab') + dim(`   two appliances share ${VIP}; every packet and process is real`),
    '',
    ...picture(screen),
    '',
    ...table(screen),
    '',
    ...clientLines(screen),
    '',
  ];
  const foot = ['', ...keyLines(screen.width)];
  const room = Math.max(3, screen.height - head.length - foot.length - 2);
  const middle = screen.note === null ? story(screen, room) : [bold('Why'), ...screen.note.split('\n').slice(0, room)];
  return [...head, ...middle, ...foot].map((line) => clip(line, screen.width)).slice(0, Math.max(1, screen.height - 1));
}

/** The network: a cut cable is shown cut, the address where it is. */
function picture({ instances, client }: Screen): readonly string[] {
  const box = (view: InstanceView | undefined): string => {
    if (view === undefined) return '';
    const holds = view.holdsVip ? `  ${green(`◀ has ${VIP}`)}` : '';
    return `${bold(view.name)} ${role(view)}${holds}`;
  };
  const [a, b] = instances;
  const cable = (cut: boolean | undefined, whole: string): string => (cut === true ? red('─╳──') : whole);
  const traffic = client.who === null ? red('client') : bold('client');
  const ha = a?.haCut === true || b?.haCut === true ? red('╳ HA port cut') : dim('║ HA port');
  return [
    `                    ┌${cable(a?.dataCut, '────')} ${box(a)}`,
    `  ${traffic} ── switch ─┤       ${ha}`,
    `                    └${cable(b?.dataCut, '────')} ${box(b)}`,
  ];
}

function table({ instances, now }: Screen): readonly string[] {
  const rows = instances.map((view) => {
    const { status } = view;
    const since = status === null ? '' : ago(now - Date.parse(status.since));
    return `  ${pad(bold(view.name), 10)}${pad(role(view), 12)}${pad(since, 10)}${pad(view.holdsVip ? green('yes') : dim('no'), 9)}${why(view)}`;
  });
  return [dim(`  ${'instance'.padEnd(10)}${'role'.padEnd(12)}${'since'.padEnd(10)}${'address'.padEnd(9)}why`), ...rows];
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
  const last = client.lastMs === null ? dim('none yet') : milliseconds(client.lastMs);
  const longest = client.longestMs === null ? dim('–') : bold(milliseconds(client.longestMs));
  const total = client.outages === 0 ? '' : dim(` (${client.outages} of them, ${milliseconds(client.totalMs)} in all)`);
  return [
    `  ${bold('Client')}${dim(', one probe a millisecond')}    answered by ${answered}`,
    `  outage: last ${last} · longest ${longest}${total}`,
    dim(
      `  ${client.lost.toLocaleString('en')} of ${client.sent.toLocaleString('en')} probes lost · the address moved ${times(client.moves)}`,
    ),
  ];
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

/** Cuts a line at the terminal's width without counting colours, so that nothing wraps. */
function clip(line: string, width: number): string {
  if (plain(line).length <= width) return line;
  let seen = 0;
  let out = '';
  for (let i = 0; i < line.length && seen < width - 1; i += 1) {
    if (line[i] === '\u001b') {
      const end = line.indexOf('m', i);
      out += line.slice(i, end + 1);
      i = end;
    } else {
      out += line[i];
      seen += 1;
    }
  }
  return `${out}…${ESC}0m`;
}
