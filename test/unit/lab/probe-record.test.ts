import assert from 'node:assert/strict';
import { ProbeRecord } from '../../../lab/probe-record.ts';

/** Ten probes from time 100 on, one a millisecond; those with a name were answered half a millisecond later. */
function recorded(answers: Readonly<Record<number, string>>): ProbeRecord {
  const record = new ProbeRecord();
  const sent = Array.from({ length: 10 }, (_, i) => 100 + i);
  const answered = Object.entries(answers).map(([seq, who]): [number, number, string] => [
    Number(seq),
    100.5 + Number(seq),
    who,
  ]);
  record.add({ upTo: 105, first: 0, sent: sent.slice(0, 5), answered: answered.filter(([seq]) => seq < 5) });
  record.add({ upTo: 110, first: 5, sent: sent.slice(5), answered: answered.filter(([seq]) => seq >= 5) });
  return record;
}

const all = (who: (seq: number) => string): Record<number, string> =>
  Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, who(i)]));

describe('the record of a probe', () => {
  it('has nothing lost and a gap of one interval when everything is answered', () => {
    const report = recorded(all(() => 'a')).report(100, 110);
    assert.deepEqual([report.sent, report.answered, report.lost, report.longestGapMs], [10, 10, 0, 1]);
    assert.deepEqual(report.answering, [{ from: 100.5, to: 109.5, who: 'a' }]);
  });

  it('counts the lost ones exactly and finds the longest gap', () => {
    const answers = all((seq) => (seq < 3 ? 'a' : 'b'));
    for (const seq of [3, 4, 5, 8]) delete answers[seq];
    const report = recorded(answers).report(100, 110);
    assert.deepEqual([report.sent, report.answered, report.lost], [10, 6, 4]);
    assert.deepEqual([report.longestGapMs, report.gapFrom], [4, 102.5]);
    assert.deepEqual(report.answering, [
      { from: 100.5, to: 102.5, who: 'a' },
      { from: 106.5, to: 109.5, who: 'b' },
    ]);
  });

  it('counts a probe of the window as answered even if the answer came after it', () => {
    const report = recorded(all(() => 'a')).report(100, 105.2);
    assert.deepEqual([report.sent, report.answered], [6, 6]);
  });

  it('takes silence up to the edge of the window as a gap', () => {
    const report = recorded({ 0: 'a' }).report(100, 130);
    assert.deepEqual([report.longestGapMs, report.gapFrom, report.lost], [29.5, 100.5, 9]);
  });

  it('says so when nobody ever answered', () => {
    const report = recorded({}).report(100, 110);
    assert.deepEqual([report.longestGapMs, report.answering.length, report.lost], [10, 0, 10]);
  });

  it('forgets what is old and goes on counting', () => {
    const record = new ProbeRecord();
    for (let minute = 0; minute < 40; minute += 1) {
      const at = minute * 60_000;
      record.add({ upTo: at, first: minute, sent: [at], answered: [[minute, at + 1, 'a']] });
    }
    const report = record.report(30 * 60_000, 40 * 60_000);
    assert.deepEqual([report.sent, report.answered], [10, 10]);
    assert.ok(record.report(0, 60_000).sent === 0);
  });
});
