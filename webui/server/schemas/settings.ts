/** The eleven fields (core/api/settings.ts). What a value may be is the configuration's schema's: the body is checked for its kinds alone. */
import * as z from 'zod';
import type { ApiError, VersionList } from '../../../core/api/rest.ts';
import type {
  ConfigVersion,
  HaSettings,
  SettingField,
  SettingsChange,
  SettingsConflict,
  SettingsSaved,
  SettingsView,
} from '../../../core/api/settings.ts';
import { apiError, line, problem, time } from './common.ts';
import type { AllSame, Same } from './same.ts';

const number = z.number({ error: 'expected a number' });
const flag = z.boolean({ error: 'expected true or false' });
const MODES = ['off', 'active-passive', 'active-active', 'cluster'] as const;

const values = z.strictObject({
  mode: z.enum(MODES, { error: `expected one of ${MODES.join(', ')}` }),
  primary: flag,
  interface: line(1, 15),
  port: number,
  peerCheckIntervalMs: number,
  peerFailureThreshold: number,
  peerRecoveryThreshold: number,
  maximumFlaps: number,
  bandwidthEnabled: flag,
  minimumBandwidth: number,
  bandwidthWindowSeconds: number,
  linkIntervalMs: number,
  minimumActiveLinks: number,
});

const someValues = z.strictObject(
  Object.fromEntries(Object.entries(values.shape).map(([name, field]) => [name, z.exactOptional(field)])) as {
    [Name in keyof typeof values.shape]: z.ZodExactOptional<(typeof values.shape)[Name]>;
  },
);

const field = z.object({
  name: z.enum(Object.keys(values.shape) as [keyof HaSettings, ...(keyof HaSettings)[]]),
  path: z.string(),
  title: z.string(),
  description: z.string(),
  unit: z.string().nullable(),
  default: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  choices: z.array(z.string()).nullable(),
  accepted: z.string(),
  example: z.string(),
  consequence: z.string().nullable(),
});

export const settingsView = z.object({
  revision: z.string(),
  values,
  fields: z.array(field),
  interfaces: z.array(z.string()),
  pairsConfigured: z.number(),
  flapsAction: z.enum(['bypass', 'fault']),
  bypassDriver: z.string(),
  flapsWindowSeconds: z.number(),
  fileErrors: z.array(problem),
  pending: z.boolean(),
  warnings: z.array(z.string()),
});

export const settingsChange = z.strictObject({
  values: someValues.refine((given) => Object.keys(given).length > 0, { error: 'expected at least one field' }),
  comment: z.exactOptional(line(0, 200)),
});

export const settingsSaved = z.object({
  revision: z.string(),
  values,
  actionId: z.string(),
  warnings: z.array(z.string()),
});

const conflict = z.object({
  theirs: values,
  revision: z.string(),
  changedBy: z.string().nullable(),
  changedAt: time.nullable(),
});
export const settingsConflict = apiError.extend(conflict.shape);

const version = z.object({
  id: z.string(),
  at: time,
  revision: z.string(),
  by: z.string().nullable(),
  bytes: z.number(),
});
export const versions = z.object({ versions: z.array(version) });
export const restoreBody = z.strictObject({ id: line(1, 100) });

export type Checked = AllSame<
  [
    Same<typeof values, HaSettings>,
    Same<typeof field, SettingField>,
    Same<typeof settingsView, SettingsView>,
    Same<typeof settingsChange, SettingsChange>,
    Same<typeof settingsSaved, SettingsSaved>,
    Same<typeof conflict, SettingsConflict>,
    Same<typeof settingsConflict, ApiError & SettingsConflict>,
    Same<typeof version, ConfigVersion>,
    Same<typeof versions, VersionList>,
  ]
>;
