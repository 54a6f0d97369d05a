/**
 * Changes single values of a configuration file and leaves every other byte of it: comments, order, spacing, quotes. The YAML document says where a value
 * stands; the text is changed there. Afterwards the file is read again: it must say what was asked for, and nothing else may have changed. Pure.
 */
import { LineCounter, isMap, isNode, isScalar } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { SETTING_PATHS } from '../core/api/settings.ts';
import type { HaSettings, SettingName } from '../core/api/settings.ts';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import { formatDuration, formatRate } from '../core/units.ts';
import { parseSource } from './source.ts';

type Value = string | number | boolean | null;

/** How a person would write a setting: `100ms`, `50Mbps`, `10s`. */
export function writtenForm<N extends SettingName>(name: N, value: HaSettings[N]): Value {
  switch (name) {
    case 'peerCheckIntervalMs':
    case 'linkIntervalMs':
      return formatDuration(Number(value));
    case 'bandwidthWindowSeconds':
      return formatDuration(Number(value) * 1000);
    case 'minimumBandwidth': {
      const text = formatRate(Number(value));
      // 1024 and not 1.024kbps.
      return /\.\d{3}/.test(text) ? Number(value) : text;
    }
    case 'interface':
      return value === '' ? null : value;
    default:
      return value;
  }
}

/** The text with these settings, or why they cannot be put there. */
export function editSettings(text: string, values: Partial<HaSettings>): Result<string, string> {
  let edited = text;
  for (const name of Object.keys(SETTING_PATHS) as SettingName[]) {
    const value = values[name];
    if (value === undefined) continue;
    const next = setValue(edited, SETTING_PATHS[name], writtenForm(name, value));
    if (!next.ok) return next;
    edited = next.value;
  }
  return ok(edited);
}

/** The text with `value` at `path` below the root. */
export function setValue(text: string, path: readonly string[], value: Value): Result<string, string> {
  const before = parseSource(text, new LineCounter());
  if (!('data' in before)) return fail('the file is no YAML: it has to be mended by hand first');
  const edited = spliced(text, before.document, path, value);
  if (edited === null) return fail(`${path.join('.')} cannot be set where it stands: change it by hand`);
  const after = parseSource(edited, new LineCounter());
  const wanted = 'data' in after && sameJson(after.data, withValue(before.data, path, value));
  return wanted
    ? ok(edited)
    : fail(`${path.join('.')} stands in a part of the file that is used twice: change it by hand`);
}

function spliced(text: string, document: Document, path: readonly string[], value: Value): string | null {
  let node: unknown = document.contents;
  for (const [depth, key] of path.entries()) {
    if (!isMap(node)) return null;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair === undefined) return inserted(text, node, path.slice(depth), value);
    if (depth === path.length - 1) return replaced(text, pair, value);
    // `ha:` with nothing after it.
    if (isScalar(pair.value) && pair.value.value === null)
      return filled(text, node, pair, path.slice(depth + 1), value);
    node = pair.value;
  }
  return null;
}

function replaced(text: string, pair: Pair, value: Value): string | null {
  const found = rangeOf(pair.value);
  if (found === null) return null;
  const style = isScalar(pair.value) ? pair.value.type : undefined;
  const quote =
    typeof value === 'string' && style === 'QUOTE_SINGLE' ? 'single' : style === 'QUOTE_DOUBLE' ? 'double' : 'none';
  const written = scalarText(value, quote);
  // `key:` with nothing after it needs a space.
  const space = found.start === found.end && !/\s/.test(text[found.start - 1] ?? '') ? ' ' : '';
  return text.slice(0, found.start) + space + written + text.slice(found.end);
}

