/** Writes docs/man from the tables of commands and the schema: part of `npm run docs`. With `--check` it writes nothing and fails if they are stale. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands } from '../../cli/commands.ts';
import { configJsonSchema } from '../../config/json-schema.ts';
import { packageFolder, version } from '../../daemon/where.ts';
import { tandemPage } from './tandem.ts';
import { tandemdPage } from './tandemd.ts';
import { yamlPage } from './yaml.ts';

const FOLDER = join(packageFolder, 'docs/man');

/** The pages by their file's name. */
export function manualPages(): Readonly<Record<string, string>> {
  const example = readFileSync(join(packageFolder, 'config/example.yaml'), 'utf8');
  return {
    'tandem.1': tandemPage(commands, version()),
    'tandemd.8': tandemdPage(version()),
    'tandem.yaml.5': yamlPage(configJsonSchema(), example, version()),
  };
}

/** Names of those that are not as they should be. */
export function stalePages(): readonly string[] {
  return Object.entries(manualPages()).flatMap(([name, text]) => (contentOf(name) === text ? [] : [name]));
}

function contentOf(name: string): string | null {
  try {
    return readFileSync(join(FOLDER, name), 'utf8');
  } catch {
    return null;
  }
}

function main(): number {
  if (!process.argv.includes('--check')) {
    mkdirSync(FOLDER, { recursive: true });
    for (const [name, text] of Object.entries(manualPages())) writeFileSync(join(FOLDER, name), text);
    return 0;
  }
  const stale = stalePages();
  if (stale.length > 0) process.stderr.write(`stale in docs/man: ${stale.join(', ')}; run npm run docs\n`);
  return stale.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
