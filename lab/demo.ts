/**
 * `npm start`: the lab with two instances, to watch and to break.
 * usage: demo [--for DURATION] [--script STEPS]. With a script, or without a terminal, it prints lines instead of a screen, and exits 1 if
 * the address did not move.
 */
import { parseArgs } from 'node:util';
import { parseDuration } from '../core/units.ts';
import { now, sleep } from './clock.ts';
import { VERBS, readScript } from './demo-script.ts';
import type { Act } from './demo-acts.ts';
import type { Step } from './demo-script.ts';
import { render } from './demo-screen.ts';
import type { ProbeView } from './demo-screen.ts';
import { milliseconds } from './demo-style.ts';
import { DemoWorld } from './demo-world.ts';
import type { OutageLedger } from './outages.ts';
import { whyNoNamespaces } from './command.ts';

const USAGE = `usage: npm start [-- --for DURATION --script 'STEP; STEP; …']

A live table, and keys to break things. With --script, or without a terminal: one line per step and per change, and exit 1 if the address
did not move or nobody answers at the end.

  --for DURATION   end after this time (20s)
  --script STEPS   ${VERBS}
                   'kill active; wait 5s; restore'
`;

const TERMINAL = {
  enter: '\u001b[?1049h\u001b[?25l',
  leave: '\u001b[?25h\u001b[?1049l',
  home: '\u001b[H',
  rest: '\u001b[J',
  line: '\u001b[K',
};

function wrong(text: string): never {
  process.stderr.write(`${text}\n\n${USAGE}`);
  process.exit(2);
}

interface Wishes {
  readonly forMs: number | null;
  readonly steps: readonly Step[] | null;
}

