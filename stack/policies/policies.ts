/** Policies as the API has them (core/services.ts). Every change says which version it was made from, so that nobody overwrites what they have not seen. */
import { randomBytes } from 'node:crypto';
import type { DraftView, PolicyDocument, PolicyList, PolicyView } from '../../core/api/policies.ts';
import type { Clock } from '../../core/clock.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Refused, StackPolicies } from '../../core/services.ts';
import type { FeatureFacts } from '../sessions/features.ts';
import { NOT_LEADER, ofStore, refused } from '../sessions/refusals.ts';
import { POLICIES } from '../store/merge-rules.ts';
import type { Change, Condition, Json, Store, StoreEntry } from '../store/store.ts';
import {
  MOST_DRAFTS,
  MOST_POLICIES,
  MOST_VERSIONS,
  VERSIONS,
  draftPrefix,
  policyKey,
  readDocument,
  readDraft,
  readPolicy,
  versionKey,
} from './document.ts';

export interface PoliciesPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly leads: () => boolean;
  readonly facts: () => FeatureFacts;
  /** Names of the policies of live sessions, one for each. */
  readonly inUse: () => readonly string[];
}

interface Kept {
  readonly policy: PolicyView | null;
  /** Of the entry, for compare-and-set. */
  readonly version: string | null;
}

