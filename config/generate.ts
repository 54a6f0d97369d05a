/**
 * Writes docs/configuration.md and config/schema.json from the schema:
 * `node --import=tsx config/generate.ts`. With `--check` it writes nothing and fails if they are stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from './docs.ts';
import { configJsonSchema } from './json-schema.ts';

/** The generated files, by their path from the root of the checkout. */
export function generated(): Readonly<Record<string, string>> {
  const schema = configJsonSchema();
  return {
    'docs/configuration.md': configurationPage(schema, readFileSync(inCheckout('config/example.yaml'), 'utf8')),
    'config/schema.json': `${JSON.stringify(schema, null, 2)}\n`,
  };
}

/** Those of them that are not as they should be. */
export function stale(): readonly string[] {
  return Object.entries(generated()).flatMap(([path, text]) => (contentOf(path) === text ? [] : [path]));
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(inCheckout(path), 'utf8');
  } catch {
    return null;
  }
}

function inCheckout(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

function main(): number {
  if (!process.argv.includes('--check')) {
    for (const [path, text] of Object.entries(generated())) writeFileSync(inCheckout(path), text);
    return 0;
  }
  const old = stale();
  if (old.length > 0) process.stderr.write(`stale: ${old.join(', ')}; run node --import=tsx config/generate.ts\n`);
  return old.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
