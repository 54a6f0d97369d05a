/**
 * The manager's own copy of the engine's status: asked for once a second and after events, kept as the bytes that came, so that answering costs nothing.
 * Whoever asks gets what is there, with its age; nobody ever waits for the engine.
 */
import type { EngineContact, Sample, Snapshot, StatusPatch } from '../core/api/stack.ts';
import type { Clock, Ms } from '../core/clock.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import type { Refused, StatusCopy } from '../core/services.ts';
import type { Status } from '../core/status.ts';
import type { Result } from '../core/result.ts';
import { headlineOf } from './headline.ts';
import { instancesOf } from './instances.ts';
import { mergePatch } from './merge-patch.ts';

export interface CopyPorts {
  /** Body of the engine's `GET /status`. */
  readonly fetch: () => Promise<Result<Buffer, Refused>>;
  readonly clock: Clock;
  /** Each status, before it is shown. */
  readonly onStatus: (status: Status) => void;
  /** What the snapshot says that is not of the engine. */
  readonly beside: () => Pick<
    Snapshot,
    'settingsRevision' | 'fileError' | 'maintenanceNote' | 'bypassNote' | 'linkSpeeds' | 'leader' | 'journal'
  >;
  /** An engine that is replaced is silent for less (ms); longer is told. */
  readonly lostMs?: Ms;
  /** For the journal. */
  readonly note: (reason: ManagerReason) => void;
  /** The engine has answered, or has not. */
  readonly asked?: () => void;
}

export interface RunningCopy extends StatusCopy {
  /** Resolves when the first answer has come, or has not. */
  start(): Promise<void>;
  stop(): void;
  /** Something has happened: ask soon. */
  refresh(): void;
  /** Something beside the engine's status has changed. */
  changed(): void;
  readonly reachable: boolean;
}

const EVERY_MS: Ms = 1000;
/** A run of events is one question. */
const SOON_MS: Ms = 50;
/** An engine that is gone comes back within this. */
const RETRY_MS: Ms = 250;
const LOST_MS: Ms = 3000;
const SAMPLES = 15 * 60;

export function createStatusCopy(ports: CopyPorts): RunningCopy {
  const { clock, lostMs = LOST_MS } = ports;
  const boot = Math.floor(clock.wall()).toString(36);
  const patchListeners = new Set<(patch: StatusPatch) => void>();
  const sampleListeners = new Set<(sample: Sample) => void>();
  const samples: Sample[] = [];
  const roles = new Map<string, { readonly role: string; readonly since: string | null }>();
  const iso = (): string => new Date(clock.wall()).toISOString();

  const roleSince = (peer: string): string | null => roles.get(peer)?.since ?? null;

  let text: Buffer | null = null;
  let status: Status | null = null;
  let statusAt: string | null = null;
  let readAt = clock.now();
  let contact: EngineContact = { reachable: false, since: iso(), error: 'the engine has not answered yet' };
  let lostAt: number | null = clock.now();
  let said = false;
  let rev = 0;
  let view = makeView();
  let timer: NodeJS.Timeout | null = null;
  let sampler: NodeJS.Timeout | null = null;
  let dueAt = Number.POSITIVE_INFINITY;
  let asking = false;
  let again = false;
  let stopped = false;

  const ageMs = (): Ms => (status === null ? 0 : Math.max(0, Math.round(clock.now() - readAt)));

  function makeView(): Omit<Snapshot, 'samples'> {
    const beside = ports.beside();
    const age = status === null ? 0 : ageMs();
    return {
      rev,
      at: iso(),
      engine: contact,
      status,
      statusAt,
      headline: headlineOf({ status, engine: contact, ageMs: age, fileError: beside.fileError }),
      instances: instancesOf(status, age, roleSince),
      ...beside,
    };
  }

  /** The view is another one: everybody who listens is told what is different. */
  function renew(): void {
    const before = view;
    rev += 1;
    view = makeView();
    if (patchListeners.size === 0) return;
    const { rev: _rev, at: _at, ...patch } = mergePatch({ ...before }, { ...view });
    const told: StatusPatch = { base: before.rev, rev, at: view.at, patch };
    for (const listener of patchListeners) listener(told);
  }

  async function ask(): Promise<void> {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    const answer = await ports.fetch();
    asking = false;
    if (stopped) return;
    if (answer.ok) came(answer.value);
    else missed(answer.error.text);
    renew();
    ports.asked?.();
    plan(again ? SOON_MS : answer.ok ? EVERY_MS : RETRY_MS);
    again = false;
  }

  function came(body: Buffer): void {
    try {
      status = JSON.parse(body.toString('utf8')) as Status;
    } catch {
      return missed('the engine does not answer: what it says is no JSON');
    }
    text = body;
    readAt = clock.now();
    statusAt = iso();
    for (const { name, role } of status.peers) {
      const known = roles.get(name);
      if (known?.role !== role) roles.set(name, { role, since: known === undefined ? null : statusAt });
    }
    ports.onStatus(status);
    if (said && lostAt !== null) ports.note({ code: 'engineBack', silentMs: Math.round(clock.now() - lostAt) });
    said = false;
    lostAt = null;
    if (!contact.reachable) contact = { reachable: true, since: statusAt, error: null };
  }

  function missed(error: string): void {
    lostAt ??= clock.now();
    if (contact.reachable || contact.error !== error) {
      contact = { reachable: false, since: contact.reachable ? iso() : contact.since, error };
    }
    if (said || clock.now() - lostAt < lostMs) return;
    said = true;
    ports.note({ code: 'engineLost', error: error.replace(/^the engine does not answer: /, '') });
  }

  function plan(inMs: Ms): void {
    const at = clock.now() + inMs;
    if (stopped || (timer !== null && dueAt <= at)) return;
    if (timer !== null) clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => {
      timer = null;
      void ask();
    }, inMs);
  }

  function sample(): void {
    const known = contact.reachable ? status?.bandwidth : undefined;
    const one: Sample = { at: iso(), bps: known?.bps ?? null, averageBps: known?.averageBps ?? null };
    samples.push(one);
    if (samples.length > SAMPLES) samples.shift();
    for (const listener of sampleListeners) listener(one);
  }

  return {
    get reachable() {
      return contact.reachable;
    },
    start() {
      sampler = setInterval(sample, EVERY_MS);
      return ask();
    },
    stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      if (sampler !== null) clearInterval(sampler);
    },
    refresh: () => plan(SOON_MS),
    changed: renew,
    status: () => status,
    statusBody: () => (text === null ? null : { text, ageMs: ageMs(), etag: `"${boot}-${rev}"` }),
    snapshot: () => ({ ...view, samples: [...samples] }),
    instances: () => instancesOf(status, ageMs(), roleSince),
    samples: () => [...samples],
    onPatch(listener) {
      patchListeners.add(listener);
      return () => patchListeners.delete(listener);
    },
    onSample(listener) {
      sampleListeners.add(listener);
      return () => sampleListeners.delete(listener);
    },
  };
}
