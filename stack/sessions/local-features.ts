/** Captures and commands, asked of the helper. What it does not know to run does not run. */
import type { SessionFeature } from '../../core/api/sessions.ts';
import type { SessionAnswer, SessionRequest } from '../../core/session-link.ts';
import { isHa } from './features.ts';
import type { FeatureFacts } from './features.ts';
import type { LocalFeatures } from './local.ts';
import { featureName } from './record.ts';
import type { SessionRecord } from './record.ts';

export interface LocalPorts {
  /** Never rejects. */
  readonly ask: (request: SessionRequest) => Promise<SessionAnswer>;
  readonly facts: () => FeatureFacts;
  /** Something may run since before. */
  readonly leftovers: () => boolean;
}

export function createLocalFeatures({ ask, facts, leftovers }: LocalPorts): LocalFeatures {
  function begin(
    { id, target }: SessionRecord,
    feature: SessionFeature,
    how: 'start' | 'resume',
  ): Promise<SessionAnswer> {
    if (feature.name === 'capture')
      return ask({ kind: 'feature.capture', session: id, target, megabytes: feature.megabytes });
    if (feature.name === 'command')
      return ask({ kind: 'feature.command', session: id, target, command: feature.command, how });
    return Promise.resolve({ ok: true, text: '' });
  }

  /** One after the other, as they are listed: a command may count on the one before it. */
  async function beginAll(
    record: SessionRecord,
    features: readonly SessionFeature[],
    how: 'start' | 'resume',
  ): Promise<string> {
    for (const feature of features) {
      const { ok, text } = await begin(record, feature, how);
      if (!ok) return text;
    }
    return '';
  }

  return {
    async start(record) {
      const failed = await beginAll(record, ofOwn(record), 'start');
      if (failed !== '') await ask({ kind: 'feature.stop', session: record.id, why: 'ended' });
      return failed;
    },
    async resume(record) {
      const troubles: string[] = [];
      for (const feature of ofOwn(record).filter((one) => isHa(one, facts()))) {
        const failed = await beginAll(record, [feature], 'resume');
        if (failed !== '') troubles.push(failed);
      }
      return troubles.join('; ');
    },
    async stop(record, why) {
      if (ofOwn(record).length > 0) await ask({ kind: 'feature.stop', session: record.id, why });
    },
    async tidy(isOurs) {
      // A helper that does not run has nothing to tell, and is not started for it.
      if (!leftovers()) return;
      const { running = [] } = await ask({ kind: 'feature.list' });
      for (const session of new Set(running.map((one) => one.session)))
        if (!isOurs(session)) await ask({ kind: 'feature.stop', session, why: 'moved' });
    },
    async missing(record) {
      const own = ofOwn(record);
      if (own.length === 0) return [];
      const { running = [] } = await ask({ kind: 'feature.list' });
      const there = new Set(running.filter(({ session }) => session === record.id).map(({ feature }) => feature));
      return own.map(featureName).filter((name) => !there.has(name));
    },
  };
}

/** Those that are no rules. */
function ofOwn({ features }: SessionRecord): readonly SessionFeature[] {
  return features.filter(({ name }) => name === 'capture' || name === 'command');
}
