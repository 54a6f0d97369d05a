import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';
import { need } from '../support/need.ts';

describe('the manual pages, rendered', () => {
  before(function () {
    need(this, 'man');
  });

  for (const name of ['tandem.1', 'tandemd.8', 'tandem.yaml.5']) {
    it(`${name} renders without a warning`, () => {
      const { status, stdout, stderr } = spawnSync(
        'man',
        ['--warnings', '--local-file', join(packageFolder, 'docs/man', name)],
        {
          encoding: 'utf8',
          env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8' },
        },
      );
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, /^NAME/m);
    });
  }
});
