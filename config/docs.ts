/** docs/configuration.md, made from the schema: what people read is what the program checks. */
import { NOT_IN_EFFECT } from './effect.ts';
import type { JsonSchema } from './json-schema.ts';
import { RULES } from './rules.ts';

const INTRODUCTION = `# Configuration

<!-- Made from config/schema.ts by \`node --import=tsx config/generate.ts\`. Do not edit. -->

One YAML file, \`/etc/tandem/tandem.yaml\` (another one with \`--config FILE\`). \`instance\` and \`stack\` are required;
every other key has a default.

- **Check** a file before it is used: \`tandemd check --config FILE\`. It prints what the file means, or every error in it as
  \`file:line:column: key: what was expected, what was found\`, and exits with 0 or 2.
- **Reload** with \`tandem reload\` or SIGHUP. An invalid file changes nothing and says why. A valid one moves only what changed:
  a virtual router keeps its addresses as long as its VRID, family, interface, version, multicast or unicast, virtual MAC and address interface stay. Keys marked
  *restart* take effect when the daemon is started anew.
- **Durations** are a number with a unit, \`10ms\`, \`2s\`, \`15m\`, \`12h\`; decimals are allowed, \`0.5s\`.
  **Rates** are \`64kbps\`, \`50Mbps\`, \`1Gbps\`, or a number of bits per second.
  **Addresses** may be written in any form and are shown in the shortest one.
- **Unknown keys are errors**, so that a misspelt key cannot silently leave its default in force.
- **Secrets** stand in files of their own; the configuration names the files. The one exception is the password of VRRP version 2, which
  every advert shows to the whole link anyway.
- \`config/schema.json\` is the same as JSON Schema, for editors: \`# yaml-language-server: $schema=…\`.
`;

const EFFECT_NOTE = '*Accepted, not in effect in this version.*';

