import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { readArguments } from '../../../daemon/arguments.ts';
import type { Command } from '../../../daemon/arguments.ts';

const read = (line: string): Command | string => {
  const result = readArguments(line.split(' ').filter((word) => word !== ''));
  return result.ok ? result.value : result.error;
};

const DEFAULT = { config: '/etc/tandem/tandem.yaml', state: '/var/lib/tandem', run: '/run/tandem' };

describe('the arguments of tandemd', () => {
  it('run, check, manager and clean have the defaults of the design', () => {
    assert.deepEqual(read('run'), { name: 'run', ...DEFAULT, manager: true });
    assert.deepEqual(read('check'), { name: 'check', config: DEFAULT.config, print: 'text' });
    assert.deepEqual(read('manager'), { name: 'manager', ...DEFAULT });
    assert.deepEqual(read('clean'), { name: 'clean', state: DEFAULT.state, run: DEFAULT.run });
  });

  it('options stand before or after the command', () => {
    const wanted = { name: 'run', config: '/a.yaml', state: '/s', run: '/r', manager: false };
    assert.deepEqual(read('run --config /a.yaml --state /s --run=/r --without-manager'), wanted);
    assert.deepEqual(read('--config=/a.yaml --state /s --without-manager --run /r run'), wanted);
  });

  it('paths become absolute', () => {
    const command = read('run --config x.yaml');
    assert.equal(typeof command === 'object' && 'config' in command && command.config, resolve('x.yaml'));
  });

  it('check knows the internal option of the guardian', () => {
    assert.deepEqual(read('check --config /a.yaml --plan'), { name: 'check', config: '/a.yaml', print: 'plan' });
  });

  it('help and version need no command', () => {
    assert.deepEqual(read('--help'), { name: 'help' });
    assert.deepEqual(read('run -h'), { name: 'help' });
    assert.deepEqual(read('--version'), { name: 'version' });
  });

  it('anything else is refused with a sentence', () => {
    const table: readonly (readonly [string, RegExp])[] = [
      ['', /command is missing/],
      ['start', /unknown command 'start'/],
      ['toString', /unknown command/],
      ['run now', /unexpected argument 'now'/],
      ['run --confg x', /unknown option '--confg'/],
      ['run --config', /'--config <value>' argument missing/],
      ['run --config=', /needs a path/],
      ['run --without-manager=yes', /does not take an argument/],
      ['check --state /s', /'check' has no option '--state'/],
      ['run --plan', /'run' has no option '--plan'/],
      ['manager --without-manager', /'manager' has no option/],
      ['clean --config x', /'clean' has no option/],
    ];
    for (const [line, pattern] of table) {
      const answer = read(line);
      assert.equal(typeof answer, 'string', line);
      assert.match(typeof answer === 'string' ? answer : '', pattern);
    }
  });
});
