/** Sessions as the API has them (core/services.ts): what is asked is checked here, and done by the keeper. */
import { randomBytes } from 'node:crypto';
import type { PolicyView } from '../../core/api/policies.ts';
import { UNUSED_MS } from '../../core/api/sessions.ts';
import type { SessionAsked, SessionList, SessionView, SourcePage, SourcesAsked } from '../../core/api/sessions.ts';
import type { Clock, Ms } from '../../core/clock.ts';
import { MOST_SESSIONS, MOST_SOURCES_KEPT } from '../../core/session-link.ts';
import { readPrefix } from '../../core/prefix.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Refused, StackPolicies, StackSessions } from '../../core/services.ts';
import { parseDuration } from '../../core/units.ts';
import type { Store } from '../store/store.ts';
import { MOST_CHANGES } from '../store/store.ts';
import { readFeatures, readSources, readTarget } from './asked.ts';
import { featureTable, notHa } from './features.ts';
import type { FeatureFacts } from './features.ts';
import { pieces } from './filtering.ts';
import type { Keeper } from './keeper.ts';
import { deadline, elapsed, unusedAfter } from './life.ts';
import type { LocalFeatures } from './local.ts';
import type { Mirror } from './mirror.ts';
import type { Programmer } from './programmer.ts';
import { sourceKey } from './record.ts';
import { NOT_LEADER, bad, ofStore, refused } from './refusals.ts';
import type { SessionRecord } from './record.ts';

export interface SessionsPorts {
  readonly store: Store;
  readonly mirror: Mirror;
  readonly keeper: Keeper;
  readonly programmer: Programmer;
  readonly local: LocalFeatures;
  readonly clock: Clock;
  readonly instance: string;
  readonly facts: () => FeatureFacts;
  readonly policies: Pick<StackPolicies, 'get'>;
}

const LONGEST_MS: Ms = 366 * 24 * 3_600_000;

