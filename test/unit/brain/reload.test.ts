import assert from 'node:assert/strict';
import type { RouterPlan } from '../../../config/plan.ts';
import { identityOf } from '../../../daemon/brain/reload.ts';
import {
  DOWN,
  OTHER,
  type Rig,
  active,
  addresses,
  apart,
  conditions,
  faults,
  plan,
  router,
  started,
  withoutAdverts,
} from './brain-rig.ts';

const r1 = router('r1');
const r2 = router('r2');
const TWO = plan([r1, r2]);

/** What a reload orders, without the opening of sockets. */

describe('a reload', () => {
  it('of the same plan moves nothing, in no state', () => {
    for (const rig of [active(TWO), started(TWO)]) {
      const before = rig.instance.routers;
      assert.deepEqual(rig.reload(TWO), []);
      assert.deepEqual(rig.instance.routers, before);
      assert.deepEqual(rig.said(), ['config info: configuration 0123456789abcdef in effect: nothing']);
    }
  });

  it('ends its action and says what changed', () => {
    const rig = active(TWO);
    rig.reload(plan([r1, { ...r2, priority: 120 }], { hash: 'ff' }), 'act-1');
    const event = rig.events.find((e) => e.kind === 'config');
    assert.deepEqual([event?.actionId, event?.ended], ['act-1', 'done']);
    assert.ok(
      event?.reason.code === 'configLoaded' && event.reason.changes.includes('priority'),
      JSON.stringify(event),
    );
  });

  it('keeps the mastership of everything, whatever changed of it', () => {
    const changes: readonly Partial<RouterPlan>[] = [
      { priority: 50 },
      { addresses: addresses('192.0.2.101', '192.0.2.111') },
      { advertIntervalMs: 500 },
      { name: 'other' },
      { checksum: 'rfc9568' },
      { announce: { repeat: 1, againMs: 0, refreshMs: 0 } },
    ];
    for (const change of changes) {
      const rig = active(TWO);
      const effects = rig.reload(plan([{ ...r1, ...change }, r2]));
      assert.equal(rig.instance.role, 'active', JSON.stringify(change));
      assert.ok(
        effects.every((effect) => !/drop$|advert 0|take$/.test(effect)),
        effects.join(', '),
      );
    }
  });

  it('adds and removes only the addresses that differ, excluded ones too', () => {
    const rig = active(
      plan([{ ...r1, addresses: addresses('192.0.2.1', '192.0.2.2'), excludedAddresses: addresses('192.0.2.3') }]),
    );
    const next = { ...r1, addresses: addresses('192.0.2.2', '192.0.2.4'), excludedAddresses: addresses('192.0.2.5') };
    assert.deepEqual(rig.reload(plan([next])), ['r1 dropSome 192.0.2.1 192.0.2.3', 'r1 takeSome 192.0.2.4 192.0.2.5']);
    assert.deepEqual(rig.pass(0), ['0 r1 advert 100'], 'and advertises the new list at once');
  });

  it('moves an address that changed its prefix or its interface', () => {
    const rig = active(plan([r1]));
    const wider = r1.addresses.map((a) => ({ ...a, prefix: 25 }));
    assert.deepEqual(rig.reload(plan([{ ...r1, addresses: wider }])), [
      'r1 dropSome 192.0.2.101',
      'r1 takeSome 192.0.2.101',
    ]);
  });

  it('touches no address of a standby', () => {
    const rig = started(TWO);
    rig.hear('r1', 200);
    assert.deepEqual(rig.reload(plan([{ ...r1, addresses: addresses('192.0.2.77') }, r2])), []);
  });

  it('touches the addresses of a router that is letting go too', () => {
    const rig = active(plan([r1]));
    rig.transport('r1', { source: null });
    assert.equal(rig.states(), 'r1 releasing');
    assert.deepEqual(rig.reload(plan([{ ...r1, addresses: addresses('192.0.2.77') }])), [
      'r1 dropSome 192.0.2.101',
      'r1 takeSome 192.0.2.77',
    ]);
  });

  it('with a new priority shifts the wait of a standby and does not begin it anew', () => {
    const rig = started(TWO);
    rig.pass(3000);
    rig.reload(plan([{ ...r1, priority: 200 }, r2]));
    assert.equal(rig.router('r1').machine.downAt, 3218.75);
    assert.equal(rig.router('r2').machine.downAt, 3218.75, 'a group has one priority (brain 1.2)');
  });

  it('with a new interval is on the wire at once', () => {
    const rig = active(plan([r1]));
    rig.pass(100);
    rig.reload(plan([{ ...r1, advertIntervalMs: 5000 }]));
    assert.deepEqual(rig.pass(5000), ['0 r1 advert 100', '4900 r1 announce', '5000 r1 advert 100']);
  });

  it('sends nothing while an active listens after a pause', () => {
    const rig = active(plan([r1]));
    rig.now += 60_000;
    rig.fact({ kind: 'late', lateMs: 60_000 });
    rig.reload(plan([{ ...r1, priority: 50 }]));
    assert.deepEqual(rig.pass(999), []);
  });

  it('takes a configured checksum at once', () => {
    const rig = started(plan([r1]));
    rig.reload(plan([{ ...r1, checksum: 'rfc9568' }]));
    assert.equal(rig.router('r1').machine.style, 'rfc9568');
  });

  it('knows no removed router any more: it resigns and its addresses go at once', () => {
    const rig = active(TWO);
    assert.deepEqual(rig.reload(plan([r2])), ['r1 removed resigning dropping']);
    assert.equal(rig.states(), 'r2 active');
  });

  it('says nothing on the wire for a removed router that was not active, nor in mode off', () => {
    const standby = started(TWO);
    assert.deepEqual(standby.reload(plan([r2])), ['r1 removed']);
    const own = { ...r1, group: 'r1' };
    const off = active(plan([own], { mode: 'off' }));
    assert.deepEqual(off.reload(plan([], { mode: 'off' })), ['r1 removed dropping']);
  });

  it('forgets faults and conditions of a removed router', () => {
    const rig = started(plan([r1, apart('r2')]));
    rig.transport('r1', { addressUp: false });
    rig.transport('r2', { advertUp: false });
    rig.reload(plan([router('r3')]));
    assert.deepEqual([faults(rig), conditions(rig)], [[], []]);
    assert.equal(rig.states(), 'r3 backup');
  });

  it('lets a new router follow its active group at once', () => {
    const rig = active(plan([r1]));
    assert.deepEqual(rig.reload(TWO), ['r2 advert 100', 'r2 take']);
  });

  it('lets a new router listen first where its group is not active', () => {
    const rig = started(plan([r1]));
    rig.hear('r1', 200);
    rig.pass(1000);
    rig.reload(TWO);
    assert.equal(rig.router('r2').machine.downAt, 1000 + DOWN);
  });

  it('lets a new router wait while its group lets go, an owner too', () => {
    const [one, two] = [r1, r2].map((r) => ({ ...r, priority: 255 }));
    const rig = active(plan([one!]));
    rig.fact({ kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold: { kind: 'none' }, force: false });
    assert.deepEqual(rig.reload(plan([one!, two!])), []);
    assert.equal(rig.states(), 'r1 releasing, r2 backup');
    rig.pass(2000);
    assert.equal(rig.states(), 'r1 active, r2 active', 'nobody took over: the whole group goes on');
  });

  it('keeps a new router away while its group is in fault', () => {
    const rig = started(plan([r1]));
    rig.transport('r1', { addressUp: false });
    rig.reload(TWO);
    assert.equal(rig.states(), 'r1 fault, r2 fault');
  });

  it('of a name alone keeps state, faults and conditions under the new name', () => {
    const rig = started(plan([r1, apart('r2')]));
    rig.transport('r2', { advertUp: false });
    rig.transport('r1', { source: null });
    const machine = rig.router('r1').machine;
    const renamed = plan([
      { ...r1, name: 'wan' },
      { ...apart('r2'), name: 'lan' },
    ]);
    rig.fact({ kind: 'plan', plan: renamed, transports: {}, actionId: null });
    assert.deepEqual(rig.router('wan').machine, machine);
    assert.deepEqual([faults(rig), conditions(rig)], [['wan noSource'], ['lan mute']]);
  });

  it('that exchanges two names keeps both states', () => {
    const separate = [router('r1', { group: 'r1' }), router('r2', { group: 'r2' })] as const;
    const rig = active(plan(separate, { mode: 'active-active' }));
    rig.pass(1);
    rig.hear('r2', 200);
    assert.equal(rig.states(), 'r1 active, r2 backup');
    const swapped = [
      { ...separate[0], name: 'r2', group: 'r2' },
      { ...separate[1], name: 'r1', group: 'r1' },
    ];
    rig.reload(plan(swapped, { mode: 'active-active' }));
    assert.equal(rig.states(), 'r2 active, r1 backup');
  });

  it('asks the network anew where it was asking', () => {
    const rig = started(plan([apart('r1'), apart('r2')]));
    for (const name of ['r1', 'r2']) rig.transport(name, { advertUp: false, source: null });
    rig.pass(DOWN);
    assert.notEqual(rig.instance.groups[0]!.probing, null);
    rig.reload(plan([{ ...apart('r1'), name: 'wan' }]));
    rig.transport('wan', { advertUp: false, source: null });
    assert.deepEqual(rig.pass(0), ['0 wan probe claim'], 'the answer for r2 would never have come');
    assert.deepEqual(rig.probed('wan', 'claim', false), ['wan advert 100', 'wan take']);
  });

  it('says nothing about sending: what failed fails on', () => {
    const rig = active(plan([r1]));
    rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    rig.reload(plan([{ ...r1, priority: 120 }]));
    rig.now += DOWN;
    rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    assert.deepEqual(faults(rig), ['r1 cannotSend']);
    rig.reload(plan([r1]));
    assert.deepEqual(faults(rig), ['r1 cannotSend']);
  });

  it('to a lower priority lets a better one be heard as better', () => {
    const rig = active(plan([r1]));
    rig.pass(1500);
    rig.reload(plan([{ ...r1, priority: 50 }]));
    assert.deepEqual(rig.hear('r1', 100), ['r1 advert 50', 'r1 drop']);
  });

  it('away from priority 255 ends the condition of two owners', () => {
    const rig = active(plan([{ ...r1, priority: 255 }]));
    rig.hear('r1', 255, { from: '192.0.2.1' });
    assert.deepEqual(conditions(rig), ['r1 twoOwners']);
    rig.reload(plan([r1]));
    assert.deepEqual(conditions(rig), []);
  });

  it('of `preempt` counts from the next advert on', () => {
    const rig = started(plan([r1], { preempt: false }));
    rig.hear('r1', 50);
    rig.reload(plan([r1], { preempt: true }));
    rig.pass(1000);
    rig.hear('r1', 50);
    assert.equal(rig.router('r1').machine.downAt, DOWN);
  });
});

