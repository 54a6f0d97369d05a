/** Policies and drafts as they stand in the store, and what a document may say. Pure. */
import type { DraftView, PolicyAsked, PolicyDocument, PolicyView } from '../../core/api/policies.ts';
import type { SessionFeatureAsked } from '../../core/api/sessions.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { parseDuration } from '../../core/units.ts';
import { readFeature, readPolicySources } from '../sessions/asked.ts';
import type { FeatureFacts } from '../sessions/features.ts';
import { DRAFTS, POLICIES } from '../store/merge-rules.ts';
import type { Json, StoreEntry } from '../store/store.ts';

/** What a policy was: `policyVersions/<name>/<number>`, the number filled up so that keys are in order. */
export const VERSIONS = 'policyVersions/';
/** Versions that are kept, the one in force included. */
export const MOST_VERSIONS = 10;
export const MOST_DRAFTS = 20;
export const MOST_POLICIES = 500;

export const policyKey = (name: string): string => `${POLICIES}${name}`;
export const versionKey = (name: string, version: number): string =>
  `${VERSIONS}${name}/${String(version).padStart(9, '0')}`;
export const draftPrefix = (name: string): string => `${DRAFTS}${name}/`;

/** The document with every default filled in. The error is a sentence that names the field. */
export function readDocument({ document }: PolicyAsked, facts: FeatureFacts): Result<PolicyDocument, string> {
  const { description = '', features, maxTime = null } = document;
  if (features.length === 0) return fail('document.features: at least one is needed');
  for (const feature of features) {
    const read = readFeature(feature, facts);
    if (!read.ok) return fail(`document.${read.error}`);
    if (feature.name !== 'blocklist') continue;
    const sources = readPolicySources(feature.sources ?? []);
    if (!sources.ok) return fail(`document.${sources.error}`);
  }
  if (maxTime !== null && (parseDuration(maxTime) ?? 0) < 1000)
    return fail(`document.maxTime: expected a duration of 1s or more, such as 2h, found ${maxTime}`);
  return ok({ description, features, maxTime });
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null: another version of Tandem wrote something that this one does not understand. */
export function readPolicy(value: Json): PolicyView | null {
  if (!isFields(value)) return null;
  const { name, version, by, at } = value;
  const document = documentOf(value['document']);
  if (typeof name !== 'string' || typeof version !== 'number' || document === null) return null;
  return { name, version, document, by: String(by), at: String(at) };
}

export function readDraft({ key, value }: StoreEntry): DraftView | null {
  const [, policy, id] = /^drafts\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
  if (policy === undefined || id === undefined || !isFields(value)) return null;
  const { by, at, base, cause } = value;
  if (cause === 'conflict') {
    // What the store kept of a policy that lost (merge-rules.ts).
    const lost = readPolicy(value['lost'] ?? null);
    if (lost === null) return null;
    const from = lost.version > 1 ? lost.version - 1 : null;
    return { id, policy, cause, base: from, document: lost.document, by: lost.by, at: String(at) };
  }
  const document = documentOf(value['document']);
  if (document === null) return null;
  return {
    id,
    policy,
    cause: 'edited',
    base: typeof base === 'number' ? base : null,
    document,
    by: String(by),
    at: String(at),
  };
}

function documentOf(value: unknown): PolicyDocument | null {
  if (!isFields(value)) return null;
  const { description, features, maxTime } = value;
  if (typeof description !== 'string' || !Array.isArray(features)) return null;
  if (maxTime !== null && typeof maxTime !== 'string') return null;
  return { description, features: features as readonly SessionFeatureAsked[], maxTime };
}