interface Row {
  readonly key: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** The whole page. `example` is the shipped example file. */
export function configurationPage(schema: JsonSchema, example: string): string {
  const sections = Object.entries(schema.properties ?? {});
  const required = schema.required ?? [];
  const plain = sections.filter(([, section]) => rowsOf('', section).length === 0);
  const parts = [
    INTRODUCTION,
    `## Example\n\nThe file that is shipped as \`config/example.yaml\`:\n\n\`\`\`yaml\n${example.trimEnd()}\n\`\`\`\n`,
    `## Top level\n\n${table(plain.map(([key, section]) => ({ key, schema: section, required: required.includes(key) })))}`,
    ...sections.filter((section) => !plain.includes(section)).map(([key, section]) => sectionText(key, section)),
    `## Rules between keys\n\n${RULES.map((rule) => `- ${rule.text}`).join('\n')}\n`,
  ];
  return parts.join('\n');
}

/** A key as other forms of the same page show it. */
export interface KeyText {
  readonly key: string;
  readonly type: string;
  readonly standard: string;
  readonly text: string;
}

export interface SectionText {
  readonly key: string;
  readonly title: string;
  readonly description: string;
  /** One without a name, or one for each `type`. */
  readonly parts: readonly { readonly name: string | null; readonly text: string; readonly rows: readonly KeyText[] }[];
}

/** The same content as data, for the manual page. */
export function sectionsOf(schema: JsonSchema): {
  readonly top: readonly KeyText[];
  readonly sections: readonly SectionText[];
} {
  const all = Object.entries(schema.properties ?? {});
  const plain = all.filter(([, section]) => rowsOf('', section).length === 0);
  const top = plain.map(([key, section]) => ({
    key,
    schema: section,
    required: (schema.required ?? []).includes(key),
  }));
  const sections = all
    .filter((section) => !plain.includes(section))
    .map(([key, section]) => {
      const alternatives = variants(section.items ?? section);
      const parts =
        alternatives.length > 1
          ? alternatives.map((variant, index) => ({
              name: `type: ${String(variant.properties?.['type']?.const)}`,
              text: variant.properties?.['type']?.description ?? '',
              rows: keyTexts(variantRows(variant, index)),
            }))
          : [{ name: null, text: '', rows: keyTexts(rowsOf('', section, key)) }];
      const note = NOT_IN_EFFECT.includes(key) ? ` ${EFFECT_NOTE}` : '';
      return { key, title: section.title ?? key, description: `${section.description}${note}`, parts };
    });
  return { top: keyTexts(top), sections };
}

/** Alternatives of one mapping share keys: each is told once. */
function keyTexts(rows: readonly Row[]): readonly KeyText[] {
  const texts = rows.map(({ key, schema, required }) => ({
    key,
    type: typeText(schema),
    standard: required ? 'required' : `default ${defaultText(schema, false)}`,
    text: `${schema.title}. ${schema.description}${schema.restart === true ? ' Takes effect at a restart.' : ''}`,
  }));
  return [...new Map(texts.map((text) => [JSON.stringify(text), text])).values()];
}

function sectionText(key: string, section: JsonSchema): string {
  const note = NOT_IN_EFFECT.includes(key) ? `\n\n${EFFECT_NOTE}` : '';
  const alternatives = variants(section.items ?? section);
  const body = alternatives.length > 1 ? alternatives.map(variantText).join('\n') : table(rowsOf('', section, key));
  const what =
    section.type === 'array' ? `A list of at most ${section.maxItems} entries, each with these keys.\n\n` : '';
  return `## \`${key}\`: ${section.title}\n\n${section.description}${note}\n\n${what}${body}`;
}

/** Mappings that differ by the value of their `type`. */
function variants(schema: JsonSchema): readonly JsonSchema[] {
  return (schema.oneOf ?? []).filter((one) => one.properties !== undefined);
}

function variantText(variant: JsonSchema, index: number): string {
  const type = variant.properties?.['type'];
  return `### \`type: ${String(type?.const)}\`\n\n${type?.description}\n\n${table(variantRows(variant, index))}`;
}

function variantRows(variant: JsonSchema, index: number): readonly Row[] {
  const { type: _, ...rest } = variant.properties ?? {};
  const known =
    index === 0
      ? rowsOf('', variant)
      : rowsOf('', { ...variant, properties: rest }).filter((row) => OWN_KEYS.includes(row.key));
  return known.filter((row) => row.key !== 'type');
}

/** What differs between the types of a track; the other keys are explained with the first. */
const OWN_KEYS: readonly string[] = ['target', 'command', 'path', 'high', 'low'];

/** Every key below a schema, dotted; `[]` marks the entries of a list. */
function rowsOf(prefix: string, schema: JsonSchema, section = ''): readonly Row[] {
  const inner = mappingsOf(schema);
  return inner.flatMap(({ suffix, mapping }) =>
    Object.entries(mapping.properties ?? {}).flatMap(([name, property]) => {
      const key = `${prefix}${suffix}${prefix + suffix === '' ? '' : '.'}${name}`;
      const row = { key, schema: property, required: (mapping.required ?? []).includes(name) };
      const effect = NOT_IN_EFFECT.includes(`${section}.${key}`)
        ? { ...row, schema: { ...property, description: `${property.description} ${EFFECT_NOTE}` } }
        : row;
      return [effect, ...rowsOf(key, property)];
    }),
  );
}

/** The mappings that a value may be, and how the path to their keys is written. */
function mappingsOf(schema: JsonSchema): readonly { readonly suffix: string; readonly mapping: JsonSchema }[] {
  if (schema.properties !== undefined) return [{ suffix: '', mapping: schema }];
  if (schema.items !== undefined) {
    const inList = mappingsOf(schema.items);
    // The entries of a whole section need no marker: the section says that it is a list.
    return inList.map(({ suffix, mapping }) => ({
      suffix: schema.title === undefined || isSection(schema) ? suffix : `[]${suffix}`,
      mapping,
    }));
  }
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(mappingsOf);
}

function isSection(schema: JsonSchema): boolean {
  return ['Virtual routers', 'Tracks', 'Drills'].includes(schema.title ?? '');
}

function table(rows: readonly Row[]): string {
  // Alternatives of one mapping share keys: each is told once.
  const lines = new Set(
    rows.map(({ key, schema, required }) => {
      const restart = schema.restart === true ? ' *restart*' : '';
      return `| \`${key}\` | ${typeText(schema)} | ${defaultText(schema, required)} | ${cell(`**${schema.title}.** ${schema.description}`)}${restart} |`;
    }),
  );
  return `| key | value | default | what it is |\n|---|---|---|---|\n${[...lines].join('\n')}\n`;
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (required) return '**required**';
  if (schema.default === undefined) return 'none';
  if (schema.default === null) return 'null';
  if (mappingsOf(schema).length > 0 && !Array.isArray(schema.default)) return 'see its keys';
  return cell(`\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``);
}

/** What a value may be, in words. */
function typeText(schema: JsonSchema): string {
  const unit = schema.unit === undefined ? '' : ` ${schema.unit}`;
  if (schema.kind === 'duration') return `duration, ${schema.range}`;
  if (schema.kind === 'rate') return `rate, ${schema.range}`;
  if (schema.kind === 'address/prefix' && schema.anyOf !== undefined) return 'address/prefix, or a mapping';
  if (schema.kind !== undefined) return schema.kind;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return cell(schema.enum.map((word) => `\`${String(word)}\``).join(' \\| '));
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  if (schema.oneOf !== undefined) return 'mapping';
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `${schema.minimum} to ${schema.maximum}${unit}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `mapping to ${typeText(schema.additionalProperties)}`
        : 'mapping';
    case 'array': {
      const least = schema.minItems === undefined || schema.minItems === 0 ? 'up to' : `${schema.minItems} to`;
      return `list of ${least} ${schema.maxItems}: ${typeText(schema.items ?? {})}`;
    }
    default: {
      const most = schema.maxLength === undefined ? '' : `, up to ${schema.maxLength} characters`;
      return `text${most}`;
    }
  }
}

function cell(text: string): string {
  return text
    .replace(/(?<!\\)\|/g, '\\|')
    .replace(/</g, '&lt;')
    .replace(/\n/g, ' ');
}
