import assert from 'node:assert/strict';
import { notificationOf } from '../../../alerts/mib/notification.ts';
import type { NotificationName } from '../../../alerts/mib/notification.ts';
import { EVENT_OBJECT_NAMES, notificationsOf } from '../../../alerts/mib/notify.ts';
import { oidText } from '../../../alerts/mib/oid.ts';
import { createVrrpNotes } from '../../../alerts/mib/vrrp-notes.ts';
import { accept, expectationOf } from '../../../vrrp/acceptance.ts';
import { MANAGER_KINDS } from '../../../core/api/journal.ts';
import type { JournalEntry, JournalKind } from '../../../core/api/journal.ts';
import type { Severity } from '../../../core/event.ts';
import { formatReason } from '../../../core/reason.ts';
import type { Reason } from '../../../core/reason.ts';
import { sampleRouter, sampleStatus } from '../../support/sample-status.ts';
import { entry } from '../../support/sample-entry.ts';
import { routerPlan } from '../vrrp/edge-samples.ts';

type Row = readonly [kind: JournalKind, code: string, severity: Severity, sent: NotificationName | null];

/** Every kind, and every code of it that the engine or the manager says. */
const TABLE: readonly Row[] = [
  ['role', 'starting', 'info', 'tandemRoleChanged'],
  ['role', 'peerUnhealthy', 'critical', 'tandemRoleChanged'],
  ['role', 'handoverBegun', 'info', 'tandemRoleChanged'],
  ['role', 'handoverAborted', 'warning', 'tandemRoleChanged'],
  ['role', 'refused', 'info', null],
  ['router', 'masterDown', 'info', 'tandemRouterChanged'],
  ['fault', 'faulted', 'critical', 'tandemFaultRaised'],
  ['fault', 'faultCleared', 'info', 'tandemFaultCleared'],
  ['condition', 'conditionRaised', 'warning', 'tandemConditionRaised'],
  ['condition', 'conditionCleared', 'info', 'tandemConditionCleared'],
  ['address', 'addressesTaken', 'info', null],
  ['address', 'addressesLetGo', 'info', null],
  ['address', 'addressLost', 'warning', 'tandemOtherEvent'],
  ['address', 'addressRestored', 'warning', 'tandemOtherEvent'],
  ['address', 'addressFailed', 'critical', 'tandemOtherEvent'],
  ['address', 'leftoverRemoved', 'warning', 'tandemOtherEvent'],
  ['advert', 'announcedAgain', 'info', 'tandemTwoActives'],
  ['advert', 'checksumStyle', 'info', null],
  ['advert', 'advertIgnored', 'warning', 'tandemOtherEvent'],
  ['advert', 'addressListDiffers', 'warning', 'tandemOtherEvent'],
  ['advert', 'ownSourceHeard', 'warning', 'tandemOtherEvent'],
  ['advert', 'sendFailed', 'warning', 'tandemOtherEvent'],
  ['advert', 'flood', 'warning', 'tandemOtherEvent'],
  ['peer', 'peerHealthy', 'info', 'tandemPeerChanged'],
  ['peer', 'peerUnhealthy', 'warning', 'tandemPeerChanged'],
  ['peer', 'peerRestarted', 'info', 'tandemPeerChanged'],
  ['peer', 'pathHealthy', 'info', 'tandemPathChanged'],
  ['peer', 'pathUnhealthy', 'warning', 'tandemPathChanged'],
  ['peer', 'configWarning', 'warning', 'tandemOtherEvent'],
  ['link', 'pairChanged', 'warning', 'tandemLinkPairChanged'],
  ['track', 'trackChanged', 'info', 'tandemTrackChanged'],
  ['bandwidth', 'bandwidthLow', 'warning', 'tandemBandwidthLow'],
  ['bandwidth', 'bandwidthArmed', 'info', 'tandemBandwidthOk'],
  ['bandwidth', 'bandwidthDisarmed', 'info', null],
  ['flap', 'flapped', 'warning', 'tandemFlapped'],
  ['flap', 'flapsReset', 'info', 'tandemFlapped'],
  ['flap', 'latched', 'critical', 'tandemFlapLimitReached'],
  ['bypass', 'serviceDown', 'critical', 'tandemServiceDown'],
  ['bypass', 'serviceRestored', 'info', 'tandemServiceRestored'],
  ['bypass', 'bypassWanted', 'critical', 'tandemBypassChanged'],
  ['bypass', 'bypassRead', 'info', 'tandemBypassChanged'],
  ['bypass', 'bypassFound', 'critical', 'tandemBypassChanged'],
  ['action', 'actionAccepted', 'info', null],
  ['action', 'actionRefused', 'warning', 'tandemOtherEvent'],
  ['config', 'configLoaded', 'info', null],
  ['config', 'configRefused', 'warning', 'tandemOtherEvent'],
  ['process', 'starting', 'info', null],
  ['process', 'predecessorEnded', 'critical', 'tandemOtherEvent'],
  ['process', 'paused', 'critical', 'tandemOtherEvent'],
  ['user', 'loggedIn', 'info', null],
  ['user', 'loginFailed', 'warning', 'tandemOtherEvent'],
  ['alert', 'testAlert', 'info', 'tandemTest'],
  ['alert', 'sinkFailing', 'warning', 'tandemOtherEvent'],
  ['alert', 'sinkBack', 'info', null],
  ['drill', 'drillDone', 'info', 'tandemDrill'],
  ['drill', 'drillSkipped', 'warning', 'tandemDrill'],
  ['drill', 'drillFailed', 'critical', 'tandemDrill'],
  ['session', 'sessionRestored', 'info', null],
  ['session', 'sessionEnded', 'warning', 'tandemOtherEvent'],
  ['manager', 'managerStarted', 'info', null],
  ['manager', 'engineLost', 'critical', 'tandemOtherEvent'],
];

