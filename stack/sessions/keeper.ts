/**
 * Keeps the lives of all sessions, on the leader alone: what it finds in the store when it begins to lead goes on or ends with StateLost, and every change is
 * written before it counts. The rules in the kernel follow the store by themselves (programmer.ts).
 */
import type { Clock, Instant, Ms } from '../../core/clock.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Store, StoreError } from '../store/store.ts';
import { MOST_CHANGES, put } from '../store/store.ts';
import { notHa } from './features.ts';
import type { FeatureFacts } from './features.ts';
import { pieces } from './filtering.ts';
import { begin, due, resume, step } from './life.ts';
import type { Life, LifeFact } from './life.ts';
import type { LocalFeatures } from './local.ts';
import type { Mirror } from './mirror.ts';
import { ENDED_TTL_MS, readRecord, recordJson, sessionKey, sourceKey } from './record.ts';
import type { SessionRecord } from './record.ts';

export interface Keeper {
  /** This instance leads. */
  start(): void;
  /** It leads no more: what it keeps is another's from now on. Resolves when nothing of it runs here any more; `leave` lets it run. */
  stop(leave?: boolean): Promise<void>;
  readonly leads: () => boolean;
  /** Writes a new session with its sources; they come first, so that it never stands there without them. */
  add(record: SessionRecord, sources: readonly string[]): Promise<Result<null, StoreError>>;
  /** Takes back one that could not be begun, as if it had never been. */
  discard(id: string): Promise<void>;
  /** Null: there is no such session, or it has ended. */
  life(id: string): Life | null;
  /** The life after it, written where that is needed; null as above. */
  tell(id: string, fact: LifeFact): Promise<Result<Life, StoreError> | null>;
}

export interface KeeperPorts {
  readonly store: Store;
  readonly mirror: Mirror;
  readonly clock: Clock;
  readonly instance: string;
  readonly facts: () => FeatureFacts;
  readonly local: LocalFeatures;
  /** Something happened to a session that nobody asked for. */
  readonly happened: (what: 'ended' | 'restored', record: SessionRecord, trouble: string) => void;
  readonly everyMs?: Ms;
}

interface Own {
  life: Life;
  version: string | null;
  /** Writings of one session go one after the other. */
  turn: Promise<unknown>;
}

/** A pause of the process of this length is no silence of the clients. */
const STALL_MS: Ms = 2_000;

