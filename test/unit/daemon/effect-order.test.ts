import assert from 'node:assert/strict';
import type { Effect } from '../../../daemon/brain/effect.ts';
import { inOrder } from '../../../daemon/engine/effect-order.ts';

const advert = (router: string): Effect => ({ do: 'advert', router, priority: 100, style: 'rfc5798' });
const take = (router: string): Effect => ({ do: 'take', router });
const takeFirst = (router: string): Effect => ({ do: 'takeFirst', router });
const drop = (router: string): Effect => ({ do: 'drop', router });
const order = (...effects: Effect[]): string[] =>
  inOrder(effects).map((effect) => ('router' in effect ? `${effect.router} ${effect.do}` : effect.do));

describe('the order in which the effects of a turn are run', () => {
  it('tells the others with every router before it works on addresses', () => {
    assert.deepEqual(order(take('r1'), advert('r1'), take('r2'), advert('r2')), [
      'r1 advert',
      'r2 advert',
      'r1 take',
      'r2 take',
    ]);
  });

  it('takes the addresses first in a handover (brain 5.3)', () => {
    assert.deepEqual(order(advert('r1'), takeFirst('r1')), ['r1 takeFirst', 'r1 advert']);
  });

  it('drops backwards, and last', () => {
    assert.deepEqual(order(drop('r1'), drop('r2'), take('r3')), ['r3 take', 'r2 drop', 'r1 drop']);
  });

  it('keeps what is let go and taken again in one turn: in the order of the ranks it would be gone', () => {
    assert.deepEqual(order(drop('r1'), advert('r1'), take('r1')), ['r1 advert', 'r1 take']);
    assert.deepEqual(order(drop('r1'), takeFirst('r1')), ['r1 takeFirst']);
  });

  it('drops what is taken and given up again in one turn', () => {
    assert.deepEqual(order(take('r1'), drop('r1')), ['r1 take', 'r1 drop']);
  });
});