export function createPolicies({ store, clock, leads, facts, inUse }: PoliciesPorts): StackPolicies {
  const wall = (): string => new Date(clock.wall()).toISOString();

  async function entries(prefix: string): Promise<Result<readonly StoreEntry[], Refused>> {
    const found = await store.list(prefix);
    return found.ok ? found : fail(ofStore(found.error));
  }

  async function kept(name: string): Promise<Result<Kept, Refused>> {
    const found = await store.get(policyKey(name));
    if (!found.ok) return fail(ofStore(found.error));
    const { value: entry } = found;
    return ok({ policy: entry === null ? null : readPolicy(entry.value), version: entry?.version ?? null });
  }

  async function get(name: string): Promise<Result<PolicyView, Refused>> {
    const found = await kept(name);
    if (!found.ok) return found;
    return found.value.policy === null ? fail(noPolicy(name)) : ok(found.value.policy);
  }

  async function draftsOf(name: string): Promise<Result<readonly DraftView[], Refused>> {
    const found = await entries(draftPrefix(name));
    if (!found.ok) return found;
    const drafts = found.value.map(readDraft).filter((draft) => draft !== null);
    return ok(drafts.toSorted((a, b) => (a.at < b.at ? 1 : -1)));
  }

  async function write(changes: readonly Change[], when: readonly Condition[]): Promise<Result<null, Refused>> {
    const written = await store.write({ changes, when });
    return written.ok ? ok(null) : fail(ofStore(written.error));
  }

  /** Puts it into force as the next version, over the one that it was made from. */
  async function put(
    name: string,
    base: number | null,
    document: PolicyDocument,
    by: string,
    also: readonly Change[] = [],
  ): Promise<Result<PolicyView, Refused>> {
    const found = await kept(name);
    if (!found.ok) return found;
    const { policy, version } = found.value;
    if ((policy?.version ?? null) !== base) return fail(changed(name, policy));
    const old = await entries(`${VERSIONS}${name}/`);
    if (!old.ok) return old;
    const all = await entries(POLICIES);
    if (!all.ok) return all;
    if (policy === null && all.value.length >= MOST_POLICIES)
      return fail(refused(409, 'tooManyPolicies', `there are ${all.value.length} policies already`));
    const numbers = old.value.map(({ key }) => Number(key.slice(key.lastIndexOf('/') + 1)));
    const next: PolicyView = {
      name,
      version: Math.max(0, policy?.version ?? 0, ...numbers) + 1,
      document,
      by,
      at: wall(),
    };
    const value = next as unknown as Json;
    const written = await write(
      [
        { kind: 'put', key: policyKey(name), value },
        { kind: 'put', key: versionKey(name, next.version), value },
        ...old.value.slice(0, -(MOST_VERSIONS - 1) || undefined).map(({ key }): Change => ({ kind: 'delete', key })),
        ...also,
      ],
      [{ key: policyKey(name), version }],
    );
    return written.ok ? ok(next) : written;
  }

  async function findDraft(name: string, id: string): Promise<Result<DraftView, Refused>> {
    const drafts = await draftsOf(name);
    if (!drafts.ok) return drafts;
    const draft = drafts.value.find((one) => one.id === id);
    return draft === undefined ? fail(refused(404, 'noSuchDraft', `policy ${name} has no draft ${id}`)) : ok(draft);
  }

  return {
    async list(): Promise<Result<PolicyList, Refused>> {
      const [policies, drafts] = [await entries(POLICIES), await entries('drafts/')];
      if (!policies.ok) return policies;
      if (!drafts.ok) return drafts;
      const used = inUse();
      return ok({
        policies: policies.value.flatMap(({ value }) => {
          const policy = readPolicy(value);
          if (policy === null) return [];
          const sessions = used.filter((name) => name === policy.name).length;
          const own = drafts.value.filter(({ key }) => key.startsWith(draftPrefix(policy.name)));
          return [{ ...policy, sessions, drafts: own.length }];
        }),
      });
    },
    get,
    async put(name, asked, by) {
      if (!leads()) return fail(NOT_LEADER);
      const document = readDocument(asked, facts());
      if (!document.ok) return fail(refused(400, 'badRequest', document.error));
      return put(name, asked.base, document.value, by);
    },
    async remove(name) {
      if (!leads()) return fail(NOT_LEADER);
      const found = await kept(name);
      if (!found.ok) return found;
      if (found.value.version === null) return fail(noPolicy(name));
      const [versions, drafts] = [await entries(`${VERSIONS}${name}/`), await entries(draftPrefix(name))];
      if (!versions.ok) return versions;
      if (!drafts.ok) return drafts;
      const keys = [policyKey(name), ...[...versions.value, ...drafts.value].map(({ key }) => key)];
      return write(
        keys.map((key) => ({ kind: 'delete', key })),
        [{ key: policyKey(name), version: found.value.version }],
      );
    },
    async versions(name) {
      const found = await entries(`${VERSIONS}${name}/`);
      if (!found.ok) return found;
      const versions = found.value.map(({ value }) => readPolicy(value)).filter((policy) => policy !== null);
      return versions.length === 0 ? fail(noPolicy(name)) : ok({ versions: versions.toReversed() });
    },
    async drafts(name) {
      const found = await draftsOf(name);
      return found.ok ? ok({ drafts: found.value }) : found;
    },
    async addDraft(name, asked, by) {
      if (!leads()) return fail(NOT_LEADER);
      const document = readDocument(asked, facts());
      if (!document.ok) return fail(refused(400, 'badRequest', document.error));
      const there = await draftsOf(name);
      if (!there.ok) return there;
      if (there.value.length >= MOST_DRAFTS)
        return fail(
          refused(409, 'tooManyDrafts', `policy ${name} has ${there.value.length} drafts: publish or remove some`),
        );
      const id = randomBytes(6).toString('hex');
      const draft = {
        policy: name,
        cause: 'edited',
        base: asked.base,
        document: document.value,
        by,
        at: wall(),
      } as const;
      const key = `${draftPrefix(name)}${id}`;
      const written = await write([{ kind: 'put', key, value: draft as unknown as Json }], [{ key, version: null }]);
      return written.ok ? ok({ id, ...draft }) : written;
    },
    async removeDraft(name, id) {
      if (!leads()) return fail(NOT_LEADER);
      const draft = await findDraft(name, id);
      return draft.ok ? write([{ kind: 'delete', key: `${draftPrefix(name)}${id}` }], []) : draft;
    },
    async publish(name, id, base, by) {
      if (!leads()) return fail(NOT_LEADER);
      const draft = await findDraft(name, id);
      if (!draft.ok) return draft;
      // The configuration may have changed since it was written.
      const document = readDocument({ base, document: draft.value.document }, facts());
      if (!document.ok) return fail(refused(409, 'draftInvalid', document.error));
      return put(name, base, document.value, by, [{ kind: 'delete', key: `${draftPrefix(name)}${id}` }]);
    },
  };
}

const noPolicy = (name: string): Refused => refused(404, 'noSuchPolicy', `there is no policy ${name}`);

function changed(name: string, policy: PolicyView | null): Refused {
  const now = policy === null ? 'there is none' : `it is version ${policy.version} of ${policy.by}`;
  return refused(409, 'policyChanged', `policy ${name} is not what this was made from: ${now}`);
}
