/**
 * What the manager asks of the guardian over `<run>/guardian.sock`: one JSON object a line each way, answers carry the number of their request.
 * The socket is 0660, group `tandem`.
 */
import type { ConfigProblem, ConfigVersion } from './api/settings.ts';
import type { Processes } from './status.ts';

export type GuardianRequest =
  /** The manager says which process it is, and gets what it works from (`ManagerPlan`, null: the configuration has none). */
  | { readonly kind: 'hello'; readonly pid: number }
  | { readonly kind: 'plan' }
  | { readonly kind: 'processes' }
  /** Keys for the state sync, derived from the stack's secret, which stays with the guardian. */
  | { readonly kind: 'syncKeys' }
  /** The helper is needed, for sessions: answered when it serves. */
  | { readonly kind: 'helper' }
  /** The configuration file. */
  | { readonly kind: 'read' }
  /** `revision` null: whatever stands there. */
  | { readonly kind: 'write'; readonly text: string; readonly revision: string | null; readonly by: string }
  | { readonly kind: 'versions' }
  | { readonly kind: 'version'; readonly id: string }
  /** A file that the configuration names for the manager (certificates, pass phrases). */
  | { readonly kind: 'file'; readonly path: string };

export type GuardianAnswer =
  { readonly ok: true; readonly value: GuardianValue } | { readonly ok: false; readonly error: GuardianError };

export interface GuardianValue {
  readonly plan?: unknown;
  readonly processes?: Processes;
  readonly file?: string;
  readonly text?: string | null;
  readonly revision?: string;
  readonly versions?: readonly ConfigVersion[];
  readonly syncKeys?: readonly DerivedKey[];
}

export interface DerivedKey {
  /** First 8 hex digits of the SHA-256 of the key. */
  readonly id: string;
  /** Base64. */
  readonly key: string;
}

export interface GuardianError {
  readonly code: 'conflict' | 'invalid' | 'failed' | 'badRequest' | 'notFound';
  readonly text: string;
  readonly problems?: readonly ConfigProblem[];
  /** `conflict`: what stands there now. */
  readonly current?: { readonly text: string; readonly revision: string };
}

/** The longest line: a configuration of a megabyte, escaped. */
export const LONGEST_LINK_LINE = 8 * 1024 * 1024;
