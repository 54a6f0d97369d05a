/** Sessions of a stack of one: the real ones, over a store in memory and a helper that says yes to everything. */
import type { Clock } from '../../core/clock.ts';
import type { SessionAnswer, FilterRequest } from '../../core/session-link.ts';
import type { StackPolicies, StackSessions } from '../../core/services.ts';
import { createPolicies } from '../../stack/policies/policies.ts';
import type { FeatureFacts } from '../../stack/sessions/features.ts';
import { createKeeper } from '../../stack/sessions/keeper.ts';
import type { Keeper } from '../../stack/sessions/keeper.ts';
import type { LocalFeatures } from '../../stack/sessions/local.ts';
import { createMirror } from '../../stack/sessions/mirror.ts';
import type { Mirror } from '../../stack/sessions/mirror.ts';
import { createProgrammer } from '../../stack/sessions/programmer.ts';
import type { Programmer } from '../../stack/sessions/programmer.ts';
import type { SessionRecord } from '../../stack/sessions/record.ts';
import { createSessions } from '../../stack/sessions/sessions.ts';
import { createMemoryStore } from '../../stack/store/memory.ts';
import type { Store } from '../../stack/store/store.ts';

export interface SampleSessions {
  readonly sessions: StackSessions;
  readonly policies: StackPolicies;
  readonly store: Store;
  readonly mirror: Mirror;
  readonly keeper: Keeper;
  readonly programmer: Programmer;
  /** What the helper was asked. */
  readonly asked: readonly FilterRequest[];
  /** What the keeper told of by itself. */
  readonly told: readonly string[];
  stop(): Promise<void>;
}

export interface SampleOptions {
  readonly store?: Store;
  readonly instance?: string;
  readonly clock?: Clock;
  readonly facts?: FeatureFacts;
  readonly local?: Partial<LocalFeatures>;
  readonly answer?: (request: FilterRequest) => SessionAnswer | Promise<SessionAnswer>;
  readonly leads?: boolean;
  /** How often deadlines are looked at, rules are looked at, and what failed is tried again. */
  readonly everyMs?: number;
}

const SYSTEM: Clock = { now: () => performance.now() as ReturnType<Clock['now']>, wall: () => Date.now() };

export function createSampleSessions(options: SampleOptions = {}): SampleSessions {
  const { store = createMemoryStore(), instance = 'a', clock = SYSTEM, answer, leads = true, everyMs } = options;
  const facts = (): FeatureFacts => options.facts ?? { captureHa: false, commands: [{ name: 'scrubber', ha: true }] };
  const asked: FilterRequest[] = [];
  const told: string[] = [];
  const mirror = createMirror(store);
  const programmer = createProgrammer({
    mirror,
    async ask(request) {
      asked.push(request);
      return (await answer?.(request)) ?? { ok: true, text: '' };
    },
    leftovers: () => false,
    onTrouble: (text) => told.push(`trouble ${text}`),
    ...(everyMs === undefined ? {} : { lookEveryMs: everyMs, retryMs: everyMs }),
  });
  const local: LocalFeatures = {
    start: () => Promise.resolve(''),
    resume: () => Promise.resolve(''),
    stop: () => Promise.resolve(),
    tidy: () => Promise.resolve(),
    missing: () => Promise.resolve([]),
    ...options.local,
  };
  const happened = (what: string, { id, ended }: SessionRecord, trouble: string): void =>
    void told.push(`${what} ${id} ${ended?.reason ?? trouble}`.trim());
  const keeper = createKeeper({
    store,
    mirror,
    clock,
    instance,
    facts,
    local,
    happened,
    ...(everyMs === undefined ? {} : { everyMs }),
  });
  programmer.start();
  mirror.start();
  if (leads) keeper.start();
  const policies = createPolicies({ store, clock, leads: keeper.leads, facts, inUse: mirror.policies });
  return {
    sessions: createSessions({ store, mirror, keeper, programmer, local, clock, instance, facts, policies }),
    policies,
    store,
    mirror,
    keeper,
    programmer,
    asked,
    told,
    async stop() {
      await keeper.stop();
      programmer.stop();
      mirror.stop();
    },
  };
}
