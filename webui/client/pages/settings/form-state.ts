/** The form as text and as values: what stands in a field may be wrong, and is kept. Pure. */
import type { HaSettings, SettingField, SettingName } from '../../../../core/api/settings.ts';

export type Draft = Readonly<Record<SettingName, string | boolean>>;

/** Fields whose value is a number. */
const NUMBERS: ReadonlySet<SettingName> = new Set([
  'port',
  'peerCheckIntervalMs',
  'peerFailureThreshold',
  'peerRecoveryThreshold',
  'maximumFlaps',
  'minimumBandwidth',
  'bandwidthWindowSeconds',
  'linkIntervalMs',
  'minimumActiveLinks',
]);

export function draftOf(values: HaSettings): Draft {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'boolean' ? value : String(value)]),
  ) as Record<SettingName, string | boolean>;
}

/** The values that the draft stands for. A text that is no number is NaN: its error says so. */
export function valuesOf(draft: Draft): HaSettings {
  return Object.fromEntries(
    Object.entries(draft).map(([name, value]) => [
      name,
      NUMBERS.has(name as SettingName) ? numberOf(String(value)) : value,
    ]),
  ) as unknown as HaSettings;
}

/** Spaces between the digits are for reading. */
function numberOf(text: string): number {
  const plain = text.replaceAll(/[\s_]/g, '');
  return /^-?\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
}

/** The values of these fields for the manager. What is no number goes as it was typed: the refusal says what is wrong with it. */
export function bodyOf(draft: Draft, names: readonly SettingName[]): Readonly<Record<string, unknown>> {
  const values = valuesOf(draft);
  return Object.fromEntries(
    names.map((name) => [name, Number.isNaN(values[name]) ? String(draft[name]) : values[name]]),
  );
}

/** What is wrong with a field by itself; null = nothing. The file's own check has the last word. */
export function errorOf(field: SettingField, draft: Draft): string | null {
  const value = draft[field.name];
  if (!NUMBERS.has(field.name)) return field.name === 'interface' && value === '' ? 'an interface is needed' : null;
  const number = numberOf(String(value));
  if (Number.isNaN(number)) return `expected ${field.accepted}, found '${String(value)}'`;
  if (field.minimum !== null && number < field.minimum) return `expected ${field.accepted}, found ${number}`;
  if (field.maximum !== null && number > field.maximum) return `expected ${field.accepted}, found ${number}`;
  return null;
}
