/**
 * Bodies of the REST API (`/api/v1`, docs/rest-api.md) that are no type of their own elsewhere: the contract between webui/server and whoever calls it.
 * Every error is an `ApiError`; 412 of the settings is that and a `SettingsConflict` in one object.
 */
import type { ActionBegun } from '../action.ts';
import type { SinkView, TestResult } from './alerts.ts';
import type { DoctorCheck, DrillReport, DrillView, SnapshotFile } from './host.ts';
import type { ConfigProblem, ConfigVersion } from './settings.ts';
import type { InstanceView } from './stack.ts';
import type { TokenView, UserRole, UserView } from './users.ts';

export interface ApiError {
  readonly error: { readonly code: string; readonly text: string };
  /** 422: texts of `tandemd check`. */
  readonly problems?: readonly ConfigProblem[];
}

/** `POST /login` answers a SessionView and sets the cookie; 401 `wrongLogin`, 429 `tooManyLogins` with Retry-After. */
export interface LoginRequest {
  readonly user: string;
  readonly password: string;
}

/** `GET /instances`. */
export interface InstanceList {
  readonly instances: readonly InstanceView[];
}

/** Bodies of `POST /actions/…`, as the engine takes them, and notes; who asks is known from the login. */
export interface ActionBodies {
  readonly switchover:
    { readonly to?: string | null; readonly hold?: string; readonly force?: boolean } | { readonly releaseHold: true };
  readonly maintenance:
    | {
        readonly on: true;
        readonly for?: string;
        readonly untilReboot?: boolean;
        readonly force?: boolean;
        /** To colleagues; the manager keeps it, the engine does not know it. */
        readonly note?: string;
      }
    | { readonly on: false };
  readonly bypass: { readonly engage: true; readonly note?: string } | { readonly engage: false };
  readonly flaps: { readonly reset: true };
  readonly reload: Readonly<Record<string, never>>;
}

/** 202 of `POST /actions/…`: its progress comes as events with this id. */
export type ActionAccepted = ActionBegun;

/** `GET /settings/versions`. `POST /settings/restore` takes `{ id }` with If-Match. */
export interface VersionList {
  readonly versions: readonly ConfigVersion[];
}

/** `GET /alerts`. */
export interface SinkList {
  readonly sinks: readonly SinkView[];
}

/** `POST /alerts/test`: one sink, or all. */
export interface AlertTest {
  readonly sink?: string | null;
}

export interface AlertTestResults {
  readonly results: readonly TestResult[];
}

/** `GET /users`. */
export interface UserList {
  readonly users: readonly UserView[];
}

/** `POST /users`, answers 201 with a UserView. `PATCH /users/:name` takes `{ role }`. */
export interface NewUser {
  readonly name: string;
  readonly role: UserRole;
  readonly password: string;
}

/** `PUT /users/:name/password`: an admin's for others, everybody's own with the present one. Ends the user's sessions. */
export interface PasswordChange {
  readonly password: string;
  readonly current?: string;
}

/** `GET /tokens`. */
export interface TokenList {
  readonly tokens: readonly TokenView[];
}

/** `POST /tokens`. `expiresAt` null: it never ends. */
export interface NewToken {
  readonly name: string;
  readonly role: UserRole;
  readonly expiresAt?: string | null;
}

/** 201 of `POST /tokens`: the only time that the token itself is shown. */
export interface TokenMade extends TokenView {
  readonly token: string;
}

/** `GET /doctor`. */
export interface DoctorReport {
  readonly checks: readonly DoctorCheck[];
}

/** `GET /drills`. `POST /drills/run` takes `{ to }` and answers a DrillReport. */
export interface DrillList {
  readonly drills: readonly DrillView[];
  readonly reports: readonly DrillReport[];
}

/** `GET /snapshots`. */
export interface SnapshotList {
  readonly snapshots: readonly SnapshotFile[];
}
