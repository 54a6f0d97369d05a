import assert from 'node:assert/strict';
import { commands } from '../../cli/commands.ts';
import { configJsonSchema } from '../../config/json-schema.ts';
import { manualPages, stalePages } from '../../systemd/man/generate.ts';
import { prose, roff } from '../../systemd/man/roff.ts';

describe('the manual pages', () => {
  const pages = manualPages();

  it('are what the sources say (npm run docs)', () => {
    assert.deepEqual(stalePages(), []);
  });

  it('tandem(1) has every command of this version with its options', () => {
    const page = pages['tandem.1'] ?? '';
    for (const { usage, lacking, options } of commands) {
      assert.equal(page.includes(`.SS "${roff(usage[0] ?? '')}"`), lacking !== true, usage[0]);
      if (lacking === true) continue;
      for (const name of Object.keys(options)) assert.ok(page.includes(`\\fB\\-\\-${roff(name)}\\fR`), name);
    }
  });

  it('tandem.yaml(5) has every section and every key of the top level', () => {
    const page = pages['tandem.yaml.5'] ?? '';
    for (const key of Object.keys(configJsonSchema().properties ?? {}))
      assert.ok(page.includes(`.SH "${key.toUpperCase()}"`) || page.includes(`\n\\fB${key}\\fR (`), key);
  });

  it('has nothing that troff would take for a command', () => {
    assert.equal(roff(".so /etc/passwd\n'x\\n"), "\\&.so /etc/passwd\n\\&'x\\en");
    assert.equal(prose('a `--b` **c** [d](e.md)'), 'a \\fB\\-\\-b\\fR \\fBc\\fR d');
    for (const [name, page] of Object.entries(pages))
      for (const line of page.split('\n'))
        if (/^['.]/.test(line))
          assert.match(line, /^\.(TH|SH|SS|TP|PP|BR|I|IP|RS|RE|nf|fi|nh|ad|\\")( |$)/, `${name}: ${line}`);
  });
});
