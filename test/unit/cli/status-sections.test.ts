import assert from 'node:assert/strict';
import { linksText } from '../../../cli/links-text.ts';
import { peersText } from '../../../cli/peers-text.ts';
import { statusText } from '../../../cli/status-text.ts';
import type { View } from '../../../cli/view.ts';
import type { Status } from '../../../core/status.ts';
import { sampleLinks, samplePeer, sampleRouter, sampleStatus } from '../daemon/sample-status.ts';
import { NOW } from './fake-engine.ts';

const view = (width = Infinity): View => ({ now: NOW, width, paint: (_style, text) => text });
const SINCE = '2026-11-21T01:00:00.000Z';

const FULL: Partial<Status> = {
  peers: [samplePeer()],
  links: sampleLinks(),
  bandwidth: {
    enabled: true,
    bps: 412_345_678,
    averageBps: 400_000_000,
    minimum: 50_000_000,
    windowSeconds: 10,
    state: 'ok',
    disarmedBy: null,
  },
  flaps: { count: 1, max: 6, windowSeconds: 900, latched: false, at: [SINCE] },
  bypass: {
    driver: 'bridge',
    state: 'inline',
    latched: false,
    by: null,
    commanded: 'inline',
    reason: null,
    reasonSince: null,
    holder: true,
    since: SINCE,
    detail: '',
    powerOff: null,
    watchdog: null,
  },
  tracks: [
    {
      name: 'gateway',
      type: 'ping',
      up: false,
      failing: 3,
      rising: 0,
      weight: -50,
      routers: ['wan'],
      detail: 'no answer',
    },
  ],
};

/** The lines of the status that begin with this word. */
function lines(change: Partial<Status>, word: string): string[] {
  const text = statusText(sampleStatus(change), view());
  return text.split('\n').filter((line) => line.startsWith(word));
}

