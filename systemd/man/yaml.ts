/** tandem.yaml(5), from the schema. Pure. */
import { sectionsOf } from '../../config/docs.ts';
import type { JsonSchema } from '../../config/json-schema.ts';
import { RULES } from '../../config/rules.ts';
import { bold, item, literal, page, paragraph, prose, roff, section, subsection } from './roff.ts';

export function yamlPage(schema: JsonSchema, example: string, version: string): string {
  const { top, sections } = sectionsOf(schema);
  const keys = (rows: ReturnType<typeof sectionsOf>['top']): readonly string[] =>
    rows.flatMap(({ key, type, standard, text }) => [
      ...item(`${bold(key)} (${prose(type)}; ${prose(standard)})`, prose(text)),
    ]);
  return page(
    'tandem.yaml',
    5,
    version,
    section('Name', ['tandem.yaml \\- configuration of Tandem']),
    section('Synopsis', ['.PP', '.I /etc/tandem/tandem.yaml']),
    section(
      'Description',
      paragraph(
        'One YAML file. `instance` and `stack` are required, every other key has a default. Unknown keys are errors. `tandemd check` tells every error of a file with its line and column, and what a valid file means. ' +
          '`tandem reload` or SIGHUP has it read again: an invalid file changes nothing, a valid one moves only what changed.',
      ),
      paragraph(
        'Durations are a number with a unit (`10ms`, `2s`, `15m`, `12h`), rates are `64kbps`, `50Mbps`, `1Gbps` or a number of bits per second. Secrets stand in files of their own, which the configuration names.',
      ),
    ),
    section('Top level', keys(top)),
    ...sections.map(({ key, title, description, parts }) =>
      section(
        key,
        paragraph(`**${title}.** ${description}`),
        ...parts.map(({ name, text, rows }) =>
          name === null ? keys(rows) : subsection(name, paragraph(text), keys(rows)),
        ),
      ),
    ),
    section('Rules between keys', ...RULES.map((rule) => ['.IP \\(bu 2', prose(rule.text)])),
    section('Example', literal(example)),
    section('See also', [
      '.PP',
      '.BR tandem (1),',
      '.BR tandemd (8)',
      '.PP',
      roff('JSON Schema for editors: /usr/lib/tandem/config/schema.json'),
    ]),
  );
}
