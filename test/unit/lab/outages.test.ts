import assert from 'node:assert/strict';
import { OutageLedger } from '../../../lab/outages.ts';

const answers = (...list: readonly (readonly [number, number, string])[]) => ({
  upTo: list.at(-1)?.[1] ?? 0,
  first: 0,
  sent: list.map(([, at]) => at),
  answered: list,
});

describe('the ledger of outages', () => {
  it('knows no outage while every probe is answered, however late', () => {
    const ledger = new OutageLedger();
    ledger.add(answers([0, 100, 'a'], [1, 101, 'a'], [2, 160, 'a'], [3, 161, 'a']));
    assert.deepEqual([ledger.count, ledger.lost, ledger.last, ledger.who], [0, 0, null, 'a']);
  });

  it('counts probes lost in a short gap, but calls only longer ones an outage', () => {
    const ledger = new OutageLedger();
    ledger.add(answers([0, 100, 'a'], [4, 104, 'b'], [5, 105, 'b'], [105, 205, 'a']));
    assert.deepEqual([ledger.lost, ledger.count, ledger.totalMs], [3 + 99, 1, 100]);
    assert.deepEqual(ledger.longest, { from: 105, ms: 100, lost: 99, before: 'b', after: 'a' });
    assert.deepEqual(
      ledger.moves.map(({ from, to, gapMs, lost }) => [from, to, gapMs, lost]),
      [
        ['a', 'b', 4, 3],
        ['b', 'a', 100, 99],
      ],
    );
  });

  it('says how long nobody has answered', () => {
    const ledger = new OutageLedger();
    assert.deepEqual([ledger.who, ledger.silentMs], [null, 0]);
    ledger.add(answers([0, 100, 'a']));
    ledger.add({ upTo: 400, first: 1, sent: [], answered: [] });
    assert.deepEqual([ledger.who, ledger.silentMs], [null, 300]);
  });
});
