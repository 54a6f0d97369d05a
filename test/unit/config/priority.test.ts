import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultPriority, ranking, rendezvous, type StackView } from '../../../config/priority.ts';

const nobodys = { name: 'wan', owner: null };

function priority(stack: Partial<StackView>, router: { name: string; owner: string | null } = nobodys): number {
  return defaultPriority(router, { mode: 'active-passive', instance: 'a', primary: false, peers: [], ...stack });
}

describe('default priorities', () => {
  it('are 200 for the primary and 100 for the other of a pair', () => {
    assert.equal(priority({ primary: true, peers: ['b'] }), 200);
    assert.equal(priority({ instance: 'b', peers: ['a'] }), 100);
    assert.equal(priority({ instance: 'b', peers: [] }), 100);
  });

  it('are 100, 99, 98 by name for the others where there are several', () => {
    assert.equal(priority({ instance: 'a', peers: ['b', 'c'] }), 100);
    assert.equal(priority({ instance: 'b', peers: ['a', 'c'] }), 99);
    assert.equal(priority({ instance: 'c', peers: ['b', 'a'] }), 98);
  });

  it('rank the others among themselves where the owner is known', () => {
    const router = { name: 'wan', owner: 'a' };
    assert.equal(priority({ instance: 'a', peers: ['b', 'c'] }, router), 200);
    assert.equal(priority({ instance: 'b', peers: ['a', 'c'] }, router), 100);
    assert.equal(priority({ instance: 'c', peers: ['a', 'b'] }, router), 99);
  });

  it('are 200 for the owner and 100 for the other in active-active', () => {
    assert.equal(priority({ mode: 'active-active', peers: ['b'] }, { name: 'wan', owner: 'a' }), 200);
    assert.equal(priority({ mode: 'active-active', peers: ['b'] }, { name: 'wan', owner: 'b' }), 100);
    assert.equal(priority({ mode: 'active-active', primary: true, peers: ['b'] }, { name: 'wan', owner: 'b' }), 100);
  });

  it('fall by 10 a rank in a cluster, and the owner is first', () => {
    const names = ['a', 'b', 'c', 'd'];
    const router = { name: 'wan', owner: 'c' };
    const all = names.map((instance) =>
      priority({ mode: 'cluster', instance, peers: names.filter((name) => name !== instance) }, router),
    );
    assert.equal(all[2], 200);
    assert.deepEqual(
      all.toSorted((a, b) => a - b),
      [170, 180, 190, 200],
    );
  });

  it('are never below 1', () => {
    const peers = Array.from({ length: 150 }, (_, i) => `n${String(i).padStart(3, '0')}`);
    assert.equal(priority({ instance: 'z', peers }), 1);
    const cluster = peers.map((instance) =>
      priority({ mode: 'cluster', instance, peers: peers.filter((p) => p !== instance) }),
    );
    assert.equal(Math.min(...cluster), 1);
  });
});

describe('the rank of instances for a router', () => {
  it('is by SHA-256 of router and instance, highest first', () => {
    assert.equal(rendezvous('wan', 'a').slice(0, 16), '1c4a1530367370b2');
    const order = ranking(nobodys, ['a', 'b', 'c']);
    assert.deepEqual(
      order.map((name) => rendezvous('wan', name)),
      ['a', 'b', 'c']
        .map((name) => rendezvous('wan', name))
        .toSorted()
        .toReversed(),
    );
  });

  it('does not depend on who asks, and losing one instance moves only what it had', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(names, fc.stringMatching(/^[a-z]{1,8}$/), (instances, name) => {
        const router = { name, owner: null };
        const order = ranking(router, instances);
        assert.deepEqual(ranking(router, instances.toReversed()), order);
        const gone = order[order.length - 1]!;
        assert.deepEqual(
          ranking(
            router,
            instances.filter((one) => one !== gone),
          ),
          order.slice(0, -1),
        );
      }),
    );
  });
});
