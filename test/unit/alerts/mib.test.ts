import assert from 'node:assert/strict';
import { NOTIFICATIONS } from '../../../alerts/mib/notification.ts';
import { EVENT_OBJECT_NAMES } from '../../../alerts/mib/notify.ts';
import { TANDEM_NOTIFICATIONS, TANDEM_OBJECTS, oidText, parseOid } from '../../../alerts/mib/oid.ts';
import type { Oid } from '../../../alerts/mib/oid.ts';
import { tandemColumns } from '../../../alerts/mib/tandem.ts';
import type { MibValue } from '../../../alerts/mib/value.ts';
import { createView } from '../../../alerts/mib/view.ts';
import type { Found, MibView } from '../../../alerts/mib/view.ts';
import { createVrrpNotes } from '../../../alerts/mib/vrrp-notes.ts';
import { vrrpv3Columns } from '../../../alerts/mib/vrrpv3.ts';
import type { VrrpFacts } from '../../../alerts/mib/vrrpv3.ts';
import { readMib } from '../../support/mib-file.ts';
import { sampleRouter, sampleStatus } from '../../support/sample-status.ts';

const AT = Date.parse('2026-11-21T01:00:05.500Z');
const STATUS = sampleStatus();

const FACTS: VrrpFacts = {
  ...createVrrpNotes(),
  ifIndex: (name) => (name === 'lo' ? 1 : null),
  preempt: true,
  accept: (router) => router === 'wan',
  discontinuityMs: 0,
  now: () => AT,
};

const tandem = tandemColumns(STATUS, () => AT);

/** Of a SYNTAX, how it is sent. */
function typeOf(syntax: string): MibValue['type'] {
  if (/^(TandemText|TandemName|OCTET STRING|DateAndTime)/.test(syntax)) return 'octets';
  if (/^(Gauge32|Unsigned32)/.test(syntax)) return 'gauge';
  if (syntax.startsWith('Counter32')) return 'counter32';
  if (syntax.startsWith('Counter64')) return 'counter64';
  if (syntax.startsWith('TimeTicks')) return 'ticks';
  assert.match(syntax, /^(INTEGER|Integer32|TruthValue|Tandem(InstanceRole|Health|Answer|Severity))/);
  return 'integer';
}

function walk(view: MibView, from: Oid = [0]): Found[] {
  const all: Found[] = [];
  for (let at = view.next(from); at !== null; at = view.next(at.oid)) {
    all.push(at);
    assert.ok(all.length < 100_000, 'the walk comes to its end');
  }
  return all;
}

const shown = (value: MibValue | string): string | number | bigint =>
  typeof value === 'string' ? value : value.type === 'octets' ? value.value.toString('latin1') : String(value.value);

describe('TANDEM-MIB', () => {
  const mib = readMib();
  const readable = [...mib.values()].filter(({ access }) => access === 'read-only');

  it('is served as it is written: every readable object, under its number and type, and no other', () => {
    assert.ok(readable.length > 100);
    assert.deepEqual(
      tandem.map(({ name, oid }) => `${name} ${oidText(oid)}`).toSorted(),
      readable.map(({ name, oid }) => `${name} ${oid}`).toSorted(),
    );
    for (const column of tandem) {
      const syntax = mib.get(column.name)!.syntax;
      for (let at = 0; at < column.instances.length; at++) {
        const value = column.value(at);
        if (value !== null) assert.equal(value.type, typeOf(syntax), `${column.name}: ${syntax}`);
      }
    }
  });

  it('has the notifications that the code sends, and the objects that they carry', () => {
    const notifications = [...mib.values()].filter(({ macro }) => macro === 'NOTIFICATION-TYPE');
    assert.deepEqual(
      notifications.map(({ name, oid }) => [name, oid]),
      Object.entries(NOTIFICATIONS).map(([name, number]) => [name, oidText([...TANDEM_NOTIFICATIONS, number])]),
    );
    for (const { objects } of notifications) assert.deepEqual(objects, EVENT_OBJECT_NAMES);
    EVENT_OBJECT_NAMES.forEach((name, i) => {
      assert.equal(mib.get(name)?.oid, oidText([...TANDEM_OBJECTS, 8, i + 1]));
      assert.equal(mib.get(name)?.access, 'accessible-for-notify');
    });
  });

  it('puts every object and notification into a conformance group', () => {
    const grouped = [...mib.values()].filter(({ macro }) => macro.endsWith('-GROUP'));
    assert.equal(grouped.length, 6);
    const members = grouped.flatMap(({ name, objects }) => (objects.length > 0 ? objects : notificationsIn(name)));
    const wanted = [...mib.values()].filter(
      ({ macro, access }) => macro === 'NOTIFICATION-TYPE' || (access !== '' && access !== 'not-accessible'),
    );
    assert.deepEqual(members.toSorted(), wanted.map(({ name }) => name).toSorted());
  });

  it('shows what the status says', () => {
    const view = createView(tandem);
    const get = (name: string, ...instance: number[]) =>
      shown(view.get([...parseOid(mib.get(name)!.oid)!, ...instance]));
    const wan = [3, ...Buffer.from('wan')];
    assert.equal(get('tandemInstanceName', 0), 'a');
    assert.equal(get('tandemRole', 0), '2');
    assert.equal(get('tandemReasonText', 0), STATUS.reason.text);
    assert.equal(get('tandemStatusAge', 0), '50');
    assert.equal(get('tandemRoleSince', 0), '\u0007\u00ea\u000b\u0015\u0001\u0000\u0000\u0000+\u0000\u0000');
    assert.equal(get('tandemAdvertsSent', 0), '10000000000');
    assert.equal(get('tandemLatenessWorst', 0), '2000');
    assert.equal(get('tandemBandwidthNow', 0), '412000');
    assert.equal(get('tandemRouterState', ...wan), '3');
    assert.equal(get('tandemRouterReasonText', ...wan), 'no advert for wan for 3.60 s');
    assert.equal(get('tandemAddressText', ...wan, 2), '203.0.113.11/24');
    assert.equal(get('tandemAddressAdvertised', ...wan, 2), '2');
    assert.equal(get('tandemPathRoundTrip', 1, 98, 1), '400');
    assert.equal(get('tandemPathRoundTrip', 1, 98, 2), 'noSuchInstance');
    assert.equal(get('tandemFaultText', 5, ...Buffer.from('track'), ...wan), 'wan: a check fails (gateway)');
    assert.equal(get('tandemConditionText', 8, ...Buffer.from('pathDown'), 1, 98), 'b: a path does not answer');
    assert.equal(get('tandemTrackWeight', 7, ...Buffer.from('gateway')), '-10');
    assert.equal(get('tandemEventReasonText', 0), 'noSuchObject');
  });

  it('has nothing to show without a status', () => {
    assert.equal(createView(tandemColumns(null, () => AT)).next([0]), null);
  });

  it('is walked in order, every instance once, each found again by a get', () => {
    const view = createView([...tandem, ...vrrpv3Columns(STATUS, FACTS)]);
    const all = walk(view);
    const instances = [...tandem, ...vrrpv3Columns(STATUS, FACTS)].flatMap((column) =>
      column.instances.filter((_, at) => column.value(at) !== null),
    );
    assert.equal(all.length, instances.length);
    for (const { oid, value } of all) assert.deepEqual(view.get(oid), value);
    const texts = all.map(({ oid }) => oid.map((part) => String(part).padStart(10, '0')).join('.'));
    assert.deepEqual(texts, texts.toSorted());
  });

  function notificationsIn(group: string): string[] {
    assert.equal(group, 'tandemNotificationGroup');
    return Object.keys(NOTIFICATIONS);
  }
});