/** A new pair at the end of a mapping. */
function inserted(text: string, map: YAMLMap, path: readonly string[], value: Value): string | null {
  const found = rangeOf(map);
  const last = map.items.at(-1);
  if (found === null) return null;
  if (map.flow === true) {
    const json = isScalar(last?.key) && last.key.type === 'QUOTE_DOUBLE';
    const pair = flowText(path, value, json);
    const end = last === undefined ? found.start + 1 : endOf(last);
    if (end === null) return null;
    return `${text.slice(0, end)}${last === undefined ? ` ${pair} ` : `, ${pair}`}${text.slice(end)}`;
  }
  const first = rangeOf(map.items[0]?.key);
  const end = last === undefined ? null : endOf(last);
  if (first === null || end === null) return null;
  const indent = ' '.repeat(first.start - (text.lastIndexOf('\n', first.start - 1) + 1));
  return withLines(text, end, blockText(path, value, indent));
}

/** The first pair of a mapping that has none: below its key. */
function filled(text: string, map: YAMLMap, pair: Pair, path: readonly string[], value: Value): string | null {
  const key = rangeOf(pair.key);
  if (key === null) return null;
  const nothing = rangeOf(pair.value);
  if (map.flow === true || nothing === null) return null;
  const outer = ' '.repeat(key.start - (text.lastIndexOf('\n', key.start - 1) + 1));
  const cleared = text.slice(0, nothing.start) + text.slice(nothing.end);
  return withLines(cleared, key.end, blockText(path, value, `${outer}  `));
}

/** Puts whole lines below the line that `offset` is in; what follows there (a comment) stays. */
function withLines(text: string, offset: number, lines: string): string {
  const newline = text[offset - 1] === '\n' ? offset - 1 : text.indexOf('\n', offset);
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  const block = lines.replaceAll('\n', ending);
  if (newline === -1) return `${text}${ending}${block}${ending}`;
  return `${text.slice(0, newline + 1)}${block}${ending}${text.slice(newline + 1)}`;
}

function blockText([key = '', ...rest]: readonly string[], value: Value, indent: string): string {
  if (rest.length === 0) return `${indent}${key}: ${scalarText(value, 'none')}`;
  return `${indent}${key}:\n${blockText(rest, value, `${indent}  `)}`;
}

function flowText([key = '', ...rest]: readonly string[], value: Value, json: boolean): string {
  const inner = rest.length === 0 ? scalarText(value, json ? 'double' : 'none') : `{ ${flowText(rest, value, json)} }`;
  return `${json ? JSON.stringify(key) : key}: ${inner}`;
}

/** A word needs no quotes if nothing in YAML means anything else by it. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const NOT_PLAIN = /^(?:true|false|null|yes|no|on|off|[-+.\d][-+.\deExXoO_]*)$/i;
/** The one word of the schema that old YAML reads as something else, and ours does not. */
const WORDS = new Set(['off']);

function scalarText(value: Value, quote: 'none' | 'single' | 'double'): string {
  if (typeof value !== 'string') return String(value);
  if (quote === 'single') return `'${value.replaceAll("'", "''")}'`;
  const plain = PLAIN.test(value) && (WORDS.has(value) || !NOT_PLAIN.test(value));
  return quote === 'double' || !plain ? JSON.stringify(value) : value;
}

function rangeOf(node: unknown): { readonly start: number; readonly end: number } | null {
  if (!isNode(node)) return null;
  const [start, end] = (node as Node).range ?? [];
  return start === undefined || end === undefined ? null : { start, end };
}

/** Where the last thing of a pair ends, comments left out. */
function endOf(pair: Pair): number | null {
  const { value } = pair;
  if (isMap(value) && value.flow !== true && value.items.length > 0) return endOf(value.items.at(-1)!);
  if (isNode(value) && 'items' in value && value.flow !== true && Array.isArray(value.items)) {
    const last: unknown = value.items.at(-1);
    if (isMap(last) && last.flow !== true && last.items.length > 0) return endOf(last.items.at(-1)!);
    if (last !== undefined) return rangeOf(last)?.end ?? null;
  }
  return rangeOf(value)?.end ?? rangeOf(pair.key)?.end ?? null;
}

function withValue(data: unknown, [key, ...rest]: readonly string[], value: Value): unknown {
  if (key === undefined) return value;
  const fields = typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};
  return { ...fields, [key]: withValue(fields[key], rest, value) };
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** The same data with its keys in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
