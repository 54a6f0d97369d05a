/**
 * The leader with the embedded store, and without other instances: follows the status, keeps the records in the store, and runs what runs on the leader
 * alone. It decides nothing: who leads is `choice.ts`'s to say, of what the engine has settled already.
 */
import type { Clock, Ms } from '../../core/clock.ts';
import type { LeaderJob, LeaderState, LeaderView } from '../../core/leader.ts';
import type { ManagerReason } from '../../core/manager-reason.ts';
import type { Status } from '../../core/status.ts';
import { put } from '../store/store.ts';
import type { Store, StoreEntry, StoreEvent } from '../store/store.ts';
import { sharing } from './address.ts';
import { knownOf, leaderOf } from './choice.ts';
import { createJobs } from './jobs.ts';
import { LEADER, MEMBERS, RECORD_KEY, STACK_KEY, recordsOf } from './records.ts';
import type { Records } from './records.ts';
import { stateOf } from './state.ts';

export interface LeaderPorts {
  readonly store: Store;
  readonly instance: string;
  readonly stack: string;
  readonly clock: Clock;
  /** What the engine says; null = it has said nothing for too long. */
  readonly status: () => Status | null;
  /** The other instances, as configured, each with the URL that it most likely has. */
  readonly others: () => ReadonlyMap<string, string | null>;
  /** Full URL that others send clients to when this instance leads. */
  readonly ownAddress: () => string | null;
  /** For the journal. */
  readonly note: (reason: ManagerReason) => void;
  readonly warn: (text: string) => void;
}

export interface Leader extends LeaderView {
  /** Resolves when the store has been read, or has not answered. */
  start(): Promise<void>;
  /** Status or configuration may be different. */
  look(): void;
  /** Ends the jobs first. */
  stop(): Promise<void>;
}

/** What could not be written is tried again, and a record that somebody else wrote over is answered no sooner. */
const EVERY_MS: Ms = 1000;
/** Somebody else writes at the same time, or the other half of a stack has just come back. */
const MOST_TRIES = 3;

