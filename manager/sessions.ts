/** The sessions of the stack, put together: what the store says is in effect in the kernel of every instance, and the leader keeps their lives. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagerPlan } from '../config/manager-plan.ts';
import { systemClock } from '../core/clock.ts';
import type { LeaderJob } from '../core/leader.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import type { StackPolicies, StackSessions } from '../core/services.ts';
import { createPolicies } from '../stack/policies/policies.ts';
import type { FeatureFacts } from '../stack/sessions/features.ts';
import { createKeeper } from '../stack/sessions/keeper.ts';
import { createLocalFeatures } from '../stack/sessions/local-features.ts';
import { createMirror } from '../stack/sessions/mirror.ts';
import { createProgrammer } from '../stack/sessions/programmer.ts';
import { createSessions } from '../stack/sessions/sessions.ts';
import type { SessionRecord } from '../stack/sessions/record.ts';
import type { Store } from '../stack/store/store.ts';
import type { GuardianClient } from './guardian-client.ts';
import { createHelperClient } from './helper-client.ts';

export interface SessionsPart {
  readonly sessions: StackSessions;
  readonly policies: StackPolicies;
  /** Runs on the leader alone. */
  readonly job: LeaderJob;
  apply(plan: ManagerPlan): void;
  /** This manager ends, and nothing else: what runs here goes on. */
  leave(): void;
  stop(): Promise<void>;
}

export interface SessionsParts {
  readonly plan: ManagerPlan;
  readonly run: string;
  readonly store: Store;
  readonly guardian: GuardianClient;
  readonly note: (reason: ManagerReason) => void;
}

export function startSessions({ plan, run, store, guardian, note }: SessionsParts): SessionsPart {
  const { instance } = plan;
  let { sessions: settings } = plan;
  const facts = (): FeatureFacts => ({ captureHa: settings.captureHa, commands: settings.commands });
  const helper = createHelperClient(join(run, 'helper.sock'), guardian);
  const mirror = createMirror(store);
  const programmer = createProgrammer({
    mirror,
    ask: helper.ask,
    // The helper leaves it there while there is a table.
    leftovers: () => existsSync(join(run, 'helper-sessions')),
    onTrouble: (text) => note(text === '' ? { code: 'rulesBack' } : { code: 'rulesFailing', error: text }),
  });
  const local = createLocalFeatures({
    ask: helper.ask,
    facts,
    leftovers: () => ['helper-captures.json', 'helper-commands.json'].some((name) => existsSync(join(run, name))),
  });
  const keeper = createKeeper({ store, mirror, clock: systemClock, instance, facts, local, happened });

  function happened(what: 'ended' | 'restored', { id, target, ended, home }: SessionRecord, trouble: string): void {
    if (what === 'restored') return note({ code: 'sessionRestored', session: id, target, home, trouble });
    if (ended !== null) note({ code: 'sessionEnded', session: id, target, reason: ended.reason, detail: ended.text });
  }

  const clock = systemClock;
  const policies = createPolicies({ store, clock, leads: keeper.leads, facts, inUse: mirror.policies });
  let isLeaving = false;
  // What runs here since another manager of this instance, for sessions that are over or another instance's by now.
  const tidy = mirror.onChange((changes) => {
    if (!changes.some(({ kind }) => kind === 'all')) return;
    tidy();
    void local.tidy((id) => {
      const record = mirror.sessions()?.get(id)?.record;
      return record !== undefined && record.ended === null && record.home === instance;
    });
  });
  programmer.start();
  mirror.start();
  return {
    sessions: createSessions({ store, mirror, keeper, programmer, local, clock, instance, facts, policies }),
    policies,
    job: { name: 'sessions', start: () => keeper.start(), stop: () => keeper.stop(isLeaving) },
    leave: () => void (isLeaving = true),
    apply(next) {
      settings = next.sessions;
      programmer.again();
    },
    async stop() {
      await keeper.stop(isLeaving);
      programmer.stop();
      mirror.stop();
      helper.close();
    },
  };
}