export function createSessions(ports: SessionsPorts): StackSessions {
  const { store, mirror, keeper, programmer, local, clock, instance, facts, policies } = ports;

  function view(record: SessionRecord): SessionView {
    const { id, target, features, policy, hold, by, startedAt, maxTimeMs, home, takeovers, ended } = record;
    const life = keeper.life(id);
    const now = clock.now();
    const counted = life?.record.ended === null ? life : null;
    return {
      id,
      target,
      features,
      policy,
      state: counted?.record.state ?? record.state,
      hold,
      by,
      startedAt,
      elapsedMs: Math.round(counted === null ? record.elapsedMs : elapsed(counted, now)),
      maxTimeMs,
      unusedAfterMs: record.unusedAfterMs,
      deadline: counted === null ? null : deadline(counted, now),
      home,
      takeovers,
      sources: mirror.sources(id).size,
      notHa: notHa(features, facts()),
      ended,
    };
  }

  function find(id: string): SessionRecord | null {
    return keeper.life(id)?.record ?? mirror.sessions()?.get(id)?.record ?? null;
  }

  /** The session, alive, on the leader. */
  function live(id: string): Result<SessionRecord, Refused> {
    const record = find(id);
    if (record === null) return fail(noSession(id));
    if (record.ended !== null)
      return fail(refused(409, 'sessionEnded', `session ${id} has ended: ${record.ended.text}`));
    return keeper.leads() ? ok(record) : fail(NOT_LEADER);
  }

  async function told(id: string, fact: Parameters<Keeper['tell']>[1]): Promise<Result<SessionView, Refused>> {
    const found = live(id);
    if (!found.ok) return found;
    const done = await keeper.tell(id, fact);
    // It is being taken over at this moment, or ended in between.
    if (done === null) return fail(live(id).ok ? STARTING : noSession(id));
    return done.ok ? ok(view(done.value.record)) : fail(ofStore(done.error));
  }

  async function start(asked: SessionAsked, by: string): Promise<Result<SessionView, Refused>> {
    if (!keeper.leads()) return fail(NOT_LEADER);
    const target = readTarget(asked.target);
    if (!target.ok) return fail(bad(target.error));
    const policy = await policyOf(asked);
    if (!policy.ok) return policy;
    const wanted = readFeatures(asked.features ?? [], target.value, facts(), policy.value?.document.features ?? []);
    if (!wanted.ok) return fail(bad(wanted.error));
    const { maxTime = policy.value?.document.maxTime ?? null } = asked;
    const times = readTimes({ ...asked, maxTime });
    if (!times.ok) return fail(bad(times.error));
    const { hold = false } = asked;
    const sessions = mirror.sessions();
    if (sessions === null) return fail(STARTING);
    const alive = [...sessions.values()].filter(({ record: { ended } }) => ended === null).length;
    if (alive >= MOST_SESSIONS) return fail(refused(409, 'tooManySessions', `there are ${alive} sessions already`));
    const full = tooMany(wanted.value.sources.length);
    if (full !== null) return fail(full);
    const record: SessionRecord = {
      id: `ms-${randomBytes(8).toString('hex')}`,
      target: target.value.text,
      features: wanted.value.features,
      policy: policy.value === null ? null : { name: policy.value.name, version: policy.value.version },
      state: hold ? 'inUse' : 'setup',
      hold,
      by,
      startedAt: new Date(clock.wall()).toISOString(),
      elapsedMs: 0,
      ...times.value,
      home: instance,
      takeovers: 0,
      ended: null,
    };
    const added = await keeper.add(record, wanted.value.sources);
    if (!added.ok) return fail(ofStore(added.error));
    const trouble = (await programmer.inStep()) || (await local.start(record));
    if (trouble === '') return ok(view(record));
    await keeper.discard(record.id);
    return fail(refused(503, 'notInEffect', `the session could not be begun: ${trouble}`));
  }

  async function policyOf({ policy = null }: SessionAsked): Promise<Result<PolicyView | null, Refused>> {
    if (policy === null) return ok(null);
    const found = await policies.get(policy);
    if (found.ok || found.error.status !== 404) return found;
    return fail(refused(400, found.error.code, found.error.text));
  }

  function tooMany(more: number): Refused | null {
    const there = mirror.sourceCount();
    if (there + more <= MOST_SOURCES_KEPT) return null;
    return refused(
      409,
      'tooManySources',
      `with ${more} more than the ${there} sources of all sessions there would be over ${MOST_SOURCES_KEPT}`,
    );
  }

  async function changeSources(
    id: string,
    { add = [], remove = [] }: SourcesAsked,
  ): Promise<Result<SourcePage, Refused>> {
    const found = live(id);
    if (!found.ok) return found;
    const { features, target } = found.value;
    if (!features.some(({ name }) => name === 'blocklist'))
      return fail(refused(409, 'noBlocklist', `session ${id} was started without a blocklist`));
    const of = readPrefix(target);
    if (!of.ok) return fail(bad(`target: ${target}`));
    const [added, removed] = [readSources(add, of.value), readSources(remove, of.value)];
    if (!added.ok) return fail(bad(added.error));
    if (!removed.ok) return fail(bad(removed.error));
    const there = mirror.sources(id);
    const fresh = [...new Set(added.value)].filter((source) => !there.has(source));
    const full = tooMany(fresh.length);
    if (full !== null) return fail(full);
    const changes = [
      ...fresh.map((source) => ({ kind: 'put' as const, key: sourceKey(id, source), value: true })),
      ...[...new Set(removed.value)]
        .filter((source) => there.has(source) && !fresh.includes(source))
        .map((source) => ({ kind: 'delete' as const, key: sourceKey(id, source) })),
    ];
    for (const piece of pieces(changes, MOST_CHANGES)) {
      const written = await store.write({ changes: piece });
      if (!written.ok) return fail(ofStore(written.error));
    }
    const trouble = await programmer.inStep();
    if (trouble !== '') return fail(refused(503, 'notInEffect', `kept, but not in effect yet: ${trouble}`));
    return sources(id, null, 0);
  }

  function sources(id: string, after: string | null, limit: number): Result<SourcePage, Refused> {
    if (find(id) === null) return fail(noSession(id));
    const all = [...mirror.sources(id)].toSorted();
    const from = after === null ? 0 : all.findIndex((source) => source > after);
    const page = from < 0 ? [] : all.slice(from, from + limit);
    return ok({
      sources: page,
      next: from >= 0 && from + limit < all.length ? (page.at(-1) ?? null) : null,
      total: all.length,
    });
  }

  return {
    features: () => featureTable(facts()),
    list(): SessionList {
      const all = [...(mirror.sessions()?.values() ?? [])].map(({ record }) => view(find(record.id) ?? record));
      return { sessions: all.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1)), trouble: programmer.trouble() };
    },
    get(id) {
      const record = find(id);
      return record === null ? fail(noSession(id)) : ok(view(record));
    },
    start,
    heartbeat: (id) => told(id, { kind: 'heartbeat' }),
    kill: (id, by) => told(id, { kind: 'kill', by }),
    async killAll(by) {
      if (!keeper.leads()) return fail(NOT_LEADER);
      const ids = [...(mirror.sessions()?.values() ?? [])].flatMap(({ record: { id, ended } }) =>
        ended === null ? [id] : [],
      );
      const done = await Promise.all(ids.map((id) => keeper.tell(id, { kind: 'kill', by })));
      const failed = done.find((one) => one?.ok === false);
      if (failed?.ok === false) return fail(ofStore(failed.error));
      return ok({ killed: done.filter((one) => one !== null).length });
    },
    sources,
    changeSources,
  };
}

function readTimes({
  maxTime = null,
  unusedAfter: unused,
}: SessionAsked): Result<Pick<SessionRecord, 'maxTimeMs' | 'unusedAfterMs'>, string> {
  const unusedMs = unused === undefined ? UNUSED_MS : parseDuration(unused);
  if (unusedMs === null || unusedMs > LONGEST_MS)
    return fail(`unusedAfter: expected a duration such as 30s, found ${unused}`);
  const maxTimeMs = maxTime === null ? null : parseDuration(maxTime);
  if (maxTime !== null && (maxTimeMs === null || maxTimeMs < 1000 || maxTimeMs > LONGEST_MS))
    return fail(`maxTime: expected a duration of 1s or more, such as 2h, found ${maxTime}`);
  return ok({ maxTimeMs, unusedAfterMs: unusedAfter(unusedMs) });
}

const noSession = (id: string): Refused => refused(404, 'noSuchSession', `there is no session ${id}`);
const STARTING = refused(503, 'starting', 'the sessions of the stack are being read: try again in a moment');
