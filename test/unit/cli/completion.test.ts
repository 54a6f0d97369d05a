import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { completionScript } from '../../../cli/completion-text.ts';
import { commands } from '../../../cli/commands.ts';

/** What bash offers for the words, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const script = `${completionScript('bash', commands)}
COMP_WORDS=(tandem ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _tandem; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.trim().split('\n');
}

describe('completion', () => {
  it('completes commands in bash', () => {
    assert.deepEqual(offered('s'), ['status', 'sessions', 'switchover', 'support-bundle']);
    assert.deepEqual(offered('--json', 'ev'), ['events']);
    assert.deepEqual(offered('--run', '/run/tandem', 'wh'), ['why']);
  });

  it('completes options and their values in bash', () => {
    assert.deepEqual(offered('switchover', '--ho'), ['--hold']);
    assert.deepEqual(offered('switchover', '--hold', ''), ['until-released', 'none']);
    assert.deepEqual(offered('log-level', 'd'), ['debug']);
    assert.deepEqual(offered('maintenance', 'o'), ['on', 'off']);
    assert.deepEqual(offered('maintenance', 'on', '--un'), ['--until-reboot']);
    assert.deepEqual(offered('bypass', 'e'), ['engage']);
    assert.deepEqual(offered('flaps', 'r'), ['reset']);
    assert.deepEqual(offered('check', 'package.j'), ['package.json']);
    assert.deepEqual(offered('status', '--fol'), ['']);
  });

  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    it(`names every command that this version has in ${shell}, and no other`, () => {
      const script = completionScript(shell, commands);
      for (const { name, lacking } of commands) {
        const offered = shell === 'fish' ? `-a ${name} ` : `(^|[ '])${name}($|[ ':)])`;
        assert.equal(new RegExp(offered, 'm').test(script), lacking !== true, name);
      }
    });
  }
});
