import assert from 'node:assert/strict';
import { GLOBAL_OPTIONS, readArguments } from '../../../cli/arguments.ts';
import type { Invocation } from '../../../cli/arguments.ts';
import { commands } from '../../../cli/commands.ts';

function read(...argv: string[]): Invocation {
  const result = readArguments(argv, commands);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

function refused(...argv: string[]): string {
  const result = readArguments(argv, commands);
  assert.ok(!result.ok, argv.join(' '));
  return result.error;
}

describe('the command line', () => {
  it('takes options before and after the command', () => {
    const ways = [
      ['--run', '/r', '--json', '--hold', '5m', 'switchover'],
      ['switchover', '--hold', '5m', '--json', '--run', '/r'],
      ['--hold=5m', 'switchover', '--run=/r', '--json'],
    ];
    for (const way of ways) {
      const got = read(...way);
      assert.ok(got.kind === 'run');
      assert.deepEqual([got.command.name, got.run, got.json, got.options['hold']], ['switchover', '/r', true, '5m']);
    }
  });

  it('has the defaults of the contract', () => {
    const got = read('status');
    assert.ok(got.kind === 'run');
    assert.deepEqual([got.run, got.json, got.operands], ['/run/tandem', false, []]);
  });

  it('shows help and version', () => {
    const topic = read('status', '--help');
    assert.equal(topic.kind === 'help' && topic.topic?.name, 'status');
    assert.equal(read('-h').kind, 'help');
    assert.equal(read('--version').kind, 'version');
    assert.equal(read().kind, 'nothing');
  });

  const mistakes: [string[], string][] = [
    [['statsu'], "unknown command 'statsu': did you mean 'status'?"],
    [['xyzzy'], "unknown command 'xyzzy'"],
    [['--jso', 'status'], "unknown option '--jso': did you mean '--json'?"],
    [['status', '-x'], "unknown option '-x'"],
    [['status', '--follow'], "'status' has no option '--follow'"],
    [['switchover', '--hold'], "option '--hold' needs a value"],
    [['status', '--json=yes'], "option '--json' takes no value"],
    [['status', '--run='], "option '--run' needs a directory"],
    [['switchover', '--hold='], "option '--hold' needs a value"],
    [['status', 'wan'], "unexpected 'wan' after 'status'"],
    [['log-level'], "'log-level' needs more: tandem log-level LEVEL"],
    [['log-level', 'loud'], "'loud' is none of error, warn, info, debug"],
    [
      ['maintenance'],
      "'maintenance' needs more: tandem maintenance on [--for DURATION | --until-reboot] [--note TEXT] [--force] [--no-wait] or tandem maintenance off [--no-wait]",
    ],
    [['maintenance', 'maybe'], "'maybe' is none of on, off"],
    [['bypass', 'on'], "'on' is none of engage, release"],
    [['flaps', 'reset', '--force'], "'flaps' has no option '--force'"],
    [['peers', 'b'], "unexpected 'b' after 'peers'"],
  ];
  for (const [argv, text] of mistakes) it(`refuses '${argv.join(' ')}'`, () => assert.equal(refused(...argv), text));

  it('knows every command of the contract', () => {
    const contract =
      'status routers peers links events why doctor support-bundle switchover maintenance bypass flaps reload log-level completion ' +
      'check keygen passwd alerts leader features sessions policies config sites pools';
    for (const name of contract.split(' '))
      assert.ok(
        commands.some((c) => c.name === name),
        name,
      );
  });

  it('runs what this version lacks whatever stands behind it, so that it can say so', () => {
    for (const argv of [
      ['config', 'compare', 'b', '--json'],
      ['pools', 'status', '--like', 'a%'],
    ]) {
      assert.equal(read(...argv).kind, 'run');
    }
  });

  it('gives an option the same meaning in every command', () => {
    const types = new Map<string, string>();
    for (const options of [GLOBAL_OPTIONS, ...commands.map((c) => c.options)]) {
      for (const [name, { type, short }] of Object.entries(options)) {
        assert.equal(types.get(name) ?? type, type, name);
        types.set(name, type);
        if (short !== undefined) {
          assert.equal(types.get(`-${short}`) ?? name, name, `-${short}`);
          types.set(`-${short}`, name);
        }
      }
    }
  });
});
