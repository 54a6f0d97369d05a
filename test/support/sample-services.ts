/** `Services` with something behind each of them: what tests of the web server and of the page stand on. Nothing here touches a network or a disk. */
import { randomUUID } from 'node:crypto';
import type { ActionRequest } from '../../core/action.ts';
import type { SinkView } from '../../core/api/alerts.ts';
import type { HostView } from '../../core/api/host.ts';
import type { JournalEntry, NewEntry } from '../../core/api/journal.ts';
import type { Sample, Snapshot, StatusPatch } from '../../core/api/stack.ts';
import type { LeaderState } from '../../core/leader.ts';
import { ok } from '../../core/result.ts';
import type { Services } from '../../core/services.ts';
import { createMemoryJournal } from './memory-journal.ts';
import type { MemoryJournal } from './memory-journal.ts';
import { createSampleSessions } from './sample-sessions.ts';
import { createSampleSettings } from './sample-settings.ts';
import type { SampleSettings } from './sample-settings.ts';
import { sampleAt, sampleSnapshot } from './sample-stack.ts';
import type { Scenario } from './sample-stack.ts';

export interface SampleServices extends Services {
  readonly journal: MemoryJournal;
  readonly settings: SampleSettings;
  /** What the engine was asked for. */
  readonly asked: readonly ActionRequest[];
  /** Notes to colleagues, with what they are about. */
  readonly notes: readonly string[];
  /** Somebody else leads. */
  setLeader(change: Partial<LeaderState>): void;
  /** Another scenario, told as a patch. */
  show(scenario: Scenario): void;
  /** A second has gone by: a sample, and a status with new counters. */
  tick(): void;
  /** The engine says something. */
  say(kind: 'role' | 'peer' | 'link' | 'process', text: string, more?: Partial<JournalEntry>): void;
}

const AT = '2026-11-21T01:00:00.000Z';

const SELF_LEADS: LeaderState = {
  haEnabled: true,
  leader: 'a',
  isSelf: true,
  address: 'https://fw-a.example.com:8443',
  term: 3,
  ownAddress: 'https://fw-a.example.com:8443',
  failed: false,
  text: '',
};

const SINKS: readonly SinkView[] = [
  {
    id: 'syslog:192.0.2.9:514/udp',
    kind: 'syslog',
    target: '192.0.2.9:514',
    detail: 'UDP, facility daemon',
    state: 'ok',
    since: AT,
    queued: 0,
    sent: 120,
    dropped: 0,
    lastError: null,
    lastSentAt: AT,
  },
  {
    id: 'trap:192.0.2.9:162',
    kind: 'trap',
    target: '192.0.2.9:162',
    detail: 'SNMPv3 inform',
    state: 'failing',
    since: AT,
    queued: 12,
    sent: 80,
    dropped: 3,
    lastError: 'no answer within 5 s',
    lastSentAt: AT,
  },
  {
    id: 'webhook:https://hooks.example.com/ha',
    kind: 'webhook',
    target: 'https://hooks.example.com/ha',
    detail: 'signed',
    state: 'idle',
    since: AT,
    queued: 0,
    sent: 0,
    dropped: 0,
    lastError: null,
    lastSentAt: null,
  },
];

const HOST: HostView = {
  hostname: 'fw-a',
  os: 'Debian GNU/Linux 13',
  kernel: '6.12.0',
  uptimeSeconds: 273_120,
  cpu: { model: 'A processor', cores: 2, loadPercent: 12 },
  memory: { totalBytes: 8e9, availableBytes: 5e9 },
  disk: { path: '/', totalBytes: 64e9, freeBytes: 40e9 },
  temperatureCelsius: 48,
  interfaces: [
    { name: 'eth2', mac: '02:00:00:00:00:01', mtu: 1500, speedMbps: 1000, up: true, addresses: ['192.0.2.1/24'] },
  ],
  at: AT,
};

