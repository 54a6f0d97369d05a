import assert from 'node:assert/strict';
import { routerSheet, routersTable } from '../../../cli/routers-text.ts';
import { statusText } from '../../../cli/status-text.ts';
import type { View } from '../../../cli/view.ts';
import { sampleRouter, sampleStatus } from '../daemon/sample-status.ts';
import { NOW } from './fake-engine.ts';

const view = (width = Infinity): View => ({ now: NOW, width, paint: (_style, text) => text });

const OTHER = sampleRouter({
  name: 'lan6',
  id: 52,
  family: 'ipv6',
  addresses: ['2001:db8::10/64', 'fe80::1/64'],
  state: 'backup',
  priority: 100,
  activeSource: 'fe80::2',
  holdsAddresses: false,
  reason: { code: 'betterHeard', text: 'fe80::2 is better for lan6: priority 200 against our 100' },
});

const FAULTY = sampleStatus({
  role: 'fault',
  eligible: false,
  reason: { code: 'faulted', text: 'wan: the address interface is down (eth0)' },
  routers: [
    sampleRouter({
      state: 'fault',
      activeSource: '192.0.2.2',
      holdsAddresses: false,
      reason: { code: 'faulted', text: 'wan: the address interface is down (eth0)' },
    }),
  ],
  faults: [
    {
      name: 'addressInterfaceDown',
      scope: 'router',
      router: 'wan',
      hard: true,
      since: '2026-11-21T01:00:00.000Z',
      text: 'wan: the address interface is down (eth0)',
    },
  ],
  conditions: [
    {
      name: 'mute',
      router: 'wan',
      since: '2026-11-19T01:00:00.000Z',
      text: 'wan: mute: adverts can be neither sent nor heard',
    },
  ],
  preemptionHeldUntil: '2026-11-21T01:14:00.000Z',
  realtime: { scheduling: false, memoryLocked: false },
});

describe('the text of status', () => {
  let zone: string | undefined;
  before(() => {
    zone = process.env['TZ'];
    process.env['TZ'] = 'UTC';
  });
  after(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('shows an active instance at a glance', () => {
    assert.equal(
      statusText(sampleStatus(), view()),
      `a is active since 01:00:00 (4 min): no advert for wan for 3.61 s; no faults; nobody else is heard as active
stack edge, active-passive, primary, eligible, version 0.1.0
took over within 13 ms

ROUTER  VRID  STATE   PRIORITY  SINCE  ADDRESSES        WHY
wan     51    active  200       4 min  203.0.113.10/24  no advert for wan for 3.61 s

lateness in the last minute: 0.1 ms median, 0.8 ms p99, 2.4 ms worst; real-time scheduling, memory locked
configuration 0123456789abcdef since 00:59:00; guardian 100, engine 101, manager -, helper 102
`,
    );
  });

  it('says how long the peer took to which it gave the role', () => {
    const reason = { code: 'handedOver', text: 'handed over to b' } as const;
    const lastHandover = { at: '2026-11-21T01:00:00.000Z', peer: 'b', purpose: 'switchover', durationMs: 9.2 } as const;
    const given = sampleStatus({ role: 'standby', reason, lastHandover });
    assert.match(statusText(given, view()), /^b took over within 9\.2 ms$/m);
    const since = sampleStatus({ role: 'standby', reason: { code: 'recovered', text: 'recovered' }, lastHandover });
    assert.doesNotMatch(statusText(since, view()), /took over within/);
  });

  it('shows faults, conditions and who else is active', () => {
    assert.equal(
      statusText(FAULTY, view()),
      `a is in fault since 01:00:00 (4 min): wan: the address interface is down (eth0); 1 fault; 192.0.2.2 is heard as active
stack edge, active-passive, primary, not eligible, version 0.1.0
preemption is held until 01:14:00 (tandem switchover --release-hold ends it)

ROUTER  VRID  STATE  PRIORITY  SINCE  ADDRESSES        WHY
wan     51    fault  200       4 min  203.0.113.10/24  wan: the address interface is down (eth0)

Faults
  addressInterfaceDown since 01:00:00 (4 min): wan: the address interface is down (eth0)

Conditions
  mute since 2026-11-19 01:00:00 (2 d): wan: mute: adverts can be neither sent nor heard

lateness in the last minute: 0.1 ms median, 0.8 ms p99, 2.4 ms worst; ordinary scheduling, memory not locked
configuration 0123456789abcdef since 00:59:00; guardian 100, engine 101, manager -, helper 102
`,
    );
  });

  it('fits a narrow terminal', () => {
    const status = sampleStatus({ routers: [sampleRouter(), OTHER], preemptionHeldUntil: 'released' });
    for (const width of [20, 40, 60, 80]) {
      for (const line of statusText(status, view(width)).split('\n'))
        assert.ok(line.length <= width, `${width}: ${line}`);
    }
    assert.match(statusText(status, view()), /preemption is held until it is released/);
  });

  it('says where addresses are not where the state says', () => {
    const status = sampleStatus({
      routers: [
        sampleRouter({ holdsAddresses: false }),
        sampleRouter({
          name: 'b',
          state: 'backup',
          holdsAddresses: true,
          addresses: ['192.0.2.9/32', '192.0.2.10/32'],
        }),
      ],
    });
    const text = statusText(status, view());
    assert.match(text, /203\.0\.113\.10\/24 \(not here yet\)/);
    assert.match(text, /192\.0\.2\.9\/32 \+1 \(still here\)/);
  });

  it('says that nobody is heard', () => {
    const status = sampleStatus({
      role: 'standby',
      routers: [sampleRouter({ state: 'backup', holdsAddresses: false })],
    });
    assert.match(statusText(status, view()), /^a is standby .*; nobody is heard as active\n/);
    assert.match(statusText(sampleStatus({ routers: [] }), view()), /no virtual routers are configured/);
  });

  it('shows all routers in a table, and one on a sheet', () => {
    assert.equal(
      routersTable([sampleRouter(), OTHER], view()),
      `ROUTER  VRID  VERSION  INTERFACE  STATE   PRIORITY  SINCE  ACTIVE         EVERY  ADDRESSES
wan     51    v3 IPv4  eth2       active  200       4 min  this instance  1 s    203.0.113.10/24
lan6    52    v3 IPv6  eth2       backup  100       4 min  fe80::2        1 s    2001:db8::10/64 +1
`,
    );
    assert.equal(
      routerSheet(OTHER, view()).split('counters')[0],
      `lan6
  state         backup since 01:00:00 (4 min)
  why           fe80::2 is better for lan6: priority 200 against our 100
  priority      100
  active        fe80::2
  router        VRID 52, VRRP version 3, IPv6, group stack
  adverts on    eth2, from 192.0.2.1
  addresses on  eth0: 2001:db8::10/64, fe80::1/64 (not here)
  intervals     advert every 1 s, the active every 1 s, taken for down after 3.22 s
  checksum      RFC 5798
`,
    );
    assert.match(routerSheet(OTHER, view()), /\n {2}adverts sent +240\n/);
  });
});