describe('the status of what is configured', () => {
  let zone: string | undefined;
  before(() => {
    zone = process.env['TZ'];
    process.env['TZ'] = 'UTC';
  });
  after(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('shows peers, link pairs, tracks, bandwidth, flaps and bypass', () => {
    const text = statusText(sampleStatus(FULL), view());
    const [, , ...sections] = text.split('\n\n');
    assert.equal(
      sections.slice(0, 4).join('\n\n'),
      `PEER  HEALTH   SINCE  ROLE     CONTACT    CHECKS         LINK PAIRS      WHY
b     healthy  5 min  standby  12 ms ago  0 of 3 missed  1 up, 1 needed  a reports that it is active for wan (priority 200)

LINK PAIR  STATE  SINCE  OUTSIDE  INSIDE
wan1       up     5 min  eth0 up  eth1 up
1 of 1 link pairs up, at least 1 needed

TRACK    TYPE  STATE  WEIGHT        ROUTERS  LAST CHECK
gateway  ping  down   priority -50  wan      no answer

bandwidth: 412.3 Mbps received, 400 Mbps on average over 10 s, minimum 50 Mbps: enough
flaps: 1 flap in 15 min, 6 allowed
bypass: inline since 01:00:00 (4 min), driver bridge, this instance engages it when service is down`,
    );
  });

  it('leaves out what is not configured', () => {
    assert.doesNotMatch(statusText(sampleStatus(), view()), /PEER|LINK|TRACK|bandwidth|flap|bypass|maintenance/);
  });

  it('fits a narrow terminal', () => {
    for (const width of [20, 40, 60, 80, 100]) {
      for (const line of statusText(sampleStatus(FULL), view(width)).split('\n'))
        assert.ok(line.length <= width, `${width}: ${line}`);
    }
  });

  it('shows flaps without peers once there are any, or when they have latched', () => {
    const flaps = { count: 0, max: 6, windowSeconds: 90, latched: false, at: [] };
    assert.deepEqual(lines({ flaps }, 'flaps'), []);
    assert.deepEqual(lines({ flaps: { ...flaps, count: 2, max: 0 } }, 'flaps'), ['flaps: 2 flaps in 90 s, no limit']);
    assert.deepEqual(lines({ flaps: { ...flaps, count: 7, latched: true } }, 'flaps'), [
      'flaps: 7 flaps in 90 s, 6 allowed; out of service until tandem flaps reset',
    ]);
    const bypass = { ...sampleStatus().bypass, latched: true };
    assert.match(lines({ flaps: { ...flaps, latched: true }, bypass }, 'flaps')[0]!, /until tandem bypass release$/);
  });

  it('says why the bypass is engaged, since when, and what ends it', () => {
    const of = (change: Partial<Status['bypass']>): string =>
      lines({ bypass: { ...FULL.bypass!, holder: false, since: null, ...change } }, 'bypass')[0]!;
    const because = (text: string) => ({ reason: { code: 'bypassBecause', text }, reasonSince: SINCE }) as const;
    assert.equal(
      of({ state: 'bypass', by: 'flaps', ...because('too many flaps: more than 6 within 15m') }),
      'bypass: engaged, too many flaps: more than 6 within 15m (since 01:00:00), until tandem bypass release, driver bridge',
    );
    assert.equal(
      of({ state: 'bypass', by: 'operator', ...because('asked for by ann') }),
      'bypass: engaged, asked for by ann (since 01:00:00), until tandem bypass release, driver bridge',
    );
    assert.equal(
      of({ state: 'inline', by: 'serviceDown', ...because('no instance of the stack is eligible') }),
      'bypass: inline, to be engaged: no instance of the stack is eligible (since 01:00:00), driver bridge',
    );
    const watchdog = { armed: true, timeMs: 2000, fedAt: '2026-11-21T01:04:09.700Z' };
    assert.equal(
      of({ powerOff: 'bypass', watchdog }),
      'bypass: inline, driver bridge, without power traffic passes uninspected, watchdog of 2 s armed, last fed 300 ms ago',
    );
    assert.match(of({ watchdog: { ...watchdog, armed: false, fedAt: null } }), /, watchdog of 2 s not armed$/);
    assert.equal(of({ state: 'notFitted', detail: 'no card' }), 'bypass: not fitted, driver bridge (no card)');
  });

  it('says where bandwidth is not judged, and who moved the role for lack of it', () => {
    const of = (change: Partial<Status['bandwidth']>): string =>
      lines({ bandwidth: { ...FULL.bandwidth!, averageBps: null, ...change } }, 'bandwidth')[0]!;
    assert.equal(
      of({ state: 'off', bps: 1000 }),
      'bandwidth: 1 kbps received, minimum 50 Mbps: not judged while not active',
    );
    assert.equal(
      of({ state: 'measuring', bps: null }),
      'bandwidth: nothing measured, minimum 50 Mbps: still measuring',
    );
    assert.match(of({ state: 'low', disarmedBy: 'b' }), /: too little; b moved the role for lack of traffic/);
  });

  it('says until when maintenance lasts', () => {
    const of = (until: string | null): string =>
      lines({ role: 'maintenance', maintenance: { by: 'ann', since: SINCE, until } }, 'maintenance by')[0]!;
    const begin = 'maintenance by ann since 01:00:00 (4 min), until';
    assert.equal(of(null), `${begin} it is left (tandem maintenance off ends it)`);
    assert.equal(of('reboot'), `${begin} the next reboot (tandem maintenance off ends it)`);
    assert.equal(of('2026-11-21T03:00:00.000Z'), `${begin} 03:00:00 (tandem maintenance off ends it)`);
  });

  it('names the peer that is heard as active', () => {
    const routers = [sampleRouter({ state: 'backup', activeSource: '192.0.2.2', holdsAddresses: false })];
    const status = sampleStatus({ role: 'standby', routers, peers: [samplePeer({ role: 'active' })] });
    assert.match(statusText(status, view()), /^a is standby .*; b \(192\.0\.2\.2\) is heard as active\n/);
  });

  it('takes the report of a peer that is active for what is heard, where nothing is', () => {
    const status = sampleStatus({ role: 'standby', peers: [samplePeer({ role: 'active' })] });
    assert.match(statusText(status, view()), /^a is standby .*; b reports to be active\n/);
  });
});

describe('the text of peers', () => {
  it('shows each peer, each path, and how the peer counts', () => {
    assert.equal(
      peersText([samplePeer({ ignored: { replayed: 2, otherBoot: 0 } })], view()),
      `PEER  HEALTH   SINCE  ROLE     CONTACT    CHECKS         LINK PAIRS      WHY
b     healthy  5 min  standby  12 ms ago  0 of 3 missed  1 up, 1 needed  a reports that it is active for wan (priority 200)

PEER  PATH       HEALTH   ROUND TRIP  CONTACT    CHECKS
b     192.0.2.2  healthy  0.4 ms      12 ms ago  0 of 3 missed

b counts as eligible: version 0.1.0, configuration 0123456789abcdef
b: datagrams ignored: replayed 2
`,
    );
  });

  it('shows one that was never heard', () => {
    const path = { address: 'fe80::2%eth2', health: 'unknown', rttMs: null, lastContactMs: null, recent: '' } as const;
    const peer = samplePeer({
      health: 'unknown',
      role: 'unknown',
      reason: null,
      standing: 'uncertain',
      lastContactMs: null,
      failing: 7,
      links: null,
      version: null,
      paths: [{ ...path, failing: 7, recovering: 0 }],
    });
    assert.equal(
      peersText([peer], view()),
      `PEER  HEALTH   SINCE  ROLE     CONTACT  CHECKS         LINK PAIRS  WHY
b     unknown  5 min  unknown  never    3 of 3 missed  -           no report of its own that is fresh

PEER  PATH          HEALTH   ROUND TRIP  CONTACT  CHECKS
b     fe80::2%eth2  unknown  -           never    3 of 3 missed

b counts as uncertain
`,
    );
  });

  it('counts good checks of one that comes back, and tells its faults', () => {
    const peer = samplePeer({ health: 'unhealthy', failing: 3, recovering: 1, faults: ['link pairs 0 of 1', 'x'] });
    assert.match(peersText([peer], view()), /1 of 2 good .* link pairs 0 of 1; x\n/);
    const without = samplePeer({ links: { active: 0, minimum: 0 } });
    assert.doesNotMatch(peersText([without], view()), /needed/, 'it has no link pairs');
  });

  it('says that there are none', () => {
    assert.equal(peersText([], view()), 'no peers are configured: the others are plain VRRP speakers\n');
    assert.equal(
      linksText({ active: 0, minimum: 0, intervalMs: 100, pairs: [] }, view()),
      'no link pairs are configured\n',
    );
  });

  it('shows link pairs that are not measured, and no minimum', () => {
    const links = { ...sampleLinks({ state: 'notMeasured' }), minimum: 0 };
    assert.match(linksText(links, view()), /wan1 +not measured .*\n0 of 1 link pairs up, no minimum\n$/);
  });
});
