/**
 * What the store says of sessions, on every instance: kept in step by watching, so that nobody waits for the store to be asked. Records that cannot be
 * understood are as if they were not there.
 */
import { SESSIONS } from '../store/merge-rules.ts';
import type { Store, StoreEntry, StoreEvent } from '../store/store.ts';
import { BLOCKLISTS, readRecord, readSourceKey } from './record.ts';
import type { SessionRecord } from './record.ts';

export interface Kept {
  readonly record: SessionRecord;
  readonly version: string;
}

export type MirrorChange =
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'source'; readonly session: string; readonly source: string; readonly there: boolean }
  /** Anything may be different. */
  | { readonly kind: 'all' };

export interface Mirror {
  /** Begins; tries again by itself until the store answers. */
  start(): void;
  /** Null until the store has answered for the first time. */
  readonly sessions: () => ReadonlyMap<string, Kept> | null;
  /** Sources of a session, live or not. */
  readonly sources: (session: string) => ReadonlySet<string>;
  /** Sessions that have sources, and how many there are of all. */
  readonly withSources: () => Iterable<string>;
  readonly sourceCount: () => number;
  /** Names of the policies of live sessions, one for each. */
  readonly policies: () => readonly string[];
  onChange(listener: (changes: readonly MirrorChange[]) => void): () => void;
  stop(): void;
}

const RETRY_MS = 1_000;
const NONE: ReadonlySet<string> = new Set();

export function createMirror(store: Store): Mirror {
  let sessions: Map<string, Kept> | null = null;
  let blocklists = new Map<string, Set<string>>();
  let count = 0;
  const listeners = new Set<(changes: readonly MirrorChange[]) => void>();
  /** Events while a list is under way. */
  let meanwhile: StoreEvent[] | null = null;
  let retry: NodeJS.Timeout | null = null;
  let ends: (() => void)[] = [];
  let stopped = false;

  function tell(changes: readonly MirrorChange[]): void {
    if (changes.length > 0) for (const listener of listeners) listener(changes);
  }

  async function list(): Promise<void> {
    if (meanwhile !== null || stopped) return;
    meanwhile = [];
    const found = await Promise.all([store.list(SESSIONS), store.list(BLOCKLISTS)]);
    const missed = meanwhile;
    meanwhile = null;
    if (stopped) return;
    const [records, sources] = found;
    if (!records.ok || !sources.ok || missed.some(({ kind }) => kind === 'again')) {
      retry = setTimeout(() => void list(), missed.some(({ kind }) => kind === 'again') ? 0 : RETRY_MS);
      return;
    }
    sessions = new Map();
    blocklists = new Map();
    count = 0;
    for (const entry of [...records.value, ...sources.value]) put(entry);
    // What came while it was listed is in the list already, or came after it: the last word on a key is right in both cases.
    for (const event of missed) take(event);
    tell([{ kind: 'all' }]);
  }

  function take(event: StoreEvent): MirrorChange | null {
    if (event.kind === 'again') return null;
    return event.kind === 'put' ? put(event.entry) : removed(event.key);
  }

  function put({ key, value, version }: StoreEntry): MirrorChange | null {
    const source = readSourceKey(key);
    if (source !== null) return setSource(source.session, source.source, true);
    const record = readRecord(value);
    // Under another id than its own it would be two sessions.
    if (record === null || `${SESSIONS}${record.id}` !== key) return removed(key);
    sessions?.set(record.id, { record, version });
    return { kind: 'session', id: record.id };
  }

  function removed(key: string): MirrorChange | null {
    const source = readSourceKey(key);
    if (source !== null) return setSource(source.session, source.source, false);
    const id = key.slice(SESSIONS.length);
    return sessions?.delete(id) === true ? { kind: 'session', id } : null;
  }

  function setSource(session: string, source: string, there: boolean): MirrorChange | null {
    let list = blocklists.get(session);
    if (list?.has(source) === there || (list === undefined && !there)) return null;
    if (list === undefined) blocklists.set(session, (list = new Set()));
    if (there) list.add(source);
    else list.delete(source);
    count += there ? 1 : -1;
    if (list.size === 0) blocklists.delete(session);
    return { kind: 'source', session, source, there };
  }

  function heard(events: readonly StoreEvent[]): void {
    if (meanwhile !== null) return void meanwhile.push(...events);
    if (sessions === null) return;
    if (events.some(({ kind }) => kind === 'again')) return void list();
    tell(events.map(take).filter((change) => change !== null));
  }

  return {
    start() {
      ends = [SESSIONS, BLOCKLISTS].map((prefix) => store.watch(prefix, heard));
      void list();
    },
    sessions: () => sessions,
    sources: (session) => blocklists.get(session) ?? NONE,
    withSources: () => blocklists.keys(),
    sourceCount: () => count,
    policies: () =>
      [...(sessions?.values() ?? [])].flatMap(({ record: { policy, ended } }) =>
        policy === null || ended !== null ? [] : [policy.name],
      ),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      stopped = true;
      if (retry !== null) clearTimeout(retry);
      for (const end of ends) end();
      listeners.clear();
    },
  };
}
