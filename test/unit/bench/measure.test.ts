import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { USAGE, choose, readArguments } from '../../../bench/arguments.ts';
import type { Bed, Case, Subject } from '../../../bench/case.ts';
import { allCases } from '../../../bench/cases.ts';
import { goalText } from '../../../bench/goal.ts';
import { measure, nextRun } from '../../../bench/measure.ts';
import { Store, emptyResults, parseResults, withFailure, withSample } from '../../../bench/store.ts';
import type { Results } from '../../../bench/store.ts';

/** A case whose bed is given; it counts how often it was opened and closed. */
function caseOf(runs: number, run: Bed['run']): Case & { opened: number; closed: number } {
  const made = {
    name: 'fake',
    text: 'a case of the tests',
    runs,
    subjects: ['tandem', 'keepalived'] as const,
    rows: [],
    secondsPerRound: 0,
    notes: [],
    parameters: 'p',
    opened: 0,
    closed: 0,
    open(): Promise<Bed> {
      made.opened += 1;
      return Promise.resolve({ run, close: () => void (made.closed += 1) });
    },
  };
  return made;
}

function sequence(one: Case, results: Results): readonly string[] {
  const order: string[] = [];
  for (let next = nextRun(one, results); next !== null; next = nextRun(one, results)) {
    order.push(`${next.subject} ${next.index}`);
    results = withSample(results, next.subject, {}, 'then');
  }
  return order;
}

describe('bench runs', () => {
  const never: Bed['run'] = () => Promise.reject(new Error('not to be run'));
  const nothing = emptyResults('fake', 's', {}, 'then');

  it('measures both programs in turn and changes who begins', () => {
    assert.deepEqual(sequence(caseOf(3, never), nothing), [
      'tandem 0',
      'keepalived 0',
      'keepalived 1',
      'tandem 1',
      'tandem 2',
      'keepalived 2',
    ]);
  });

  it('goes on where it was interrupted, the one that is behind first', () => {
    const results = withSample(withSample(nothing, 'tandem', {}, 'then'), 'tandem', {}, 'then');
    assert.deepEqual(sequence(caseOf(2, never), results), ['keepalived 0', 'keepalived 1']);
  });

  it('gives up a program after three failed runs, and not the other', () => {
    let results = nothing;
    for (let i = 0; i < 3; i += 1) results = withFailure(results, 'tandem', 'no', 'then');
    assert.deepEqual(sequence(caseOf(2, never), results), ['keepalived 0', 'keepalived 1']);
  });

  describe('with files', () => {
    let folder = '';
    let said: string[] = [];
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
      said = [];
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const options = (fresh = false, machine: Readonly<Record<string, string>> = {}) => ({
      store: new Store(folder),
      machine,
      fresh,
      say: (text: string) => void said.push(text),
      quiet: () => Promise.resolve(0.02),
    });

    it('keeps every run, and measures nothing twice', async () => {
      const calls: string[] = [];
      const run = (subject: Subject, index: number) => {
        calls.push(`${subject} ${index}`);
        if (calls.length === 3) return Promise.reject(new Error('pulled the plug'));
        return Promise.resolve({ gap: index });
      };
      const one = caseOf(2, run);
      const results = await measure(one, options());
      assert.deepEqual(calls, ['tandem 0', 'keepalived 0', 'keepalived 1', 'keepalived 1', 'tandem 1']);
      assert.deepEqual(results.samples, { tandem: [{ gap: 0 }, { gap: 1 }], keepalived: [{ gap: 0 }, { gap: 1 }] });
      assert.deepEqual(results.failures, { keepalived: ['pulled the plug'] });
      assert.deepEqual(new Store(folder).load('fake'), results);
      await measure(one, options());
      assert.equal(calls.length, 5);
      assert.deepEqual([one.opened, one.closed], [1, 1]);
      assert.match(said.at(-1) ?? '', /--fresh measures again/);
    });

    it('measures only what a wish for more runs adds', async () => {
      const calls: string[] = [];
      const run = (subject: Subject, index: number) => {
        calls.push(`${subject} ${index}`);
        return Promise.resolve({});
      };
      await measure(caseOf(1, run), options());
      await measure(caseOf(2, run), options());
      assert.deepEqual(calls, ['tandem 0', 'keepalived 0', 'keepalived 1', 'tandem 1']);
    });

    it('mixes no figures of different builds', async () => {
      let count = 0;
      const one = caseOf(1, () => Promise.resolve({ gap: (count += 1) }));
      await measure(one, options(false, { tandem: 'old' }));
      const results = await measure(one, options(false, { tandem: 'new' }));
      assert.deepEqual(results.samples, { tandem: [{ gap: 3 }], keepalived: [{ gap: 4 }] });
    });

    it('begins anew when asked to, and when the file is none', async () => {
      let count = 0;
      const one = caseOf(1, () => Promise.resolve({ gap: (count += 1) }));
      await measure(one, options());
      await measure(one, options(true));
      assert.equal(count, 4);
      writeFileSync(join(folder, 'fake.json'), '{"case":');
      await measure(one, options());
      assert.equal(count, 6);
    });
  });

  it('takes only what looks like results', () => {
    assert.equal(parseResults('[]'), null);
    assert.equal(parseResults('{}'), null);
    assert.equal(parseResults(JSON.stringify({ ...nothing, samples: { nobody: [] } })), null);
    assert.equal(parseResults(JSON.stringify({ ...nothing, samples: { tandem: [1] } })), null);
    assert.deepEqual(parseResults(JSON.stringify(nothing)), nothing);
  });
});

