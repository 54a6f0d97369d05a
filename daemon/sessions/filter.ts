/**
 * Keeps the table of sessions in the kernel as it was asked for last. It remembers what it applied, and nothing else: whoever asks has the whole of it
 * and is told to say it again (`again`) where what is in the kernel may be something else. Each step is one transaction of nft. Never rejects.
 */
import type { SessionAnswer, FilterRequest, SessionRules, SourceList } from '../../core/session-link.ts';
import { MOST_SOURCES_KEPT } from '../../core/session-link.ts';
import type { Hands } from '../bypass/control.ts';
import { changeText, filterTable, portChain, wholeText } from './rules.ts';
import type { FilterGround, Programmed } from './rules.ts';

export interface Filter {
  /** What the configuration says now; null: no manager, so nobody who has sessions. Resolves when it is in effect. */
  plan(ground: FilterGround | null): Promise<void>;
  perform(request: FilterRequest): Promise<SessionAnswer>;
  /** Takes the table away. */
  undo(): Promise<void>;
}

export interface FilterParts {
  readonly run: Hands['run'];
  /** Whether there is such an interface. */
  readonly isThere: (port: string) => boolean;
  /** Remembers over an end of this process, until the next boot, that there may be a table in the kernel. */
  readonly mark: { readonly set: (on: boolean) => void; readonly isSet: () => boolean };
}

/** A quarter of a million sources take two seconds on a small machine. */
const DEADLINE_MS = 20_000;
/** Lists that are being sent; who began more has forgotten them. */
const MOST_LOADS = 2;
const LONGEST_TROUBLE = 300;

const AGAIN = 'what is in effect is not known: everything has to be applied anew';

