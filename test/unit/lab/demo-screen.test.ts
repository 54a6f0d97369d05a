import assert from 'node:assert/strict';
import { details } from '../../../lab/demo-details.ts';
import type { InstanceView, SeenStatus } from '../../../lab/demo-instance.ts';
import { render } from '../../../lab/demo-screen.ts';
import type { Screen } from '../../../lab/demo-screen.ts';
import { plain } from '../../../lab/demo-style.ts';

const SINCE = '2026-11-21T01:00:00.000Z';
const BARE = {
  role: 'active',
  since: SINCE,
  reason: { code: 'masterDown', text: 'no advert for wan for 3.22 s' },
  conditions: [],
} as unknown as SeenStatus;

const FULL = {
  ...BARE,
  peers: [
    {
      name: 'b',
      health: 'healthy',
      paths: [
        { address: '10.78.0.2', health: 'unhealthy' },
        { address: '10.76.0.2', health: 'healthy' },
      ],
    },
  ],
  links: { active: 1, minimum: 1, pairs: [{ name: 'wan1', state: 'up' }] },
  bandwidth: { state: 'ok', averageBps: 10_060_000, disarmedBy: null },
  flaps: { count: 2, max: 3 },
  bypass: { state: 'inline', by: null, latched: false },
} as unknown as SeenStatus;

const view = (name: 'a' | 'b', change: Partial<InstanceView> = {}): InstanceView => ({
  name,
  status: BARE,
  daemon: 'running',
  holdsVip: false,
  forwards: false,
  cut: { data: false, ha: false, backup: false, pair: false },
  ...change,
});

const PROBES = {
  who: 'a',
  silentMs: 0,
  lastMs: null,
  longestMs: null,
  totalMs: 0,
  outages: 0,
  sent: 9,
  lost: 0,
  moves: 0,
};

const screen = (change: Partial<Screen> = {}): Screen => ({
  instances: [view('a', { holdsVip: true, forwards: true }), view('b')],
  client: PROBES,
  traffic: { ...PROBES, who: 'inside' },
  rate: 10_000_000,
  story: [],
  pages: [],
  login: { user: 'admin', password: 'of-this-run' },
  note: null,
  now: Date.parse(SINCE) + 5000,
  width: 120,
  height: 40,
  ...change,
});

const text = (change?: Partial<Screen>): string => render(screen(change)).map(plain).join('\n');

describe('the screen of the demo', () => {
  it('shows of each instance its peer with every path, its pair, bandwidth, flaps and bypass', () => {
    assert.equal(
      plain(details(view('a', { status: FULL }))),
      'peer b healthy 10.78.0.2 ✗ 10.76.0.2 ✓ · pair wan1 up · bandwidth 10.1 Mbps ok · flaps 2/3 · bypass inline',
    );
  });

  it('shows a dash for what an engine does not tell', () => {
    const dashes = 'peer - · pair - · bandwidth - · flaps - · bypass -';
    assert.equal(plain(details(view('a'))), dashes);
    const nothing = { peers: null, links: null, bandwidth: null, flaps: null, bypass: null };
    assert.equal(plain(details(view('a', { status: { ...BARE, ...nothing } }))), dashes);
  });

  it('says by whom a bypass is engaged, and that it is latched', () => {
    const bypass = { ...FULL.bypass!, state: 'bypass', by: 'flaps', latched: true } as const;
    assert.match(plain(details(view('a', { status: { ...FULL, bypass } }))), /bypass bypass by flaps, latched$/);
  });

  it('shows role, since when, why, and who has the address', () => {
    assert.match(text(), /a {9}active {7}5 s {6}yes {6}no advert for wan for 3\.22 s/);
  });

  it('shows where a browser finds the pages, and the login for them, if there are any', () => {
    const pages = [{ instance: 'a', url: 'https://127.0.0.1:8443' }];
    assert.match(text({ pages }), /page {2}a https:\/\/127\.0\.0\.1:8443 {3}login admin \/ of-this-run/);
    assert.ok(!text().includes('of-this-run'));
  });

  it('shows every cut cable cut', () => {
    const all = { data: true, ha: true, backup: true, pair: true };
    const shown = text({ instances: [view('a', { cut: all }), view('b')] });
    for (const cut of ['┌─╳──', '╳ HA port cut', '╳ backup path cut', 'outside ─╳─  inside'])
      assert.ok(shown.includes(cut), cut);
    assert.ok(!text().includes('╳'));
  });

  it('shows where the traffic passes: inspected, by wire, or not at all', () => {
    assert.match(text(), /⇄▒⇄/);
    const wire = { ...FULL, role: 'bypass', bypass: { ...FULL.bypass!, state: 'bypass' } } as SeenStatus;
    assert.match(text({ instances: [view('a', { status: wire }), view('b')] }), /════ inside {2}\(a wire\)/);
    assert.match(text({ traffic: { ...PROBES, who: null, silentMs: 70 } }), /nothing comes through, for 70 ms/);
    assert.match(text({ rate: 0 }), /stream starved/);
  });

  for (const [width, height] of [
    [80, 24],
    [120, 30],
    [200, 50],
  ] as const) {
    it(`fits a terminal of ${width} columns and ${height} lines, keys and all`, () => {
      const story = Array.from({ length: 40 }, (_, n) => ({ at: n, kind: 'event' as const, text: `event ${n}` }));
      const lines = render(
        screen({ width, height, story, instances: [view('a', { status: FULL }), view('b', { status: FULL })] }),
      );
      assert.ok(lines.length < height, `${lines.length} lines`);
      for (const line of lines) assert.ok(plain(line).length <= width, plain(line));
      const shown = lines.map(plain).join('\n');
      assert.ok(shown.includes('q quit') && shown.includes('event 39'), shown);
    });
  }
});