describe('VRRPV3-MIB', () => {
  const OPERATIONS = '1.3.6.1.2.1.207.1.1.1.1';
  const STATISTICS = '1.3.6.1.2.1.207.1.2.5.1';
  const view = createView(vrrpv3Columns(STATUS, FACTS));
  const get = (text: string) => shown(view.get(parseOid(text)!));

  it('is served by ifIndex, VRID and family', () => {
    assert.equal(get(`${OPERATIONS}.6.1.51.1`), '3');
    assert.equal(get(`${OPERATIONS}.6.1.52.2`), '2');
    assert.equal(get(`${OPERATIONS}.3.1.51.1`), '\u00c0\u0000\u0002\u0001');
    assert.equal(get(`${OPERATIONS}.5.1.51.1`), '\u0000\u0000\u005e\u0000\u0001\u0033');
    assert.equal(get(`${OPERATIONS}.7.1.51.1`), '200');
    assert.equal(get(`${OPERATIONS}.9.1.51.1`), '10');
    assert.equal(get(`${OPERATIONS}.11.1.51.1`), '1');
    assert.equal(get(`${OPERATIONS}.11.1.52.2`), '2');
    assert.equal(get(`${OPERATIONS}.12.1.51.1`), '525');
    assert.equal(get(`${STATISTICS}.1.1.51.1`), '3');
    assert.equal(get(`${STATISTICS}.11.1.52.2`), '7');
    assert.equal(get('1.3.6.1.2.1.207.1.2.1.0'), '16');
    assert.equal(get(`1.3.6.1.2.1.207.1.1.2.1.2.1.51.1.4.203.0.113.10`), '1');
  });

  it('gives every row every column: a walk finds no hole', () => {
    const rows = walk(view, parseOid(OPERATIONS)!).filter(({ oid }) => oidText(oid).startsWith(`${OPERATIONS}.`));
    assert.equal(rows.length, 2 * 11);
    const counters = walk(view, parseOid(STATISTICS)!).filter(({ oid }) => oidText(oid).startsWith(`${STATISTICS}.`));
    assert.equal(counters.length, 2 * 13);
  });

  it('leaves out version 2, which has a MIB of its own, and a router whose interface has no number', () => {
    const routers = [sampleRouter({ version: 2 }), sampleRouter({ name: 'x', id: 9, interface: 'gone' })];
    const other = createView(vrrpv3Columns(sampleStatus({ routers }), FACTS));
    assert.deepEqual(
      walk(other).map(({ oid }) => oidText(oid)),
      ['1.3.6.1.2.1.207.1.2.1.0', '1.3.6.1.2.1.207.1.2.2.0', '1.3.6.1.2.1.207.1.2.4.0'],
    );
  });

  it('shows routers of the same number on the same interface once, so that a walk ends', () => {
    const routers = [sampleRouter(), sampleRouter({ name: 'again' })];
    const other = createView(vrrpv3Columns(sampleStatus({ routers }), FACTS));
    assert.equal(walk(other).filter(({ oid }) => oidText(oid).startsWith(`${OPERATIONS}.6.`)).length, 1);
  });
});
