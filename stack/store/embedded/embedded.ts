/**
 * The store that every instance has a copy of. Changes go in turns: made in memory, then on disk, then told, to whoever asked and to the other
 * instances. Who reads is answered between two turns, so that nobody sees what a crash could take back.
 */
import type { Clock } from '../../../core/clock.ts';
import { fail, ok } from '../../../core/result.ts';
import type { Result } from '../../../core/result.ts';
import { checkWrite, refusedBy } from '../check-write.ts';
import { createExpiry } from '../expiry.ts';
import { createListeners, createTold } from '../listeners.ts';
import { draftsOf, ruleFor } from '../merge.ts';
import type { MergeRule } from '../merge.ts';
import type { Store, StoreConflict, StoreError, StoreEvent, StoreState, Write } from '../store.ts';
import { createDocument } from './document.ts';
import type { DocumentUpdate, StackDocument } from './document.ts';
import type { DocumentFiles } from './files.ts';
import { conflictsOf, eventsOf } from './outcome.ts';

/** What keeps the copies in step (stack/sync/) needs. */
export interface Replica {
  readonly name: string;
  /** What of the document is on disk here. */
  stateVector(): Promise<Uint8Array>;
  /** What whoever has this vector lacks. */
  diff(vector: Uint8Array): Promise<Uint8Array>;
  /** Resolves when it is on disk here. `waiting`: something that it presupposes is missing. An error: it is no update, or the disk does not take it. */
  apply(update: Uint8Array, from: string): Promise<Result<{ readonly waiting: boolean }, string>>;
  /** Whatever is new on disk here. */
  onUpdate(listener: (update: DocumentUpdate) => void): () => void;
  /** The document was read from disk anew: what came meanwhile may be gone, so that vectors have to be exchanged again. */
  onReload(listener: () => void): () => void;
  /** Own changes are acknowledged when this has resolved; it never rejects. */
  setKeptElsewhere(wait: (() => Promise<void>) | null): void;
}

export interface EmbeddedStore extends Store {
  readonly replica: Replica;
  /** Ends of lives are seen to by the leader alone. */
  setExpiring(on: boolean): void;
  /** Takes out deletions that everybody knows of by now. */
  forgetDeletions(olderThanMs: number): Promise<number>;
}

export interface EmbeddedOptions {
  readonly files: DocumentFiles;
  readonly rules: readonly MergeRule[];
  readonly clock: Clock;
}

interface WriteJob {
  readonly kind: 'write';
  readonly write: Write;
  readonly done: (answer: Result<ReadonlyMap<string, string>, StoreError>) => void;
}

interface RemoteJob {
  readonly kind: 'remote';
  readonly update: Uint8Array;
  readonly from: string;
  readonly done: (answer: Result<{ readonly waiting: boolean }, string>) => void;
}

/** Anything else that has to see a document that is on disk; may change it. */
interface OtherJob {
  readonly kind: 'other';
  readonly run: (document: StackDocument | null) => void;
}

/** Whether the disk takes anything again. */
interface ProbeJob {
  readonly kind: 'probe';
}

type Job = WriteJob | RemoteJob | OtherJob | ProbeJob;

const CLOSED: StoreError = { code: 'unavailable', text: 'the store is closed' };
const MOST_JOBS_AT_ONCE = 64;
const RETRY_MS = 1000;