describe('notifications of an entry', () => {
  for (const [kind, code, severity, sent] of TABLE) {
    it(`${kind} ${code} (${severity}): ${sent ?? 'none'}`, () => {
      assert.equal(notificationOf(entry({ kind, severity, reason: { code, text: 'x' } })), sent);
    });
  }

  it('are known for every kind', () => {
    const kinds = new Set(TABLE.map(([kind]) => kind));
    const engine = ['role', 'router', 'fault', 'condition', 'address', 'advert', 'peer', 'link', 'track'];
    const rest = ['bandwidth', 'flap', 'bypass', 'action', 'config', 'process', ...MANAGER_KINDS];
    assert.deepEqual([...kinds].toSorted(), [...engine, ...rest].toSorted());
  });

  for (const [condition, sent] of [
    ['twoOwners', 'tandemTwoActives'],
    ['flapLimitReached', 'tandemFlapLimitReached'],
    ['primaryConflict', 'tandemConditionRaised'],
  ] as const) {
    it(`${sent} for the condition ${condition}, whatever it is about`, () => {
      const reason = { code: 'conditionRaised', condition, router: 'wan', detail: '192.0.2.7' } as const;
      assert.equal(notificationOf(entry({ kind: 'condition', severity: 'warning', reason: worded(reason) })), sent);
    });
  }
});

const worded = (reason: Reason) => ({ code: reason.code, text: formatReason(reason) });