describe('a reload to another mode', () => {
  const own = [router('r1', { group: 'r1' }), router('r2', { group: 'r2' })];
  const SEPARATE = plan(own, { mode: 'active-active' });

  it('that makes one group of two lets the routers that are not active join the active ones', () => {
    const rig = active(SEPARATE);
    rig.pass(1);
    rig.hear('r2', 200);
    assert.equal(rig.states(), 'r1 active, r2 backup');
    const effects = rig.reload(TWO);
    assert.deepEqual(effects, ['r2 advert 100', 'r2 take']);
    rig.pass(100);
    assert.deepEqual(withoutAdverts(rig.hear('r2', 200)), ['r1 drop', 'r2 drop'], 'and then the election is one');
  });

  it('that makes two groups of one moves nothing', () => {
    const rig = active(TWO);
    assert.deepEqual(rig.reload(SEPARATE), []);
    assert.equal(rig.states(), 'r1 active, r2 active');
    rig.pass(100);
    assert.deepEqual(rig.hear('r2', 200), ['r2 advert 100', 'r2 drop']);
    assert.equal(rig.states(), 'r1 active, r2 backup');
  });
});

describe('a router is the same one after a reload', () => {
  const same = (change: Partial<RouterPlan>): boolean => identityOf(r1) === identityOf({ ...r1, ...change });

  it('whatever its name, priority, addresses and times are', () => {
    assert.ok(same({ name: 'x' }));
    assert.ok(same({ priority: 7, group: 'x', advertIntervalMs: 10, checksum: 'rfc9568', accept: false }));
    assert.ok(same({ addresses: [], excludedAddresses: addresses('192.0.2.7') }));
    assert.ok(same({ sourceAddress: '192.0.2.7' }), 'multicast: the source is not part of it');
  });

  it('only with its VRID, family, version, interfaces, virtual MAC and way of sending', () => {
    const changes: readonly Partial<RouterPlan>[] = [
      { id: 2 },
      { family: 'ipv6' },
      { version: 2 },
      { interface: 'eth9' },
      { addressInterface: 'eth9' },
      { virtualMac: true },
      { unicastPeers: [OTHER] },
    ];
    for (const change of changes) assert.ok(!same(change), JSON.stringify(change));
    const unicast = { ...r1, unicastPeers: [OTHER] };
    assert.notEqual(identityOf(unicast), identityOf({ ...unicast, sourceAddress: '192.0.2.7' }));
    assert.equal(identityOf(unicast), identityOf({ ...unicast, unicastPeers: ['192.0.2.8'] }));
  });
});

describe('a reload while stopping', () => {
  it('starts nothing', () => {
    const rig: Rig = active(plan([r1]));
    rig.fact({ kind: 'stop', by: 'SIGTERM' });
    assert.deepEqual(rig.reload(TWO), []);
    assert.equal(rig.states(), 'r1 releasing, r2 init');
    assert.deepEqual(rig.hear('r1', 50), ['r1 drop', 'stopped']);
  });
});
