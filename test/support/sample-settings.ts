/** Settings that can be read and saved, without a file. */
import { configJsonSchema } from '../../config/json-schema.ts';
import { settingFields } from '../../config/setting-fields.ts';
import type { Actor } from '../../core/api/journal.ts';
import { SETTING_PATHS } from '../../core/api/settings.ts';
import type { ConfigVersion, HaSettings, SettingName, SettingsChange } from '../../core/api/settings.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Refused, Settings } from '../../core/services.ts';

export const SAMPLE_SETTINGS: HaSettings = {
  mode: 'active-passive',
  primary: true,
  interface: 'eth2',
  port: 11211,
  peerCheckIntervalMs: 100,
  peerFailureThreshold: 3,
  peerRecoveryThreshold: 2,
  maximumFlaps: 6,
  bandwidthEnabled: true,
  minimumBandwidth: 50_000_000,
  bandwidthWindowSeconds: 10,
  linkIntervalMs: 100,
  minimumActiveLinks: 1,
};

/** Those that are numbers, with what they may be. */
const RANGES: Readonly<Partial<Record<SettingName, readonly [minimum: number, maximum: number]>>> = {
  port: [1, 65_535],
  peerCheckIntervalMs: [5, 60_000],
  peerFailureThreshold: [1, 100],
  peerRecoveryThreshold: [1, 100],
  maximumFlaps: [0, 1000],
  minimumBandwidth: [1, 100_000_000_000_000],
  bandwidthWindowSeconds: [1, 3600],
  linkIntervalMs: [10, 60_000],
  minimumActiveLinks: [0, 64],
};

const FIELDS = settingFields(configJsonSchema());

export interface SampleSettings extends Settings {
  /** Somebody else saves: the next one with the revision before gets a conflict. */
  saveElsewhere(values: Partial<HaSettings>, by: string): void;
}

/** `saved` is told of every change, with the id of the reload. */
export function createSampleSettings(saved: (by: Actor, actionId: string, text: string) => void): SampleSettings {
  let values = SAMPLE_SETTINGS;
  let number = 1;
  let changedBy: string | null = null;
  let changedAt: string | null = null;
  const versions: ConfigVersion[] = [];
  const revision = (): string => `r${number}`;

  function take(change: Partial<HaSettings>, by: string): void {
    versions.unshift({
      id: revision(),
      at: new Date().toISOString(),
      revision: revision(),
      by: changedBy,
      bytes: 1234,
    });
    values = { ...values, ...change };
    number += 1;
    changedBy = by;
    changedAt = new Date().toISOString();
  }

  function refusal(change: Partial<HaSettings>, given: string): Refused | null {
    if (given !== revision()) {
      return {
        status: 412,
        code: 'conflict',
        text: 'somebody else changed the settings meanwhile',
        conflict: { theirs: values, revision: revision(), changedBy, changedAt },
      };
    }
    const problems = (Object.entries(change) as [SettingName, unknown][]).flatMap(([name, value]) => {
      const [minimum, maximum] = RANGES[name] ?? [0, Number.POSITIVE_INFINITY];
      if (typeof value !== 'number') return [];
      if (value >= minimum && value <= maximum) return [];
      const message = `expected a whole number from ${minimum} to ${maximum}, found ${value}`;
      return [{ path: SETTING_PATHS[name].join('.'), message, file: 'tandem.yaml', line: 7, column: 9 }];
    });
    if (problems.length === 0) return null;
    return { status: 422, code: 'invalid', text: 'the configuration would be invalid', problems };
  }

  const save = (change: SettingsChange, given: string, by: Actor) => {
    const refused = refusal(change.values, given);
    if (refused !== null) return fail(refused);
    const actionId = `reload-${number}`;
    const text = Object.entries(change.values)
      .map(([name, value]) => `${name} ${String(values[name as SettingName])} → ${String(value)}`)
      .join(', ');
    take(change.values, by.user);
    saved(by, actionId, text);
    return ok({ revision: revision(), values, actionId, warnings: [] });
  };

  const answer = <T>(result: Result<T, Refused>): Promise<Result<T, Refused>> => Promise.resolve(result);

  return {
    read: () =>
      answer(
        ok({
          revision: revision(),
          values,
          fields: FIELDS,
          interfaces: ['eth0', 'eth1', 'eth2', 'lo'],
          pairsConfigured: 1,
          flapsAction: 'bypass',
          bypassDriver: 'bridge',
          flapsWindowSeconds: 900,
          fileErrors: [],
          pending: false,
          warnings: [],
        }),
      ),
    save: (change, given, by) => answer(save(change, given, by)),
    versions: () => answer(ok(versions)),
    restore: (id, given, by) => {
      if (versions.every((version) => version.id !== id)) {
        return answer(fail({ status: 404, code: 'noSuchVersion', text: `there is no version ${id}` }));
      }
      return answer(save({ values: SAMPLE_SETTINGS }, given, by));
    },
    saveElsewhere: take,
  };
}
