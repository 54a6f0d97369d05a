/** What the form needs to know of each of the eleven fields: out of the schema, so that page, file and check say the same. Pure. */
import { SETTING_PATHS } from '../core/api/settings.ts';
import type { SettingField, SettingName } from '../core/api/settings.ts';
import { parseDuration, parseRate } from '../core/units.ts';
import type { JsonSchema } from './json-schema.ts';

interface Beside {
  readonly unit: string | null;
  /** Milliseconds of a duration in one of the form's units. */
  readonly scale?: number;
  readonly example: string;
  readonly consequence?: string;
}

/** What the form adds to the schema: its units, an example, and what a change does beside taking effect. */
const BESIDE: Readonly<Record<SettingName, Beside>> = {
  mode: {
    unit: null,
    example: 'active-passive',
    consequence: 'the election begins anew: addresses may move',
  },
  primary: { unit: null, example: 'on, on one instance of the stack' },
  interface: { unit: null, example: 'eth2', consequence: 'reconnects the peer channel' },
  port: {
    unit: null,
    example: '11211',
    consequence: 'reconnects the peer channel: the other instances need the same number',
  },
  peerCheckIntervalMs: { unit: 'ms', example: '100: with a threshold of 3 a dead peer is found in 0.3 s' },
  peerFailureThreshold: { unit: 'checks', example: '3' },
  peerRecoveryThreshold: { unit: 'checks', example: '2' },
  maximumFlaps: { unit: null, example: '6: the seventh within the window is one too many' },
  bandwidthEnabled: { unit: null, example: 'off' },
  minimumBandwidth: { unit: 'bps', example: '50000000, which is 50 Mb/s' },
  bandwidthWindowSeconds: { unit: 's', scale: 1000, example: '10' },
  linkIntervalMs: { unit: 'ms', example: '100' },
  minimumActiveLinks: { unit: 'pairs', example: '1' },
};

export function settingFields(schema: JsonSchema): readonly SettingField[] {
  return (Object.keys(SETTING_PATHS) as SettingName[]).map((name) => field(name, at(schema, SETTING_PATHS[name])));
}

function at(schema: JsonSchema, path: readonly string[]): JsonSchema {
  let found = schema;
  for (const key of path) {
    const next = found.properties?.[key];
    if (next === undefined) throw new Error(`the schema has no ${path.join('.')}`);
    found = next;
  }
  return found;
}

function field(name: SettingName, schema: JsonSchema): SettingField {
  const { unit, scale = 1, example, consequence = null } = BESIDE[name];
  const [minimum, maximum] = bounds(schema, scale);
  const choices = Array.isArray(schema.enum) ? schema.enum.map(String) : null;
  return {
    name,
    path: SETTING_PATHS[name].join('.'),
    title: schema.title ?? name,
    description: schema.description ?? '',
    unit,
    default: inUnits(schema.default, scale),
    minimum,
    maximum,
    choices,
    accepted: accepted(schema, choices, minimum, maximum, unit),
    example,
    consequence,
  };
}

function bounds(schema: JsonSchema, scale: number): readonly [number | null, number | null] {
  const { range, minimum = null, maximum = null } = schema;
  if (typeof range !== 'string') return [minimum, maximum];
  const [low, high] = range.split(' to ').map((text) => inUnits(text, scale));
  return [typeof low === 'number' ? low : null, typeof high === 'number' ? high : null];
}

/** `100ms` → 100, `50Mbps` → 50000000; what is neither stays. */
function inUnits(value: unknown, scale: number): SettingField['default'] {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return null;
  const ms = parseDuration(value);
  return ms === null ? (parseRate(value) ?? value) : ms / scale;
}

function accepted(
  schema: JsonSchema,
  choices: readonly string[] | null,
  minimum: number | null,
  maximum: number | null,
  unit: string | null,
): string {
  if (choices !== null) return choices.join(', ');
  if (schema.type === 'boolean') return 'on or off';
  if (minimum !== null && maximum !== null) {
    const range = `${grouped(minimum)} to ${grouped(maximum)}`;
    return `${range}${unit === null ? '' : ` ${unit}`}`;
  }
  return 'the name of an interface of this machine';
}

const grouped = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
