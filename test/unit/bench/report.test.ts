import assert from 'node:assert/strict';
import type { Case, Sample, Subject } from '../../../bench/case.ts';
import { formatDuration, formatNumber, formatValue, textTable } from '../../../bench/format.ts';
import { goalText, judge } from '../../../bench/goal.ts';
import { linesOf, table, warnings } from '../../../bench/report.ts';
import { emptyResults, withFailure, withOtherWork, withSample } from '../../../bench/store.ts';
import type { Results } from '../../../bench/store.ts';

const figures = (min: number, median: number, max: number) => ({ count: 3, min, median, max });

const sample: Case = {
  name: 'kill-1s',
  text: '',
  runs: 2,
  subjects: ['tandem', 'keepalived'],
  rows: [
    {
      text: 'longest gap',
      unit: 'ms',
      ours: 'tandem',
      theirs: 'keepalived',
      figure: 'gap',
      goals: [{ of: 'median', most: 10 }],
    },
    { text: 'exec to ready', unit: 'ms', ours: 'tandem', theirs: null, figure: 'ready' },
  ],
  secondsPerRound: 1,
  notes: [],
  parameters: '',
  open: () => Promise.reject(new Error('not to be opened')),
};

function resultsOf(runs: readonly (readonly [Subject, Sample])[]): Results {
  let results = emptyResults('kill-1s', 'x', {}, 'then');
  for (const [subject, one] of runs) results = withSample(results, subject, one, 'then');
  return results;
}

describe('bench report', () => {
  it('writes numbers as precisely as they deserve', () => {
    assert.equal(formatNumber(1.5, 2), '1.5');
    assert.equal(formatValue(0, 'ms'), '0');
    assert.equal(formatValue(4.256, 'ms'), '4.26');
    assert.equal(formatValue(42.26, 'ms'), '42.3');
    assert.equal(formatValue(613.4, 'ms'), '613');
    assert.equal(formatValue(2.5, 'probes'), '2.5');
    assert.equal(formatValue(132.66, 'MB'), '132.7');
    assert.equal(formatDuration(40), '40 s');
    assert.equal(formatDuration(400), '7 min');
  });

  it('aligns columns by characters, numbers at the right, and leaves no space at line ends', () => {
    const text = textTable(
      [{ heading: 'a' }, { heading: 'n', right: true }, { heading: 'z' }],
      [
        ['–', '10', ''],
        ['bb', '1', 'x'],
      ],
    );
    assert.equal(text, 'a    n  z\n–   10\nbb   1  x');
  });

  it('judges median, any run and ratio', () => {
    const ours = figures(1, 5, 30);
    assert.equal(judge({ of: 'median', most: 5 }, ours, null), 'met');
    assert.equal(judge({ of: 'median', most: 4.9 }, ours, null), 'NOT met');
    assert.equal(judge({ of: 'any', most: 29 }, ours, null), 'NOT met');
    assert.equal(judge({ of: 'ratio', most: 0.5 }, ours, figures(9, 10, 11)), 'met');
    assert.equal(judge({ of: 'ratio', most: 0.5 }, ours, figures(0, 0, 11)), 'unknown');
    assert.equal(judge({ of: 'median', most: 5 }, null, null), 'unknown');
  });

  it('says goals in words', () => {
    assert.equal(goalText({ of: 'median', most: 0 }, 'probes'), 'median = 0');
    assert.equal(goalText({ of: 'any', most: 10 }, 'ms'), 'any ≤ 10 ms');
    assert.equal(goalText({ of: 'ratio', most: 1.05 }, 'ms'), '≤ 1.05 × keepalived');
  });

  it('puts both programs beside each other, with ratio, runs and goal', () => {
    const results = resultsOf([
      ['tandem', { gap: 4, ready: 300 }],
      ['tandem', { gap: 6, ready: 320 }],
      ['keepalived', { gap: 2900 }],
    ]);
    const lines = linesOf(sample, results);
    assert.deepEqual(lines[0], {
      case: 'kill-1s',
      text: 'longest gap',
      unit: 'ms',
      tandem: { count: 2, min: 4, median: 5, max: 6 },
      keepalived: { count: 1, min: 2900, median: 2900, max: 2900 },
      ratio: 5 / 2900,
      goals: [{ text: 'median ≤ 10 ms', verdict: 'met' }],
      runs: [2, 1],
    });
    assert.equal(lines[1]?.keepalived, null);
    const [, first = '', second = ''] = table(lines).split('\n');
    assert.match(first, /^kill-1s +longest gap +ms +4 +5 +6 +2900 +2900 +2900 +0 +2\/1 +median ≤ 10 ms: met$/);
    assert.match(second, /^ +exec to ready +ms +300 +310 +320 +– +– +– +– +2$/);
  });

  it('shows nothing as measured that was not', () => {
    const [line] = linesOf(sample, resultsOf([]));
    assert.equal(line?.tandem, null);
    assert.deepEqual(line?.goals, [{ text: 'median ≤ 10 ms', verdict: 'unknown' }]);
  });

  it('warns of failed runs and of other work on the machine', () => {
    const failed = withFailure(resultsOf([]), 'keepalived', 'nobody took over', 'then');
    assert.deepEqual(warnings(sample, failed), ['kill-1s: 1 failed run of keepalived: nobody took over']);
    assert.match(warnings(sample, withOtherWork(failed, 0.4))[1] ?? '', /other work used 40 % .* not for quoting/);
    assert.deepEqual(warnings(sample, withOtherWork(resultsOf([]), 0.05)), []);
  });
});