export function createLeader(ports: LeaderPorts): Leader {
  const { store, instance, clock } = ports;
  const listeners = new Set<(state: LeaderState) => void>();
  const jobs = createJobs(ports.warn);
  const ends: (() => void)[] = [];
  let entries = new Map<string, StoreEntry>();
  let records: Records = recordsOf([]);
  let hasRead = false;
  /** The store is this stack's. */
  let verified = false;
  /** Why it is not. */
  let refusal: string | null = null;
  /** What this leadership claimed, in the store or not yet. */
  let claimed: number | null = null;
  let claimedAt = Number.NEGATIVE_INFINITY;
  let working: Promise<void> | null = null;
  let running = false;
  let noted = '';
  let notedShared = '';
  let state = compute();

  function chosen(): string | null {
    if (!store.supportsHa || ports.others().size === 0) return instance;
    const status = ports.status();
    return status === null ? null : leaderOf(knownOf(status));
  }

  function compute(): LeaderState {
    const { available, text } = store.state();
    return stateOf({
      instance,
      leader: chosen(),
      hasStatus: ports.status() !== null,
      haEnabled: store.supportsHa && ports.others().size > 0,
      others: ports.others(),
      ownAddress: ports.ownAddress(),
      records,
      claimed,
      trouble: refusal ?? (available ? null : text),
      verified,
    });
  }

  function update(): void {
    const before = state;
    state = compute();
    if (!state.isSelf) {
      claimed = null;
      claimedAt = Number.NEGATIVE_INFINITY;
    }
    jobs.set(state.isSelf ? state.term : null);
    tellJournal();
    tellShared();
    if (JSON.stringify(before) !== JSON.stringify(state)) for (const listener of listeners) listener(state);
  }

  function tellJournal(): void {
    const { haEnabled, leader, isSelf, term } = state;
    if (!haEnabled || leader === null || (isSelf && term === null)) return;
    const now = isSelf ? `${term}` : leader;
    if (now === noted) return;
    noted = now;
    ports.note(isSelf && term !== null ? { code: 'leads', instance, term } : { code: 'follows', leader });
  }

  /** Allowed, but whoever is sent there may come to a standby again. */
  function tellShared(): void {
    const address = ports.ownAddress();
    const others = sharing(records.addresses, instance, address);
    const now = `${others.join(' ')} ${address}`;
    if (now === notedShared) return;
    notedShared = now;
    if (others.length > 0 && address !== null) ports.note({ code: 'addressShared', address, others });
  }

  function setEntries(next: Map<string, StoreEntry>): void {
    entries = next;
    records = recordsOf(entries.values());
  }

  function changed(events: readonly StoreEvent[]): void {
    const next = new Map(entries);
    for (const event of events) {
      if (event.kind === 'again') hasRead = false;
      else if (event.kind === 'put') next.set(event.entry.key, event.entry);
      else next.delete(event.key);
    }
    setEntries(next);
    look();
  }

  async function read(): Promise<void> {
    const found = await store.list(LEADER);
    if (!found.ok) return;
    setEntries(new Map(found.value.map((entry) => [entry.key, entry])));
    hasRead = true;
  }

  /** A store of another stack is neither read nor written: what stands in it is not about these instances. */
  async function verify(): Promise<void> {
    if (records.stack === null) {
      const written = await put(store, STACK_KEY, ports.stack, { version: null });
      if (!written.ok) return void (written.error.code === 'conflict' && (await read()));
    } else if (records.stack !== ports.stack) {
      const text = `the store belongs to the stack ${records.stack}, the configuration says ${ports.stack}: set 'stack' as it was, or give it another store`;
      if (refusal !== text) ports.warn(text);
      refusal = text;
      return;
    }
    verified = true;
  }

  async function keepOwnAddress(): Promise<void> {
    const address = ports.ownAddress();
    if ((records.addresses.get(instance) ?? null) === address && entries.has(MEMBERS + instance)) return;
    await put(store, MEMBERS + instance, { address });
  }

  /** A term above all that are known, unless somebody else was quicker. */
  async function claim(): Promise<void> {
    if (!state.isSelf || state.term !== null || clock.now() < claimedAt + EVERY_MS) return;
    claimedAt = clock.now();
    for (let tries = 0; tries < MOST_TRIES && state.isSelf; tries += 1) {
      const term = (records.record?.term ?? 0) + 1;
      const record = { instance, term, since: new Date(clock.wall()).toISOString(), address: ports.ownAddress() };
      claimed = term;
      const version = entries.get(RECORD_KEY)?.version ?? null;
      const written = await put(store, RECORD_KEY, record, { version });
      if (written.ok || written.error.code !== 'conflict') return;
      await read();
    }
  }

  async function work(): Promise<void> {
    if (!hasRead) await read();
    if (hasRead && !verified) await verify();
    update();
    if (!verified || !running) return;
    await keepOwnAddress();
    await claim();
    update();
  }

  /** One at a time; whatever happens meanwhile is seen by the next. */
  function look(): void {
    if (!running) return;
    update();
    working ??= work()
      .catch((error: unknown) => ports.warn(`who leads is not in the store: ${String(error)}`))
      .finally(() => {
        working = null;
        if (running && isDue()) look();
      });
  }

  /** Something is left that need not wait for the next round. */
  const isDue = (): boolean =>
    verified && hasRead && state.isSelf && state.term === null && claimedAt === Number.NEGATIVE_INFINITY;

  return {
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onLeading: (job: LeaderJob) => jobs.add(job),
    async start() {
      running = true;
      ends.push(store.watch(LEADER, changed), store.onState(update));
      look();
      await working;
      const timer = setInterval(look, EVERY_MS);
      ends.push(() => clearInterval(timer));
    },
    look,
    async stop() {
      running = false;
      for (const end of ends.splice(0)) end();
      await jobs.stop();
      await working;
    },
  };
}