export function createEmbeddedStore({ files, rules, clock }: EmbeddedOptions): EmbeddedStore {
  const { watchers, conflicts, states } = createTold();
  const updateListeners = createListeners<DocumentUpdate>();
  const reloadListeners = createListeners<null>();
  const jobs: Job[] = [];
  let document = load();
  let state: StoreState = { available: true, text: '' };
  let keptElsewhere: (() => Promise<void>) | null = null;
  let running = false;
  let retry: NodeJS.Timeout | null = null;
  let closed = false;

  function load(stamp = files.stamp): StackDocument {
    return createDocument({ replica: files.replica, rules, stamp, now: () => clock.wall(), stored: files.load() });
  }

  function setState(next: StoreState): void {
    if (next.available === state.available && next.text === state.text) return;
    state = next;
    states.tell(next);
  }

  function ask(job: Job): void {
    jobs.push(job);
    if (running) return;
    running = true;
    void run();
  }

  async function run(): Promise<void> {
    // What is asked for in one go is one turn.
    await Promise.resolve();
    for (let job = jobs[0]; job !== undefined; job = jobs[0]) {
      if (job.kind === 'other') {
        jobs.shift();
        job.run(closed ? null : document);
        if (!closed) await keep([]);
        continue;
      }
      if (job.kind === 'probe') {
        jobs.shift();
        if (!closed) await probe();
        continue;
      }
      const turn: (WriteJob | RemoteJob)[] = [];
      while ((job?.kind === 'write' || job?.kind === 'remote') && turn.length < MOST_JOBS_AT_ONCE) {
        turn.push(job);
        jobs.shift();
        job = jobs[0];
      }
      await keep(turn);
    }
    // Before anything else can happen: a job that comes now begins a new run.
    running = false;
  }

  /** Makes the changes of a turn, and sees to it that they are on disk before anybody hears of them. */
  async function keep(turn: readonly (WriteJob | RemoteJob)[]): Promise<void> {
    if (closed) return turn.forEach((job) => job.done(fail(job.kind === 'write' ? CLOSED : CLOSED.text) as never));
    const before = document;
    const answers = turn.map((job) => (job.kind === 'write' ? make(job.write) : take(job)));
    const touched = document.index.takeTouched();
    const found = conflictsOf(touched, document.index);
    const kept = found.map(({ key }) => draft(key));
    for (const [key, was] of document.index.takeTouched()) if (!touched.has(key)) touched.set(key, was);
    const updates = document.takeUpdates();
    try {
      if (updates.length > 0) {
        await files.commit(
          updates.map(({ bytes }) => bytes),
          document.stamp(),
        );
        setState({ available: true, text: '' });
      }
    } catch (error) {
      const text = `the store cannot be written: ${error instanceof Error ? error.message : String(error)}`;
      reload(text);
      return turn.forEach((job) =>
        job.done(fail(job.kind === 'write' ? { code: 'unavailable', text } : text) as never),
      );
    }
    const events = eventsOf(touched, before.index);
    for (const event of events) noteLife(event);
    for (const update of updates) updateListeners.tell(update);
    answer(
      turn,
      answers,
      updates.some(({ from }) => from === null),
    );
    watchers.tell(events);
    found.forEach((conflict, at) => conflicts.tell({ ...conflict, drafts: kept[at]! }));
    if (files.isLong()) await shorten();
  }

  /** What is on disk stays true if this fails. */
  async function shorten(): Promise<void> {
    try {
      await files.replace(document.diff(), document.stamp());
    } catch (error) {
      reload(`the store cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Own changes are told when the others have them too, but nobody else waits for that. */
  function answer(turn: readonly (WriteJob | RemoteJob)[], answers: readonly unknown[], hasOwn: boolean): void {
    const tell = (kind: Job['kind']): void =>
      turn.forEach((job, at) => void (job.kind === kind && job.done(answers[at] as never)));
    tell('remote');
    if (hasOwn && keptElsewhere !== null) void keptElsewhere().then(() => tell('write'));
    else tell('write');
  }

  function make(write: Write): Result<ReadonlyMap<string, string>, StoreError> {
    const { index } = document;
    for (const { key, version } of write.when ?? []) {
      const found = index.entry(key)?.version ?? null;
      if (found !== version) return fail(refusedBy(key, version, found));
    }
    document.write(write.changes);
    const put = write.changes.filter(({ kind }) => kind === 'put');
    return ok(new Map(put.map(({ key }) => [key, index.entry(key)?.version ?? ''])));
  }

  function take({ update, from }: RemoteJob): Result<{ readonly waiting: boolean }, string> {
    try {
      document.apply(update, from);
      return ok({ waiting: document.isWaiting() });
    } catch (error) {
      return fail(`no update: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Keeps what lost, unless that was done before: here, or by another instance, or by hand undone. */
  function draft(key: string): readonly string[] {
    const found = document.index.get(key);
    if (found === null) return [];
    const drafts = draftsOf(key, found, ruleFor(key, rules));
    const fresh = drafts.filter((one) => document.index.get(one.key) === null);
    if (fresh.length > 0) document.write(fresh.map((one) => ({ kind: 'put', ...one })));
    return drafts.map((one) => one.key);
  }

  function noteLife(event: StoreEvent): void {
    if (event.kind === 'put') expiry.saw(event.entry.key, event.entry);
    else if (event.kind === 'delete') expiry.saw(event.key, null);
  }

  /** What is on disk is what counts. */
  function reload(text: string): void {
    const stamp = document.stamp();
    document.destroy();
    document = load(stamp);
    setState({ available: false, text });
    watchers.tell([{ kind: 'again' }]);
    reloadListeners.tell(null);
    probeLater();
  }

  function probeLater(): void {
    if (retry !== null || closed) return;
    retry = setTimeout(() => {
      retry = null;
      ask({ kind: 'probe' });
    }, RETRY_MS);
    retry.unref();
  }

  async function probe(): Promise<void> {
    try {
      await files.commit([], document.stamp());
      setState({ available: true, text: '' });
    } catch {
      probeLater();
    }
  }

  const between = <T>(run: (document: StackDocument) => T, otherwise: T): Promise<T> =>
    new Promise((resolve) => ask({ kind: 'other', run: (found) => resolve(found === null ? otherwise : run(found)) }));
  const none = fail(CLOSED);

  const store: EmbeddedStore = {
    kind: 'embedded',
    supportsHa: true,
    get: (key) => between<Awaited<ReturnType<Store['get']>>>(({ index }) => ok(index.entry(key)), none),
    list: (prefix) => between<Awaited<ReturnType<Store['list']>>>(({ index }) => ok(index.entries(prefix)), none),
    write(write) {
      const wrong = closed ? CLOSED : checkWrite(write);
      if (wrong !== null) return Promise.resolve(fail(wrong));
      // Nobody may change afterwards what was written.
      return new Promise((done) => ask({ kind: 'write', write: structuredClone(write), done }));
    },
    watch: (prefix, listener) => watchers.add(prefix, listener),
    onConflict: (listener: (conflict: StoreConflict) => void) => conflicts.add(listener),
    state: () => (closed ? { available: false, text: CLOSED.text } : state),
    onState: (listener) => states.add(listener),
    async close() {
      if (closed) return;
      await between(() => null, null);
      closed = true;
      expiry.stop();
      if (retry !== null) clearTimeout(retry);
      await files.close();
      document.destroy();
    },
    setExpiring: (on) => expiry.enable(on),
    forgetDeletions: (olderThanMs) =>
      between((found) => {
        const before = clock.wall() - olderThanMs;
        const old = [...found.index.all()].filter(({ winner }) => winner.deleted && winner.at < before);
        found.forget(old.map(({ key }) => key));
        return old.length;
      }, 0),
    replica: {
      name: files.replica,
      stateVector: () => between((found) => found.stateVector(), new Uint8Array([0])),
      diff: (vector) => between((found) => found.diff(vector), new Uint8Array([0, 0])),
      apply: (update, from) => new Promise((done) => ask({ kind: 'remote', update, from, done })),
      onUpdate: (listener) => updateListeners.add(listener),
      onReload: (listener) => reloadListeners.add(listener),
      setKeptElsewhere: (wait) => void (keptElsewhere = wait),
    },
  };
  const expiry = createExpiry({
    clock,
    remove: (key, version) => void store.write({ changes: [{ kind: 'delete', key }], when: [{ key, version }] }),
  });
  for (const entry of document.index.entries('')) expiry.saw(entry.key, entry);
  return store;
}