export function createKeeper(ports: KeeperPorts): Keeper {
  const { store, mirror, clock, instance, facts, local, happened, everyMs = 1_000 } = ports;
  const own = new Map<string, Own>();
  /** Sessions whose sources are being written, and that do not stand there yet. */
  const coming = new Set<string>();
  let leads = false;
  let timer: NodeJS.Timeout | null = null;
  let lookedAt: Instant = clock.now();
  let end: (() => void) | null = null;
  let sweeping = false;

  const wall = (): string => new Date(clock.wall()).toISOString();

  function lookAtAll(): void {
    const sessions = mirror.sessions();
    if (!leads || sessions === null) return;
    for (const id of sessions.keys()) lookAt(id);
    for (const id of Array.from(own.keys())) if (!sessions.has(id)) drop(id);
    void sweep();
  }

  /** Something else than we wrote stands there: another instance led it, or ended it. */
  function lookAt(id: string): void {
    const kept = mirror.sessions()?.get(id);
    const mine = own.get(id);
    if (!leads || coming.has(id)) return;
    if (kept === undefined) return drop(id);
    if (mine === undefined) {
      if (kept.record.ended === null) void adopt(kept.record, kept.version);
      return;
    }
    if (kept.record.ended === null || mine.life.record.ended !== null) return;
    // What was ended elsewhere is over here.
    drop(id);
    finish(kept.record);
  }

  function drop(id: string): void {
    const mine = own.get(id);
    own.delete(id);
    if (mine !== undefined && mine.life.record.ended === null) void local.stop(mine.life.record, 'ended');
  }

  async function adopt(found: SessionRecord, version: string): Promise<void> {
    const mine: Own = { life: resume(found, instance, clock.now()), version, turn: Promise.resolve() };
    own.set(found.id, mine);
    const moved = found.home !== instance;
    const missing = moved ? notHa(found.features, facts()) : [];
    // Led by this instance before: what does not survive may still run.
    const gone = moved
      ? missing
      : (await local.missing(found)).filter((name) => notHa(found.features, facts()).includes(name));
    if (!leads || own.get(found.id) !== mine) return;
    const [feature] = gone;
    if (feature !== undefined) {
      await tell(found.id, { kind: 'lost', feature, from: found.home });
      return;
    }
    if (moved) await save(mine);
    const trouble = await local.resume(mine.life.record);
    if (moved || trouble !== '') happened('restored', mine.life.record, trouble);
  }

  async function tell(id: string, fact: LifeFact): Promise<Result<Life, StoreError> | null> {
    const mine = own.get(id);
    if (!leads || mine === undefined || mine.life.record.ended !== null) return null;
    const before = mine.life;
    mine.life = step(before, fact, clock.now(), wall());
    if (!mine.life.dirty) return ok(mine.life);
    const saved = await save(mine);
    // Not written, so it has not ended: it goes on as it was, and its deadline comes again.
    if (!saved.ok && mine.life.record.ended !== null) mine.life = { ...before, dirty: true };
    return saved.ok ? ok(mine.life) : saved;
  }

  function save(mine: Own): Promise<Result<null, StoreError>> {
    const done = mine.turn.then(() => write(mine));
    mine.turn = done;
    return done;
  }

  async function write(mine: Own): Promise<Result<null, StoreError>> {
    for (;;) {
      const { record } = mine.life;
      if (!mine.life.dirty) return ok(null);
      const written = await put(store, sessionKey(record.id), recordJson(record), {
        version: mine.version,
        ttlMs: record.ended === null ? null : ENDED_TTL_MS,
      });
      if (written.ok) {
        mine.version = written.value;
        if (mine.life.record === record) mine.life = { ...mine.life, dirty: false };
        if (record.ended !== null) over(mine, record);
        continue;
      }
      if (written.error.code !== 'conflict') return written;
      // Another instance wrote it, as it does where both led for a moment.
      const found = await store.get(sessionKey(record.id));
      if (!found.ok) return found;
      const there = found.value === null ? null : readRecord(found.value.value);
      if (there === null || there.ended !== null || own.get(record.id) !== mine) return fail(written.error);
      mine.version = found.value?.version ?? null;
    }
  }

  function over(mine: Own, record: SessionRecord): void {
    if (own.get(record.id) === mine) own.delete(record.id);
    finish(record);
  }

  function finish(record: SessionRecord): void {
    happened('ended', record, '');
    void local.stop(record, 'ended');
    void sweep();
  }

  /** Takes sources out of the store whose session is over. */
  async function sweep(): Promise<void> {
    if (sweeping) return;
    sweeping = true;
    try {
      for (const id of Array.from(mirror.withSources())) {
        const record = mirror.sessions()?.get(id)?.record;
        if (coming.has(id) || (record !== undefined && record.ended === null)) continue;
        const keys = [...mirror.sources(id)].map((source) => sourceKey(id, source));
        for (const piece of pieces(keys, MOST_CHANGES)) {
          if (!leads) return;
          const gone = await store.write({ changes: piece.map((key) => ({ kind: 'delete', key })) });
          // The next leader, or the next end of a session, tries again.
          if (!gone.ok) return;
        }
      }
    } finally {
      sweeping = false;
    }
  }

  function tick(): void {
    const now = clock.now();
    const late = now - lookedAt - everyMs;
    lookedAt = now;
    for (const [id, mine] of own) {
      if (late > STALL_MS) mine.life = step(mine.life, { kind: 'stalled', ms: late }, now, wall());
      if (due(mine.life) <= now || mine.life.dirty) void tell(id, { kind: 'time' });
    }
  }

  return {
    start() {
      if (leads) return;
      leads = true;
      lookedAt = clock.now();
      end = mirror.onChange((changes) => {
        for (const change of changes) {
          if (change.kind === 'all') lookAtAll();
          if (change.kind === 'session') lookAt(change.id);
        }
      });
      timer = setInterval(tick, everyMs);
      timer.unref();
      lookAtAll();
    },
    async stop(leave = false) {
      leads = false;
      if (timer !== null) clearInterval(timer);
      end?.();
      const left = [...own.values()];
      own.clear();
      if (leave) return;
      await Promise.all(left.map(({ life }) => local.stop(life.record, 'moved')));
    },
    leads: () => leads,
    async add(record, sources) {
      const { id } = record;
      coming.add(id);
      try {
        for (const piece of pieces(sources, MOST_CHANGES)) {
          const changes = piece.map((source) => ({ kind: 'put' as const, key: sourceKey(id, source), value: true }));
          const written = await store.write({ changes });
          if (!written.ok) return written;
        }
        const written = await put(store, sessionKey(id), recordJson(record), { version: null });
        if (!written.ok) return written;
        const life = { ...begin(record, clock.now()), dirty: false };
        own.set(id, { life, version: written.value, turn: Promise.resolve() });
        return ok(null);
      } finally {
        coming.delete(id);
        if (!own.has(id)) void sweep();
      }
    },
    async discard(id) {
      own.delete(id);
      await store.write({ changes: [{ kind: 'delete', key: sessionKey(id) }] });
      void sweep();
    },
    life: (id) => own.get(id)?.life ?? null,
    tell,
  };
}
