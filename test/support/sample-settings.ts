/** Settings that can be read and saved, without a file. */
import type { Actor } from '../../core/api/journal.ts';
import { SETTING_PATHS } from '../../core/api/settings.ts';
import type { ConfigVersion, HaSettings, SettingField, SettingName, SettingsChange } from '../../core/api/settings.ts';
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

type Words = readonly [title: string, unit: string | null, minimum: number | null, maximum: number | null];
const WORDS: Readonly<Record<SettingName, Words>> = {
  mode: ['HA mode', null, null, null],
  primary: ['Primary instance', null, null, null],
  interface: ['HA port', null, null, null],
  port: ['Port', null, 1, 65_535],
  peerCheckIntervalMs: ['Peer check interval', 'ms', 5, 60_000],
  peerFailureThreshold: ['Peer failure threshold', 'checks', 1, 100],
  peerRecoveryThreshold: ['Peer recovery threshold', 'checks', 1, 100],
  maximumFlaps: ['Maximum allowed flaps', null, 0, 1000],
  bandwidthEnabled: ['Enable bandwidth monitoring', null, null, null],
  minimumBandwidth: ['Minimum bandwidth', 'bps', 0, 1_000_000_000_000],
  bandwidthWindowSeconds: ['Window', 's', 1, 3600],
  linkIntervalMs: ['Link monitoring interval', 'ms', 10, 60_000],
  minimumActiveLinks: ['Minimum active links', 'pairs', 0, 64],
};

const FIELDS: readonly SettingField[] = (Object.keys(SETTING_PATHS) as SettingName[]).map((name) => {
  const [title, unit, minimum, maximum] = WORDS[name];
  return {
    name,
    path: SETTING_PATHS[name].join('.'),
    title,
    description: `What ${title} does.`,
    unit,
    default: SAMPLE_SETTINGS[name],
    minimum,
    maximum,
    choices: name === 'mode' ? ['off', 'active-passive', 'active-active', 'cluster'] : null,
    accepted: minimum === null ? 'see the choices' : `${minimum} to ${maximum}`,
    example: String(SAMPLE_SETTINGS[name]),
    consequence: name === 'port' ? 'reconnects the peer channel' : null,
  };
});

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
      const [, , minimum, maximum] = WORDS[name];
      if (typeof value !== 'number' || minimum === null || maximum === null) return [];
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
