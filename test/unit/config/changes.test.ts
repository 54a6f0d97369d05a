import assert from 'node:assert/strict';
import { planChanges } from '../../../config/changes.ts';
import type { EnginePlan, RouterPlan } from '../../../config/plan.ts';
import { PLAIN } from '../../support/plain-plan.ts';

const wan: RouterPlan = {
  name: 'wan',
  id: 51,
  version: 3,
  family: 'ipv4',
  interface: 'eth2',
  addressInterface: 'eth0',
  addresses: [{ address: '203.0.113.10', prefix: 24, family: 'ipv4', interface: 'eth0' }],
  excludedAddresses: [],
  advertIntervalMs: 1000,
  priority: 200,
  unicastPeers: [],
  sourceAddress: null,
  virtualMac: false,
  accept: true,
  checksum: 'auto',
  password: null,
  announce: { repeat: 5, againMs: 5000, refreshMs: 60_000 },
  group: 'stack',
};

function plan(routers: readonly RouterPlan[], other: Partial<EnginePlan> = {}): EnginePlan {
  return { ...PLAIN, instance: 'a', stack: 's', mode: 'active-passive', primary: true, routers, ...other };
}

/** What changes when `wan` becomes `{ ...wan, ...keys }`. */
function change(keys: Partial<RouterPlan>) {
  return planChanges(plan([wan]), plan([{ ...wan, ...keys }]));
}

describe('what a reload changes', () => {
  it('is nothing when nothing changed', () => {
    assert.deepEqual(planChanges(plan([wan]), plan([{ ...wan }])), {
      added: [],
      removed: [],
      changed: [],
      settings: [],
      needRestart: [],
      text: 'nothing',
    });
  });

  it('names what is different within a section, and says of a list that it is another one', () => {
    const links = { ...PLAIN.links, intervalMs: 250, minimumActive: 1, pairs: [] };
    const before = plan([wan], { links: { ...links, intervalMs: 100, minimumActive: 0 } });
    const pairs = [{ name: 'wan1', outside: 'eth0', inside: 'eth1' }];
    assert.equal(
      planChanges(before, plan([wan], { links: { ...links, pairs } })).text,
      'links.intervalMs 100 → 250, links.minimumActive 0 → 1, links.pairs changed',
    );
  });

  it('names routers that come and go', () => {
    const lan = { ...wan, name: 'lan', id: 52 };
    const changes = planChanges(plan([wan]), plan([lan]));
    assert.deepEqual([changes.added, changes.removed, changes.changed], [['lan'], ['wan'], []]);
    assert.equal(changes.text, 'added lan; removed wan');
  });

  it('lets a running router take new addresses, priority, interval, announcements, peers, checksum, password and accept', () => {
    const live: readonly Partial<RouterPlan>[] = [
      { addresses: [] },
      { excludedAddresses: wan.addresses },
      { priority: 150 },
      { advertIntervalMs: 100 },
      { announce: { repeat: 1, againMs: 0, refreshMs: 0 } },
      { checksum: 'rfc9568' },
      { password: 'hunter2' },
      { accept: false },
      { sourceAddress: '192.0.2.1' },
      { group: 'wan' },
    ];
    for (const keys of live) {
      assert.deepEqual(change(keys).changed, [
        { name: 'wan', before: 'wan', keys: Object.keys(keys), restarts: false },
      ]);
    }
    const unicast = { ...wan, unicastPeers: ['192.0.2.2'] };
    const more = planChanges(plan([unicast]), plan([{ ...unicast, unicastPeers: ['192.0.2.2', '192.0.2.3'] }]));
    assert.deepEqual(more.changed, [{ name: 'wan', before: 'wan', keys: ['unicastPeers'], restarts: false }]);
  });

  it('restarts a router that is no longer the same', () => {
    const restarting: readonly Partial<RouterPlan>[] = [
      { id: 52 },
      { family: 'ipv6' },
      { interface: 'eth3' },
      { virtualMac: true },
      { unicastPeers: ['192.0.2.2'] },
      { version: 2 },
      { addressInterface: 'eth9' },
    ];
    for (const keys of restarting) {
      assert.deepEqual(change(keys).changed, [{ name: 'wan', before: 'wan', keys: Object.keys(keys), restarts: true }]);
    }
    const unicast = { ...wan, unicastPeers: ['192.0.2.2'], sourceAddress: '192.0.2.1' };
    const moved = planChanges(plan([unicast]), plan([{ ...unicast, sourceAddress: '192.0.2.9' }]));
    assert.equal(moved.changed[0]?.restarts, true);
  });

  it('keeps a router that is only renamed, even when another takes its name', () => {
    assert.deepEqual(change({ name: 'outside' }).changed, [
      { name: 'outside', before: 'wan', keys: ['name'], restarts: false },
    ]);
    const lan = { ...wan, name: 'lan', id: 52 };
    const swapped = planChanges(
      plan([wan, lan]),
      plan([
        { ...wan, name: 'lan' },
        { ...lan, name: 'wan' },
      ]),
    );
    assert.deepEqual(swapped.changed, [
      { name: 'lan', before: 'wan', keys: ['name'], restarts: false },
      { name: 'wan', before: 'lan', keys: ['name'], restarts: false },
    ]);
    assert.deepEqual([swapped.added, swapped.removed], [[], []]);
  });

  it('names settings, and which of them wait for a restart', () => {
    const changes = planChanges(plan([]), plan([], { preempt: false, realtime: { priority: 50, lockMemory: true } }));
    assert.deepEqual(changes.settings, ['preempt', 'realtime']);
    assert.deepEqual(changes.needRestart, ['realtime']);
    assert.equal(changes.text, 'preempt true → false; realtime changed (at the next start)');
  });

  it('tells values, but never a password', () => {
    assert.equal(change({ priority: 150, password: 'hunter2' }).text, 'wan: priority 200 → 150, password changed');
    assert.equal(change({ id: 52 }).text, 'wan: id 51 → 52 (restarted)');
  });
});