function readArguments(): Wishes {
  let values;
  try {
    values = parseArgs({
      options: { for: { type: 'string' }, script: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const forMs = values.for === undefined ? null : parseDuration(values.for);
  if (values.for !== undefined && forMs === null) return wrong(`--for '${values.for}' is no duration: 20s, 2m`);
  if (values.script === undefined) return { forMs, steps: null };
  const script = readScript(values.script);
  return script.ok ? { forMs, steps: script.value } : wrong(`--script ${script.error}`);
}

const world = new DemoWorld();
let ending = false;

/** Removes everything, whatever happened. */
function end(code: number): never {
  ending = true;
  world.close();
  process.exit(code);
}

/** `outage: longest 6 ms, 6 ms in all; 3 of 8120 probes lost`. */
function outageText({ longest, totalMs, lost, sent }: OutageLedger): string {
  const text = longest === null ? 'none' : `longest ${milliseconds(longest.ms)}, ${milliseconds(totalMs)} in all`;
  return `${text}; ${lost} of ${sent} probes lost`;
}

/** Lines instead of a screen. Returns the exit code. */
async function tell({ forMs, steps }: Wishes): Promise<number> {
  const began = now();
  const print = (text: string): void =>
    void process.stdout.write(`${(now() - began).toFixed(0).padStart(6)} ms  ${text}\n`);
  world.onEntry(({ kind, text }) => print(`${{ you: '> ', client: 'client: ', role: '', event: '' }[kind]}${text}`));
  await world.start(print);
  const first = world.active();
  print(`${first} has the address, answers the client, and lets traffic through`);
  for (const { instance, url } of world.pages) print(`page of ${instance}: ${url}`);
  if (world.pages.length > 0) print(`login: ${world.login.user} / ${world.login.password}`);
  const watched = now();
  for (const step of steps ?? []) {
    if (step.verb === 'wait') await sleep(step.ms);
    else await world.take(step);
  }
  // Whatever was broken last gets at least time to be noticed.
  await sleep(Math.max(1000, (forMs ?? 0) - (now() - watched)));
  const { ledger } = world;
  print(`outage: ${outageText(ledger)}`);
  print(`traffic from outside to inside: ${outageText(world.traffic)}`);
  if (ledger.moves.length === 0) {
    print('the address did not move');
    return 1;
  }
  print(`the address moved: ${[ledger.moves[0]!.from, ...ledger.moves.map(({ to }) => to)].join(' → ')}`);
  if (ledger.who !== null) return 0;
  print('and at the end nobody answers');
  return 1;
}

function probeView(ledger: OutageLedger): ProbeView {
  return {
    who: ledger.who,
    silentMs: ledger.silentMs,
    lastMs: ledger.last?.ms ?? null,
    longestMs: ledger.longest?.ms ?? null,
    totalMs: ledger.totalMs,
    outages: ledger.count,
    sent: ledger.sent,
    lost: ledger.lost,
    moves: ledger.moves.length,
  };
}

const STEPS: Readonly<Record<string, Act>> = {
  1: { verb: 'kill', target: 'active' },
  2: { verb: 'stop', target: 'active' },
  3: { verb: 'cut', what: 'data', target: 'active' },
  4: { verb: 'cut', what: 'ha', target: 'active' },
  5: { verb: 'restore' },
  6: { verb: 'cut', what: 'backup', target: 'active' },
  7: { verb: 'cut', what: 'pair', target: 'active' },
  8: { verb: 'starve' },
  9: { verb: 'flap' },
  f: { verb: 'freeze', target: 'active' },
  r: { verb: 'releaseBypass' },
  s: { verb: 'switchover' },
};

/** What a key does; null if nothing. One key both begins a maintenance and ends it. */
function stepOf(key: string): Act | null {
  if (key !== 'm') return STEPS[key] ?? null;
  const on = !world.view().some(({ status }) => status?.role === 'maintenance');
  return on ? { verb: 'maintenance', on, target: 'active' } : { verb: 'maintenance', on };
}

/** The live table. Ends by a key. */
async function show(forMs: number | null): Promise<void> {
  await world.start((text) => process.stdout.write(`${text} …\n`));
  let note: string | null = null;
  process.stdout.write(TERMINAL.enter);
  process.on('exit', () => process.stdout.write(TERMINAL.leave));
  const draw = (): void => {
    const lines = render({
      instances: world.view(),
      client: probeView(world.ledger),
      traffic: probeView(world.traffic),
      pages: world.pages,
      login: world.login,
      rate: world.rate,
      story: world.story,
      note,
      now: Date.now(),
      width: process.stdout.columns,
      height: process.stdout.rows,
    });
    process.stdout.write(`${TERMINAL.home}${lines.map((line) => line + TERMINAL.line).join('\r\n')}${TERMINAL.rest}`);
  };
  process.stdin.setRawMode(true);
  process.stdin.setEncoding('utf8').on('data', (keys: string) => {
    for (const key of keys) {
      // In raw mode Ctrl-C is a character like any other.
      if (key === 'q' || key === '\u0003' || key === '\u0004') end(0);
      note = null;
      const step = stepOf(key);
      if (step !== null) void world.take(step).then(draw);
      if (key === 'w') {
        const name = world.active() ?? 'a';
        void world.why(name).then((text) => {
          note = text;
          draw();
        });
      }
    }
  });
  world.tell('you', 'nothing is broken yet: press a key');
  draw();
  setInterval(draw, 100);
  process.stdout.on('resize', draw);
  await sleep(forMs ?? 2 ** 31 - 1);
}

const wishes = readArguments();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(ending ? 1 : 0));
// setup.mjs went away: a signal would not pass the user namespace.
if (process.connected) process.on('disconnect', () => end(0));
process.on('uncaughtException', (error) => {
  process.stderr.write(`demo: ${error.message}\n`);
  end(1);
});
const why = whyNoNamespaces();
if (why !== null) {
  process.stderr.write(`demo: ${why}\n`);
  process.exit(1);
}
const interactive = process.stdin.isTTY && process.stdout.isTTY && wishes.steps === null;
if (interactive) {
  await show(wishes.forMs);
  end(0);
}
end(await tell(wishes));