export function createFilter({ run, isThere, mark }: FilterParts): Filter {
  let ground: FilterGround | null = null;
  /** Null: not known. */
  let programmed: Programmed | null = null;
  /** Sessions as they were asked for, before it was looked at what is possible here. */
  let asked: readonly SessionRules[] = [];
  const loads = new Map<string, Map<string, string[]>>();
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other, whoever asks. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  function stage(load: string, session: string, sources: readonly string[]): SessionAnswer {
    let staged = loads.get(load);
    if (staged === undefined) {
      for (const oldest of loads.keys()) {
        if (loads.size < MOST_LOADS) break;
        loads.delete(oldest);
      }
      staged = new Map();
      loads.set(load, staged);
    }
    const kept = [...staged.values()].reduce((sum, list) => sum + list.length, 0);
    if (kept + sources.length > MOST_SOURCES_KEPT) return no(`more than ${MOST_SOURCES_KEPT} sources`);
    const list = staged.get(session);
    if (list === undefined) staged.set(session, [...sources]);
    else list.push(...sources);
    return YES;
  }

  async function apply(request: Extract<FilterRequest, { kind: 'filter.apply' }>): Promise<SessionAnswer> {
    const staged = [...((request.load === null ? undefined : loads.get(request.load)) ?? new Map<string, string[]>())];
    if (request.load !== null) loads.delete(request.load);
    if (ground === null) return no('the configuration has no manager, and so no sessions');
    const ports = ground.ports.filter(isThere);
    const sessions = new Map(request.sessions.map((rules) => [rules.session, possible(rules, ground!)]));
    const next: Programmed = { ports, sessions };
    const put = [...request.put, ...staged.map(([session, sources]): SourceList => ({ session, sources }))];
    if (sessions.size > 0 && ports.length === 0) return no(nowhere(ground));
    const before = programmed;
    const whole = request.whole || sessions.size === 0;
    if (!whole && (before === null || before.sessions.size === 0 || !fits(before, next))) return AGAIN_ANSWER;
    const { take, renew } = request;
    const text = whole
      ? wholeText(ground, next, [...renew, ...put])
      : changeText(ground, before!, next, { put, take, renew });
    if (text === '') return YES;
    if (sessions.size > 0) mark.set(true);
    const { ok, trouble } = await run(['nft', '-f', '-'], text, DEADLINE_MS);
    if (!ok) {
      programmed = null;
      return { ...no(`nft: ${trouble.slice(0, LONGEST_TROUBLE)}`), ...(whole ? {} : { again: true }) };
    }
    programmed = next;
    asked = request.sessions;
    if (sessions.size === 0) mark.set(false);
    return YES;
  }

  /** Without the copy where it cannot be made here: on another instance the analysis may hang on another port, and the rest has to hold all the same. */
  function possible(rules: SessionRules, { ports, haInterface }: FilterGround): SessionRules {
    const { copyTo } = rules;
    if (copyTo === null) return rules;
    const allowed = copyTo !== 'lo' && copyTo !== haInterface && !ports.includes(copyTo);
    return allowed && isThere(copyTo) ? rules : { ...rules, copyTo: null };
  }

  async function look(): Promise<SessionAnswer> {
    if (ground === null || programmed === null) return AGAIN_ANSWER;
    if (programmed.sessions.size === 0) return YES;
    const ports = ground.ports.filter(isThere);
    if (ports.join() !== programmed.ports.join()) return AGAIN_ANSWER;
    const copies = asked.filter(({ session }) => programmed?.sessions.has(session) === true);
    const now = copies.map((rules) => possible(rules, ground!).copyTo);
    if (copies.some(({ session }, at) => programmed?.sessions.get(session)?.copyTo !== now[at])) return AGAIN_ANSWER;
    const { ok, text, trouble } = await run(['nft', '-t', 'list', 'chains', 'netdev'], null, DEADLINE_MS);
    if (!ok) return no(`nft: ${trouble.slice(0, LONGEST_TROUBLE)}`);
    const missing = missingPorts(text, filterTable(ground.instance), ports);
    if (missing.length === 0) return YES;
    programmed = null;
    return { ok: true, text: `somebody removed the rules of ${missing.join(', ')}`, again: true };
  }

  async function remove(): Promise<void> {
    if (ground === null || !mark.isSet()) return;
    const text = wholeText(ground, { ports: [], sessions: new Map() }, []);
    const { ok } = await run(['nft', '-f', '-'], text, DEADLINE_MS);
    programmed = null;
    if (ok) mark.set(false);
  }

  return {
    plan: (next) =>
      inTurn(async () => {
        if (next === null) return remove();
        if (JSON.stringify(next) !== JSON.stringify(ground)) programmed = null;
        ground = next;
      }),
    async perform(request) {
      switch (request.kind) {
        case 'filter.stage':
          return stage(request.load, request.session, request.sources);
        case 'filter.apply':
          return inTurn(() => apply(request));
        case 'filter.look':
          return inTurn(look);
      }
    },
    undo: () => inTurn(remove),
  };
}

/** Those of the ports that have no chain of ours, from what nft prints for people. */
export function missingPorts(text: string, table: string, ports: readonly string[]): readonly string[] {
  const start = text.split('\n').findIndex((line) => line === `table netdev ${table} {`);
  if (start < 0) return ports;
  const rest = text.split('\n').slice(start + 1);
  const end = rest.findIndex((line) => line === '}');
  const block = rest.slice(0, end < 0 ? undefined : end).map((line) => line.trim());
  return ports.filter((port) => {
    const at = block.indexOf(`chain ${portChain(port)} {`);
    // A port that went and came back has lost its chain, or the chain its port.
    return at < 0 || !(block[at + 1] ?? '').includes(`device "${port}"`);
  });
}

/** A change is a step from what is there: the same ports, and sessions that stay are as they were. */
function fits(before: Programmed, next: Programmed): boolean {
  if (before.ports.join() !== next.ports.join()) return false;
  return [...next.sessions.values()].every((rules) => {
    const was: SessionRules | undefined = before.sessions.get(rules.session);
    return was === undefined || JSON.stringify(was) === JSON.stringify(rules);
  });
}

function nowhere({ ports }: FilterGround): string {
  return ports.length === 0
    ? 'the configuration names no port where traffic comes in: a link pair or a virtual address'
    : `none of ${ports.join(', ')} is there`;
}

const YES: SessionAnswer = { ok: true, text: '' };
const AGAIN_ANSWER: SessionAnswer = { ok: false, text: AGAIN, again: true };
const no = (text: string): SessionAnswer => ({ ok: false, text });