export function createSampleServices(scenario: Scenario = 'protected', now: () => number = Date.now): SampleServices {
  const journal = createMemoryJournal('a', now);
  const asked: ActionRequest[] = [];
  const notes: string[] = [];
  const patches = new Set<(patch: StatusPatch) => void>();
  const samplers = new Set<(sample: Sample) => void>();
  let leader = SELF_LEADS;
  let snapshot = sampleSnapshot(scenario, now());
  let body = { text: Buffer.from(JSON.stringify(snapshot.status)), at: now() };

  function change(next: Omit<Snapshot, 'rev'>): void {
    const base = snapshot.rev;
    const { samples: _samples, ...rest } = next;
    snapshot = { ...next, rev: base + 1 };
    body = { text: Buffer.from(JSON.stringify(snapshot.status)), at: now() };
    // A patch may say what has not changed: lists are whole in a merge patch anyway.
    const patch: StatusPatch = { base, rev: base + 1, at: snapshot.at, patch: { ...rest, rev: base + 1 } };
    for (const listener of patches) listener(patch);
  }

  function event(kind: 'role' | 'peer' | 'link' | 'process' | 'action', text: string, more: object = {}): void {
    const entry: NewEntry = { kind, severity: 'info', reason: { code: 'sample', text }, incident: null, ...more };
    void journal.append(entry);
    snapshot = { ...snapshot, journal: journal.entries.length };
  }

  event('process', 'the engine of a started');
  event('role', 'b missed 3 of 3 checks on every path', {
    severity: 'warning',
    from: 'standby',
    to: 'active',
    incident: 'i1',
  });
  event('link', 'wan1 is up');

  const settings = createSampleSettings((actor, actionId, text) => {
    void journal.append({
      kind: 'user',
      severity: 'info',
      reason: { code: 'settingsSaved', text: `settings changed: ${text}` },
      incident: null,
      actor,
      actionId,
    });
    event('action', 'reload done', { actionId, ended: 'done' });
    change({ ...snapshot, settingsRevision: `r${Number(actionId.replace(/\D/g, '')) + 1}` });
  });

  const stackParts = createSampleSessions();
  return {
    instance: 'a',
    stack: 'edge',
    version: '0.1.0',
    storageBackend: 'embedded',
    leader: { state: () => leader, onChange: () => () => undefined, onLeading: () => () => undefined },
    setLeader: (change) => void (leader = { ...leader, ...change }),
    journal,
    settings,
    keepNote: (of, text) => Promise.resolve(void notes.push(`${of}: ${text}`)),
    notes,
    asked,
    copy: {
      status: () => snapshot.status,
      statusBody: () =>
        snapshot.status === null ? null : { text: body.text, ageMs: now() - body.at, etag: `${snapshot.rev}` },
      snapshot: () => snapshot,
      instances: () => snapshot.instances,
      samples: () => snapshot.samples,
      onPatch(listener) {
        patches.add(listener);
        return () => void patches.delete(listener);
      },
      onSample(listener) {
        samplers.add(listener);
        return () => void samplers.delete(listener);
      },
    },
    engine: {
      act(request) {
        asked.push(request);
        const actionId = randomUUID();
        event('action', `${request.action} accepted`, { actionId });
        setTimeout(() => event('action', `${request.action} done`, { actionId, ended: 'done' }), 300).unref();
        return Promise.resolve(ok({ actionId, after: 0, log: 'L1' }));
      },
      why: () => Promise.resolve(ok({ role: 'active', reason: snapshot.status?.reason, chain: [], next: [] })),
      measurements: () => Promise.resolve(null),
    },
    alerts: {
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      take: () => undefined,
      sinks: () => SINKS,
      test: (sink) =>
        Promise.resolve(
          SINKS.filter(({ id }) => sink === null || id === sink).map(({ id, state }) => ({
            sink: id,
            ok: state !== 'failing',
            text: state === 'failing' ? 'no answer within 5 s' : 'taken (2 ms)',
          })),
        ),
    },
    host: () => Promise.resolve({ ...HOST, at: new Date(now()).toISOString() }),
    doctor: () =>
      Promise.resolve(
        ok([
          { name: 'real time', level: 'ok', text: 'the engine runs under SCHED_RR' },
          { name: 'multicast', level: 'warn', text: 'snooping without a querier', advice: 'Turn on a querier.' },
        ]),
      ),
    supportBundle: () => Promise.resolve(ok(JSON.stringify({ instance: 'a', status: snapshot.status }, null, 2))),
    drills: {
      list: () => [{ schedule: '0 3 1 * *', to: 'b', nextAt: '2026-12-01T03:00:00.000Z' }],
      reports: () => [
        {
          id: 'd1',
          at: AT,
          to: 'b',
          outcome: 'done',
          text: 'b took over',
          durationMs: 12,
          probesSent: 5000,
          probesLost: 0,
        },
      ],
      run: (to) =>
        Promise.resolve(
          ok({
            id: randomUUID(),
            at: new Date(now()).toISOString(),
            to,
            outcome: 'done',
            text: `${to} took over`,
            durationMs: 11,
            probesSent: 5000,
            probesLost: 0,
          }),
        ),
    },
    snapshots: { list: () => Promise.resolve([{ name: 'tandem-2026-11-21.yaml', at: AT, bytes: 2048 }]) },
    sessions: stackParts.sessions,
    policies: stackParts.policies,
    show: (next) => change({ ...sampleSnapshot(next, now()), journal: journal.entries.length }),
    tick() {
      const sample = sampleAt(now());
      snapshot = { ...snapshot, samples: [...snapshot.samples.slice(-899), sample] };
      for (const listener of samplers) listener(sample);
      const { status } = snapshot;
      if (status === null || !snapshot.engine.reachable) return;
      const at = new Date(now()).toISOString();
      const bandwidth = { ...status.bandwidth, bps: sample.bps, averageBps: sample.averageBps };
      change({ ...snapshot, at, statusAt: at, status: { ...status, at, bandwidth } });
    },
    say: (kind, text, more = {}) => event(kind, text, more),
  };
}
