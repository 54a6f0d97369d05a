/**
 * What the web server is given by the manager: everything it serves stands behind these, so that routes know neither the engine's socket
 * nor a file. Made once, in manager/main.ts.
 */
import type { ActionBegun, ActionRequest } from './action.ts';
import type { Alerts } from './api/alerts.ts';
import type { DoctorCheck, DrillReport, DrillView, HostView, SnapshotFile } from './api/host.ts';
import type { Actor, Journal } from './api/journal.ts';
import type {
  ConfigProblem,
  ConfigVersion,
  SettingsChange,
  SettingsConflict,
  SettingsSaved,
  SettingsView,
} from './api/settings.ts';
import type { DraftList, DraftView, PolicyAsked, PolicyList, PolicyVersions, PolicyView } from './api/policies.ts';
import type {
  FeatureView,
  SessionAsked,
  SessionList,
  SessionView,
  SessionsKilled,
  SourcePage,
  SourcesAsked,
} from './api/sessions.ts';
import type { InstanceView, Sample, Snapshot, StatusPatch } from './api/stack.ts';
import type { LeaderView } from './leader.ts';
import type { Measurements } from './measurements.ts';
import type { Result } from './result.ts';
import type { Status } from './status.ts';

/** Why something cannot be done, with the HTTP status that says the same. */
export interface Refused {
  readonly status: 400 | 403 | 404 | 409 | 412 | 422 | 500 | 503;
  readonly code: string;
  readonly text: string;
  readonly problems?: readonly ConfigProblem[];
  readonly conflict?: SettingsConflict;
}

/** The manager's own copy of what the engine says. Never waits for the engine. */
export interface StatusCopy {
  status(): Status | null;
  /** Serialized once for each new status, with its age. `etag` changes with it. */
  statusBody(): { readonly text: Buffer; readonly ageMs: number; readonly etag: string } | null;
  snapshot(): Snapshot;
  instances(): readonly InstanceView[];
  samples(): readonly Sample[];
  onPatch(listener: (patch: StatusPatch) => void): () => void;
  onSample(listener: (sample: Sample) => void): () => void;
}

export interface Engine {
  /** 202 with what began, or why the engine refuses; 503 where it does not answer. */
  act(request: ActionRequest): Promise<Result<ActionBegun, Refused>>;
  /** Body of the engine's `GET /why`. */
  why(): Promise<Result<unknown, Refused>>;
  /** Histograms of advert lateness and event-loop delay, for /metrics; null = not reachable. */
  measurements(): Promise<Measurements | null>;
}

export interface Settings {
  read(): Promise<Result<SettingsView, Refused>>;
  /** `revision` is what If-Match says. 412 with the conflict, 422 with the problems of `tandemd check`, 503 without a guardian. */
  save(change: SettingsChange, revision: string, by: Actor): Promise<Result<SettingsSaved, Refused>>;
  versions(): Promise<Result<readonly ConfigVersion[], Refused>>;
  restore(id: string, revision: string, by: Actor): Promise<Result<SettingsSaved, Refused>>;
}

/** Sessions of the stack (stack/sessions/). Every instance knows them; changes are for the leader, others answer 503 `notLeader`. */
export interface StackSessions {
  features(): readonly FeatureView[];
  list(): SessionList;
  get(id: string): Result<SessionView, Refused>;
  /** Resolves when it is kept and in effect here. */
  start(asked: SessionAsked, by: string): Promise<Result<SessionView, Refused>>;
  heartbeat(id: string): Promise<Result<SessionView, Refused>>;
  kill(id: string, by: string): Promise<Result<SessionView, Refused>>;
  killAll(by: string): Promise<Result<SessionsKilled, Refused>>;
  /** In order, after this one; `limit` 0 counts alone. */
  sources(id: string, after: string | null, limit: number): Result<SourcePage, Refused>;
  /** Resolves when it is kept and in effect here. */
  changeSources(id: string, asked: SourcesAsked): Promise<Result<SourcePage, Refused>>;
}

/** Policies of the stack (stack/policies/). Changes are for the leader. */
export interface StackPolicies {
  list(): Promise<Result<PolicyList, Refused>>;
  get(name: string): Promise<Result<PolicyView, Refused>>;
  /** In force from now on; for sessions that start from now on. */
  put(name: string, asked: PolicyAsked, by: string): Promise<Result<PolicyView, Refused>>;
  /** With its versions and drafts. Sessions go on. */
  remove(name: string): Promise<Result<null, Refused>>;
  versions(name: string): Promise<Result<PolicyVersions, Refused>>;
  drafts(name: string): Promise<Result<DraftList, Refused>>;
  addDraft(name: string, asked: PolicyAsked, by: string): Promise<Result<DraftView, Refused>>;
  removeDraft(name: string, id: string): Promise<Result<null, Refused>>;
  /** Puts the draft into force over the version `base`. */
  publish(name: string, id: string, base: number | null, by: string): Promise<Result<PolicyView, Refused>>;
}

export interface Services {
  readonly instance: string;
  readonly stack: string;
  readonly version: string;
  /** `store.kind`, as it was when the manager started. */
  readonly storageBackend: string;
  readonly copy: StatusCopy;
  readonly engine: Engine;
  readonly leader: LeaderView;
  readonly settings: Settings;
  /** A note to colleagues, for the maintenance or the bypass that this action begins. Resolves when it is kept. */
  readonly keepNote: (of: 'maintenance' | 'bypass', text: string, by: string, actionId: string) => Promise<void>;
  readonly journal: Journal;
  readonly alerts: Alerts;
  readonly host: () => Promise<HostView>;
  readonly doctor: () => Promise<Result<readonly DoctorCheck[], Refused>>;
  /** The support bundle as text (JSON, secrets removed). */
  readonly supportBundle: () => Promise<Result<string, Refused>>;
  readonly drills: {
    list(): readonly DrillView[];
    reports(): readonly DrillReport[];
    /** Runs one now, as an admin's action. */
    run(to: string, by: Actor): Promise<Result<DrillReport, Refused>>;
  };
  readonly snapshots: { list(): Promise<readonly SnapshotFile[]> };
  readonly sessions: StackSessions;
  readonly policies: StackPolicies;
}
