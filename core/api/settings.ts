/** The eleven fields of the form (design section 7), and what saving them answers. Units are the form's: ms, bits per second, seconds. */

export interface HaSettings {
  readonly mode: 'off' | 'active-passive' | 'active-active' | 'cluster';
  readonly primary: boolean;
  readonly interface: string;
  readonly port: number;
  readonly peerCheckIntervalMs: number;
  readonly peerFailureThreshold: number;
  readonly peerRecoveryThreshold: number;
  readonly maximumFlaps: number;
  readonly bandwidthEnabled: boolean;
  /** bits per second. */
  readonly minimumBandwidth: number;
  readonly bandwidthWindowSeconds: number;
  readonly linkIntervalMs: number;
  readonly minimumActiveLinks: number;
}

export type SettingName = keyof HaSettings;

/** Where each field stands in the configuration file. */
export const SETTING_PATHS: Readonly<Record<SettingName, readonly string[]>> = {
  mode: ['ha', 'mode'],
  primary: ['ha', 'primary'],
  interface: ['ha', 'interface'],
  port: ['ha', 'port'],
  peerCheckIntervalMs: ['ha', 'peerCheck', 'interval'],
  peerFailureThreshold: ['ha', 'peerCheck', 'failureThreshold'],
  peerRecoveryThreshold: ['ha', 'peerCheck', 'recoveryThreshold'],
  maximumFlaps: ['flaps', 'max'],
  bandwidthEnabled: ['bandwidth', 'enabled'],
  minimumBandwidth: ['bandwidth', 'minimum'],
  bandwidthWindowSeconds: ['bandwidth', 'window'],
  linkIntervalMs: ['links', 'interval'],
  minimumActiveLinks: ['links', 'minimumActive'],
};

/** What the form needs to know of a field; from the schema, so that page, file and check say the same. */
export interface SettingField {
  readonly name: SettingName;
  /** Dotted path in the file, as in errors: `ha.peerCheck.interval`. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  /** `ms`, `bps`, `s`, `checks`, `pairs`, or null. */
  readonly unit: string | null;
  readonly default: string | number | boolean | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly choices: readonly string[] | null;
  /** For the help: accepted values in words, and an example. */
  readonly accepted: string;
  readonly example: string;
  /** A change reconnects the peer channel or needs a restart: what it says, null = takes effect at once. */
  readonly consequence: string | null;
}

/** `GET /api/v1/settings`; the header ETag holds the revision in quotes. */
export interface SettingsView {
  /** Hash of the file's content. */
  readonly revision: string;
  readonly values: HaSettings;
  readonly fields: readonly SettingField[];
  /** Interfaces of this machine, for the choice of the HA port. */
  readonly interfaces: readonly string[];
  readonly pairsConfigured: number;
  readonly flapsAction: 'bypass' | 'fault';
  readonly bypassDriver: string;
  readonly flapsWindowSeconds: number;
  /** The file as it is now cannot be used (edited by hand): the last good one is running. Texts of `tandemd check`. */
  readonly fileErrors: readonly ConfigProblem[];
  /** The file is another one than what runs, and valid: a reload would take it up. */
  readonly pending: boolean;
  readonly warnings: readonly string[];
}

/** One error of the configuration, as `tandemd check` says it. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `PUT /api/v1/settings` with If-Match and the changed fields. 412: `SettingsConflict`; 422: `{ error, problems }`. */
export interface SettingsChange {
  readonly values: Partial<HaSettings>;
  readonly comment?: string;
}

export interface SettingsSaved {
  readonly revision: string;
  readonly values: HaSettings;
  /** Id of the reload that takes it up; its end comes as an event. */
  readonly actionId: string;
  readonly warnings: readonly string[];
}

export interface SettingsConflict {
  /** What stands in the file now. */
  readonly theirs: HaSettings;
  readonly revision: string;
  readonly changedBy: string | null;
  readonly changedAt: string | null;
}

/** A kept version of the file. */
export interface ConfigVersion {
  readonly id: string;
  readonly at: string;
  readonly revision: string;
  readonly by: string | null;
  readonly bytes: number;
}
