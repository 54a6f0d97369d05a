/**
 * Golden tests: good/*.yaml resolve to good/*.json, bad/*.yaml fail with the lines of bad/*.txt.
 * `UPDATE_GOLDEN=1` writes what the program says now; read the difference before committing it.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatConfigError } from '../../../config/error.ts';
import { stale } from '../../../config/generate.ts';
import { loadConfigText } from '../../../config/load.ts';
import { resolvePlan } from '../../../config/resolve.ts';
import { configSchema } from '../../../config/schema.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const example = join(here, '../../../config/example.yaml');

function cases(folder: string): readonly string[] {
  return readdirSync(join(here, folder)).filter((file) => file.endsWith('.yaml'));
}

function matchesGolden(file: string, actual: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

describe('configuration files', () => {
  for (const file of cases('good')) {
    it(`resolves good/${file}`, () => {
      const loaded = loadConfigText(readFileSync(join(here, 'good', file), 'utf8'), file);
      assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.map(formatConfigError).join('\n'));
      const plan = resolvePlan(loaded.value.config, loaded.value.warnings);
      matchesGolden(join(here, 'good', `${basename(file, '.yaml')}.json`), `${JSON.stringify(plan, null, 2)}\n`);
    });
  }

  for (const file of cases('bad')) {
    it(`refuses bad/${file}, naming every error`, () => {
      const loaded = loadConfigText(readFileSync(join(here, 'bad', file), 'utf8'), file);
      assert.ok(!loaded.ok);
      const lines = loaded.error.map(formatConfigError);
      for (const line of lines) {
        assert.doesNotMatch(line, /s3cr3t|\p{Cc}/u, 'no secret and no control character in an error');
      }
      matchesGolden(join(here, 'bad', `${basename(file, '.yaml')}.txt`), `${lines.join('\n')}\n`);
    });
  }

  it('ships an example that checks clean', () => {
    const loaded = loadConfigText(readFileSync(example, 'utf8'), 'example.yaml');
    assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.map(formatConfigError).join('\n'));
    assert.deepEqual(loaded.value.notInEffect, []);
    matchesGolden(join(here, 'example.json'), `${JSON.stringify(resolvePlan(loaded.value.config, []), null, 2)}\n`);
  });

  it('keeps documentation and JSON Schema up to date (node --import=tsx config/generate.ts)', () => {
    assert.deepEqual(stale(), []);
  });

  it('says the same through the schema alone, which the API body uses', () => {
    const parsed = configSchema.safeParse({ instance: 'a', stack: 's', ha: { mode: 'cluster' } });
    assert.equal(parsed.success, false);
    assert.deepEqual(
      parsed.error?.issues.map(({ path, message }) => [path, message]),
      [[['ha', 'peers'], 'mode cluster needs at least two peers, found 0']],
    );
  });
});
