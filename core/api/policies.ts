/** Policies: named, versioned documents that sessions refer to (docs/sessions.md). A session keeps what its policy said when it was started. */
import type { SessionFeatureAsked } from './sessions.ts';

export interface PolicyDocument {
  /** For people. */
  readonly description: string;
  readonly features: readonly SessionFeatureAsked[];
  /** Of sessions that do not say it themselves; null: no limit. */
  readonly maxTime: string | null;
}

/** A policy as it is in force, or as one of its versions was. */
export interface PolicyView {
  readonly name: string;
  /** Counts up with each publishing. */
  readonly version: number;
  readonly document: PolicyDocument;
  readonly by: string;
  readonly at: string;
}

/** A row of `GET /policies`. */
export interface PolicyRow extends PolicyView {
  /** Live sessions that were started with it, whatever its version was then. */
  readonly sessions: number;
  readonly drafts: number;
}

export interface PolicyList {
  readonly policies: readonly PolicyRow[];
}

/** `GET /policies/:name/versions`, newest first. */
export interface PolicyVersions {
  readonly versions: readonly PolicyView[];
}

/** What somebody thinks the policy should be, or what lost where two instances changed it without knowing of each other. */
export interface DraftView {
  readonly id: string;
  readonly policy: string;
  readonly cause: 'edited' | 'conflict';
  /** The version that it was made from; null: there was none. */
  readonly base: number | null;
  readonly document: PolicyDocument;
  readonly by: string;
  readonly at: string;
}

export interface DraftList {
  readonly drafts: readonly DraftView[];
}

/** `PUT /policies/:name`, `POST /policies/:name/drafts`. */
export interface PolicyAsked {
  /** The version that this was made from, null where there was none: 409 if the policy is another one by now. Drafts are not refused for it. */
  readonly base: number | null;
  readonly document: {
    readonly description?: string;
    readonly features: readonly SessionFeatureAsked[];
    readonly maxTime?: string | null;
  };
}