describe('bench command line', () => {
  const read = (...argv: readonly string[]) => {
    const result = readArguments(argv);
    assert.ok(result.ok, result.ok ? '' : result.error);
    return result.value;
  };

  it('reads its options', () => {
    const wish = read('--case', 'kill', '--case', 'cpu', '--runs', '3', '--json', 'x.json', '--fresh');
    assert.deepEqual(wish, {
      kind: 'run',
      cases: ['kill', 'cpu'],
      runs: 3,
      seconds: null,
      json: 'x.json',
      fresh: true,
    });
    assert.equal(read('--list').kind, 'list');
    assert.equal(read('--help').kind, 'help');
  });

  for (const argv of [['--runs', '0'], ['--runs', 'many'], ['--seconds', '1.5'], ['--what'], ['kill']]) {
    it(`refuses ${argv.join(' ')}`, () => {
      assert.equal(readArguments(argv).ok, false);
    });
  }

  it('names every option in its usage', () => {
    for (const option of ['--case', '--runs', '--seconds', '--json', '--fresh', '--list'])
      assert.ok(USAGE.includes(option));
  });

  it('chooses by name or by its beginning, in the order of the list', () => {
    const cases = allCases({ runs: null, seconds: null });
    const names = (...wanted: readonly string[]) => {
      const chosen = choose(cases, wanted);
      return chosen.ok ? chosen.value.map(({ name }) => name) : chosen.error;
    };
    assert.deepEqual(names('kill'), ['kill-peers', 'kill-alone', 'kill-1s', 'kill-100ms', 'kill-10ms']);
    assert.deepEqual(names('cpu', 'kill-1s'), ['kill-1s', 'cpu']);
    assert.equal(names('nothing'), 'nothing');
    assert.equal(names().length, cases.length);
  });

  it('has no two cases of one name, and each under nine minutes', () => {
    const cases = allCases({ runs: null, seconds: null });
    assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
    for (const { name, runs, secondsPerRound } of cases) assert.ok(runs * secondsPerRound < 540, name);
  });

  it('begins with the cases of peers, each with its goal', () => {
    const goals = allCases({ runs: null, seconds: null })
      .slice(0, 9)
      .map(({ name, rows }) => [
        name,
        ...rows.flatMap(({ figure, unit, goals = [] }) => goals.map((goal) => `${figure} ${goalText(goal, unit)}`)),
      ]);
    assert.deepEqual(goals, [
      ['switchover-peers', 'lost any = 0'],
      ['stop-peers', 'lost any = 0'],
      ['kill-peers', 'lost median = 0', 'gap any ≤ 10 ms'],
      ['kill-alone', 'lost any = 0'],
      ['link-peers', 'gap median ≤ 10 ms', 'gap any ≤ 30 ms'],
      ['instance-peers', 'gap median ≤ 40 ms', 'gap any ≤ 120 ms'],
      ['pair-peers', 'gap median ≤ 10 ms', 'gap any ≤ 30 ms', 'backLost any = 0'],
      ['ha-cable', 'lost any = 0', 'bypasses any = 0', 'holders any ≤ 1'],
      ['busy-peers', 'takeovers any = 0'],
    ]);
  });
});
