/**
 * Keeps the rules in the kernel in step with what the store says, on every instance whether it leads or not: so a takeover has nothing to wait for.
 * It asks the helper one thing after the other; what changes meanwhile goes with the next one. Whatever goes wrong is tried again, and what was in
 * effect stays in effect until then.
 */
import type { SessionAnswer, FilterRequest, SessionRules, SourceList } from '../../core/session-link.ts';
import { MOST_SESSIONS, MOST_SOURCES } from '../../core/session-link.ts';
import { isNetwork, pieces, rulesOf } from './filtering.ts';
import type { Mirror, MirrorChange } from './mirror.ts';

export interface Programmer {
  start(): void;
  /** Resolves when what the mirror says now is in effect, or with what is in the way. */
  inStep(): Promise<string>;
  /** Empty: all is in effect as far as is known. */
  trouble(): string;
  /** The configuration has changed. */
  again(): void;
  stop(): void;
}

export interface ProgrammerPorts {
  readonly mirror: Mirror;
  /** Asks the helper, which is started for it. Never rejects. */
  readonly ask: (request: FilterRequest) => Promise<SessionAnswer>;
  /** There may be rules of before in the kernel. */
  readonly leftovers: () => boolean;
  /** Something went wrong, or is in order again (empty). */
  readonly onTrouble: (text: string) => void;
  readonly lookEveryMs?: number;
  readonly retryMs?: number;
}

interface Delta {
  readonly put: Set<string>;
  readonly take: Set<string>;
}

export function createProgrammer(ports: ProgrammerPorts): Programmer {
  const { mirror, ask, leftovers, onTrouble, lookEveryMs = 5_000, retryMs = 1_000 } = ports;
  /** What is in effect is not known, or too different. */
  let whole = true;
  let dirty = false;
  let running = false;
  let stopped = false;
  /** Ids of what was applied last. */
  let applied: ReadonlySet<string> = new Set();
  let deltas = new Map<string, Delta>();
  let trouble = '';
  let retry: NodeJS.Timeout | null = null;
  let looking: NodeJS.Timeout | null = null;
  let loads = 0;
  let waiting: ((trouble: string) => void)[] = [];

  function setTrouble(text: string): void {
    if (text === trouble) return;
    trouble = text;
    onTrouble(text);
  }

  function note(changes: readonly MirrorChange[]): void {
    for (const change of changes) {
      if (change.kind === 'all') whole = true;
      if (change.kind !== 'source') continue;
      let delta = deltas.get(change.session);
      if (delta === undefined) deltas.set(change.session, (delta = { put: new Set(), take: new Set() }));
      (change.there ? delta.put : delta.take).add(change.source);
      (change.there ? delta.take : delta.put).delete(change.source);
    }
    kick();
  }

  function kick(): void {
    dirty = true;
    if (!running && !stopped) void run();
  }

  const goesOn = (): boolean => dirty && !stopped;

  async function run(): Promise<void> {
    running = true;
    // What comes in one go goes in one step.
    await new Promise((resolve) => setImmediate(resolve));
    while (goesOn()) {
      dirty = false;
      const told = waiting;
      waiting = [];
      const failed = await settle();
      setTrouble(failed);
      for (const tell of told) tell(failed);
      if (failed === '') continue;
      whole = true;
      retry ??= setTimeout(() => {
        retry = null;
        kick();
      }, retryMs);
    }
    running = false;
  }

  /** Empty, or what went wrong. */
  async function settle(): Promise<string> {
    const kept = mirror.sessions();
    if (kept === null) return 'the store has not answered yet';
    const all = [...kept.values()].map(({ record }) => rulesOf(record)).filter((rules) => rules !== null);
    const sessions = all.slice(0, MOST_SESSIONS);
    if (sessions.length === 0 && applied.size === 0 && !(whole && leftovers())) {
      whole = false;
      deltas = new Map();
      return '';
    }
    let answer = whole ? await applyWhole(sessions) : await applyChange(sessions);
    if (answer.again === true) answer = await applyWhole(sessions);
    if (!answer.ok) return `rules of sessions: ${answer.text}`;
    applied = new Set(sessions.map(({ session }) => session));
    return all.length > MOST_SESSIONS ? `of ${all.length} sessions only ${MOST_SESSIONS} have rules` : '';
  }

  async function applyWhole(sessions: readonly SessionRules[]): Promise<SessionAnswer> {
    // Before anything is read: what changes from here on goes with the next step.
    whole = false;
    deltas = new Map();
    const lists = sessions.map(({ session }) => ({ session, sources: [...mirror.sources(session)] }));
    const { answer, load } = await stage(lists);
    if (answer !== null) return answer;
    return ask({ kind: 'filter.apply', whole: true, load, sessions, put: [], take: [], renew: [] });
  }

  async function applyChange(sessions: readonly SessionRules[]): Promise<SessionAnswer> {
    const changed = deltas;
    deltas = new Map();
    const put: SourceList[] = [];
    const take: SourceList[] = [];
    const renew: SourceList[] = [];
    for (const { session } of sessions) {
      const isNew = !applied.has(session);
      const delta = changed.get(session);
      if (isNew) put.push({ session, sources: [...mirror.sources(session)] });
      else if (delta !== undefined) {
        const gone = [...delta.take];
        const isRenewed = gone.some(isNetwork);
        put.push({ session, sources: [...delta.put].filter((source) => !isRenewed || !isNetwork(source)) });
        take.push({ session, sources: gone.filter((source) => !isNetwork(source)) });
        // One network may lie in another: what is left of them is said anew.
        if (isRenewed) renew.push({ session, sources: [...mirror.sources(session)].filter(isNetwork) });
      }
    }
    const few = (lists: readonly SourceList[]): boolean =>
      lists.reduce((sum, { sources }) => sum + sources.length, 0) <= MOST_SOURCES;
    if (!few(take) || !few(renew)) return applyWhole(sessions);
    if (few(put)) return ask({ kind: 'filter.apply', whole: false, load: null, sessions, put, take, renew });
    const { answer, load } = await stage(put);
    if (answer !== null) return answer;
    return ask({ kind: 'filter.apply', whole: false, load, sessions, put: [], take, renew });
  }

  /** Sends long lists ahead, in pieces. */
  async function stage(
    lists: readonly SourceList[],
  ): Promise<{ readonly answer: SessionAnswer | null; readonly load: string }> {
    loads += 1;
    const load = `${process.pid}-${loads}`;
    for (const { session, sources } of lists) {
      for (const piece of pieces(sources, MOST_SOURCES)) {
        const answer = await ask({ kind: 'filter.stage', load, session, sources: piece });
        if (!answer.ok) return { answer, load };
      }
    }
    return { answer: null, load };
  }

  async function look(): Promise<void> {
    if (running || stopped || applied.size === 0 || trouble !== '') return;
    const answer = await ask({ kind: 'filter.look' });
    if (answer.again !== true && answer.ok) return;
    whole = true;
    kick();
  }

  let end: (() => void) | null = null;
  return {
    start() {
      end = mirror.onChange(note);
      looking = setInterval(() => void look(), lookEveryMs);
      looking.unref();
      if (mirror.sessions() !== null) kick();
    },
    inStep: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        kick();
      }),
    trouble: () => trouble,
    again() {
      whole = true;
      kick();
    },
    stop() {
      stopped = true;
      end?.();
      if (retry !== null) clearTimeout(retry);
      if (looking !== null) clearInterval(looking);
      for (const tell of waiting) tell('the manager is stopping');
      waiting = [];
    },
  };
}