describe('what is sent of an entry', () => {
  const status = sampleStatus();
  const surroundings = { status, ifIndex: (name: string) => (name === 'lo' ? 1 : null) };
  const of = (more: Partial<JournalEntry>) => notificationsOf(entry(more), surroundings);

  it('says who, why, since when and to which incident it belongs', () => {
    const [sent, ...others] = of({
      kind: 'role',
      from: 'standby',
      to: 'active',
      incident: 'i1',
      seq: 17,
      reason: { code: 'peerUnhealthy', text: 'b missed 3 of 3 checks on every path' },
    });
    assert.equal(others.length, 0);
    assert.equal(oidText(sent!.oid), '1.3.6.1.4.1.32473.11211.0.1');
    assert.deepEqual(
      sent!.varbinds.map(({ value }, i) => [
        EVENT_OBJECT_NAMES[i],
        value.type === 'octets' ? value.value.toString('latin1') : Number(value.value),
      ]),
      [
        ['tandemEventInstance', 'a'],
        ['tandemEventRole', 2],
        ['tandemEventReasonText', 'b missed 3 of 3 checks on every path'],
        ['tandemEventReasonCode', 'peerUnhealthy'],
        ['tandemEventSeverity', 1],
        ['tandemEventKind', 'role'],
        ['tandemEventIncident', 'i1'],
        ['tandemEventTime', '\u0007\u00ea\u000b\u0015\u0001\u0002\u0003\u0004+\u0000\u0000'],
        ['tandemEventRouter', ''],
        ['tandemEventFrom', 'standby'],
        ['tandemEventTo', 'active'],
        ['tandemEventActor', ''],
        ['tandemEventId', 'e1'],
        ['tandemEventSeq', 17],
      ],
    );
  });

  for (const [name, code, reason] of [
    ['a dead active', 'masterDown', 3],
    ['preemption', 'preempting', 2],
    ['an owner', 'owner', 1],
  ] as const) {
    it(`is RFC 6527's vrrpv3NewMaster too when a router becomes active: ${name}`, () => {
      const sent = of({ kind: 'router', router: 'wan', from: 'backup', to: 'active', reason: { code, text: 'why' } });
      assert.deepEqual(
        sent.map((one) => one.name),
        ['tandemRouterChanged', 'vrrpv3NewMaster'],
      );
      const [master, why, ...ours] = sent[1]!.varbinds;
      assert.equal(oidText(sent[1]!.oid), '1.3.6.1.2.1.207.0.1');
      assert.equal(oidText(master!.oid), '1.3.6.1.2.1.207.1.1.1.1.3.1.51.1');
      assert.deepEqual(master!.value, { type: 'octets', value: Buffer.of(192, 0, 2, 1) });
      assert.equal(oidText(why!.oid), '1.3.6.1.2.1.207.1.2.5.1.2.1.51.1');
      assert.deepEqual(why!.value, { type: 'integer', value: reason });
      assert.ok(ours.some(({ value }) => value.type === 'octets' && value.value.toString() === 'why'));
    });
  }

  it('is ours alone for version 2, for another state, and for a router that is no longer there', () => {
    const event = { kind: 'router', router: 'wan', from: 'backup', to: 'active' } as const;
    assert.equal(of({ ...event, to: 'fault' }).length, 1);
    assert.equal(of({ ...event, router: 'gone' }).length, 1);
    const old = sampleStatus({ routers: [sampleRouter({ version: 2 })] });
    assert.equal(notificationsOf(entry(event), { ...surroundings, status: old }).length, 1);
    assert.equal(notificationsOf(entry(event), { ...surroundings, status: null }).length, 1);
  });

  describe('of a protocol error', () => {
    const expected = expectationOf(routerPlan({ id: 51, version: 3 }));
    const group = Uint8Array.of(224, 0, 0, 18);
    const source = Uint8Array.of(192, 0, 2, 9);
    const advert = (first: number) => Uint8Array.of(first, 51, 100, 1, 0, 10, 1, 1, 203, 0, 113, 10);
    for (const [name, ttl, payload, reason] of [
      ['TTL', 254, advert(0x31), 1],
      ['version', 255, advert(0x21), 2],
      ['checksum', 255, advert(0x31), 3],
      ['length', 255, advert(0x31).subarray(0, 7), null],
    ] as const) {
      it(`a wrong ${name} is ${reason === null ? 'no vrrpv3ProtoError' : `vrrpv3ProtoError ${reason}`}`, () => {
        const refused = accept(expected, { source, destination: group, ttl, payload }, null);
        assert.ok(!refused.ok);
        const event = entry({
          kind: 'advert',
          severity: 'warning',
          router: 'wan',
          reason: worded({ code: 'advertIgnored', source: '192.0.2.9', error: refused.error.text }),
        });
        const sent = notificationsOf(event, surroundings);
        assert.equal(sent[0]?.name, 'tandemOtherEvent');
        assert.equal(sent[1]?.name, reason === null ? undefined : 'vrrpv3ProtoError');
        if (reason === null) return;
        assert.equal(oidText(sent[1]!.varbinds[0]!.oid), '1.3.6.1.2.1.207.1.2.5.1.6.1.51.1');
        assert.deepEqual(sent[1]!.varbinds[0]!.value, { type: 'integer', value: reason });
        const notes = createVrrpNotes();
        notes.take(event);
        assert.equal(notes.protoErrReason('wan'), reason);
      });
    }
  });

  it('cuts a text that is too long between two characters', () => {
    const [sent] = of({ kind: 'fault', reason: { code: 'faulted', text: 'ä'.repeat(1000) } });
    const value = sent!.varbinds[2]!.value;
    assert.ok(value.type === 'octets' && value.value.length <= 1024);
    assert.match(value.value.toString(), /^ä{510}…$/);
  });
});

describe('notes of the journal', () => {
  it('know why a router became active, and since when it has been running', () => {
    const notes = createVrrpNotes();
    const take = (from: 'init' | 'backup' | 'active' | 'fault', to: typeof from, at: string, code = 'started') =>
      notes.take(entry({ kind: 'router', router: 'wan', from, to, at, reason: { code, text: '' } }));
    assert.equal(notes.newMasterReason('wan'), 0);
    take('init', 'backup', '2026-11-21T01:00:00.000Z');
    take('backup', 'active', '2026-11-21T01:00:03.000Z', 'masterDown');
    assert.equal(notes.newMasterReason('wan'), 3);
    assert.equal(notes.upSince('wan'), Date.parse('2026-11-21T01:00:00.000Z'));
    take('active', 'fault', '2026-11-21T01:00:04.000Z', 'faulted');
    assert.equal(notes.upSince('wan'), null);
    assert.equal(notes.newMasterReason('wan'), 3);
  });
});
