import assert from 'node:assert/strict';
import type { SessionRules } from '../../../core/session-link.ts';
import { changeText, sessionGround, filterTable, wholeText } from '../../../daemon/sessions/rules.ts';
import type { FilterGround, Programmed } from '../../../daemon/sessions/rules.ts';
import { missingPorts } from '../../../daemon/sessions/filter.ts';
import { enginePlan, routerPlan } from '../vrrp/edge-samples.ts';

const GROUND: FilterGround = {
  instance: 'a',
  ports: ['eth0'],
  peers: ['192.0.2.2', 'fe80::2'],
  haPort: 11211,
  haInterface: 'eth2',
};
const RULES: SessionRules = {
  session: 'ms-1',
  target: '203.0.113.0/24',
  blocklist: true,
  ratelimit: null,
  copyTo: null,
};
const programmed = (...sessions: readonly SessionRules[]): Programmed => ({
  ports: ['eth0'],
  sessions: new Map(sessions.map((rules) => [rules.session, rules])),
});
const NOTHING = { put: [], take: [], renew: [] };

describe('the rules of sessions', () => {
  it('stand in one table of their own, which is replaced as a whole in one transaction', () => {
    const text = wholeText(GROUND, programmed(RULES), [{ session: 'ms-1', sources: ['198.51.100.7', '192.0.2.0/24'] }]);
    assert.equal(
      text,
      `table netdev tandem_sessions_of_a
delete table netdev tandem_sessions_of_a
table netdev tandem_sessions_of_a {
  counter s_ms_2d_1_blocked { }
  set s_ms_2d_1_hosts { type ipv4_addr; }
  set s_ms_2d_1_nets { type ipv4_addr; flags interval; auto-merge; }
  chain s_ms_2d_1 {
    ip saddr @s_ms_2d_1_hosts counter name s_ms_2d_1_blocked drop
    ip saddr @s_ms_2d_1_nets counter name s_ms_2d_1_blocked drop
  }
  chain sessions {
    meta l4proto vrrp ip ttl 255 accept
    meta l4proto vrrp ip6 hoplimit 255 accept
    icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept
    ip saddr { 192.0.2.2 } meta l4proto { tcp, udp } th dport 11211 accept
    ip saddr { 192.0.2.2 } meta l4proto { tcp, udp } th sport 11211 accept
    ip6 saddr { fe80::2 } meta l4proto { tcp, udp } th dport 11211 accept
    ip6 saddr { fe80::2 } meta l4proto { tcp, udp } th sport 11211 accept
    ip daddr 203.0.113.0/24 jump s_ms_2d_1
  }
  chain in_eth0 {
    type filter hook ingress device "eth0" priority -400; policy accept;
    jump sessions
  }
}
add element netdev tandem_sessions_of_a s_ms_2d_1_hosts { 198.51.100.7 }
add element netdev tandem_sessions_of_a s_ms_2d_1_nets { 192.0.2.0/24 }
`,
    );
  });

  it('go with the last session', () => {
    const text = 'table netdev tandem_sessions_of_a\ndelete table netdev tandem_sessions_of_a\n';
    assert.equal(wholeText(GROUND, programmed(), []), text);
  });

  it('copy first, then block, then limit, so that an analysis sees what is dropped', () => {
    const ratelimit = { per: 'target', bitsPerSecond: 80_000_000, packetsPerSecond: 5 } as const;
    const text = wholeText(GROUND, programmed({ ...RULES, ratelimit, copyTo: 'mon0' }), []);
    const chain = /chain s_ms_2d_1 \{\n([^}]*)\}/
      .exec(text)?.[1]
      ?.split('\n')
      .map((line) => line.trim());
    assert.deepEqual(chain?.slice(0, -1), [
      'dup to "mon0"',
      'ip saddr @s_ms_2d_1_hosts counter name s_ms_2d_1_blocked drop',
      'ip saddr @s_ms_2d_1_nets counter name s_ms_2d_1_blocked drop',
      'limit rate over 10000000 bytes/second burst 1000000 bytes counter name s_ms_2d_1_limited drop',
      'limit rate over 5/second burst 10 packets counter name s_ms_2d_1_limited drop',
    ]);
  });

  it('change in one transaction: what came, the way to it, what went, and the sources of those that stay', () => {
    const old: SessionRules = {
      ...RULES,
      session: 'old',
      ratelimit: { per: 'source', bitsPerSecond: null, packetsPerSecond: 5 },
    };
    const stays: SessionRules = { ...RULES, session: 'stays' };
    const fresh: SessionRules = { ...RULES, session: 'fresh', target: '2001:db8::/32' };
    const text = changeText(GROUND, programmed(old, stays), programmed(stays, fresh), {
      put: [
        { session: 'fresh', sources: ['2001:db8::1', '192.0.2.1'] },
        { session: 'old', sources: ['192.0.2.1'] },
      ],
      take: [{ session: 'stays', sources: ['192.0.2.7'] }],
      renew: [{ session: 'stays', sources: ['192.0.2.0/24'] }],
    });
    const lines = text.split('\n');
    const table = 'netdev tandem_sessions_of_a';
    const order = [
      `  set s_fresh_hosts { type ipv6_addr; }`,
      `flush chain ${table} sessions`,
      `add rule ${table} sessions ip6 daddr 2001:db8::/32 jump s_fresh`,
      `delete chain ${table} s_old`,
      `delete set ${table} s_old_rates0`,
      `delete counter ${table} s_old_limited`,
      `flush set ${table} s_stays_nets`,
      `add element ${table} s_stays_nets { 192.0.2.0/24 }`,
      `add element ${table} s_fresh_hosts { 2001:db8::1 }`,
      `delete element ${table} s_stays_hosts { 192.0.2.7 }`,
    ].map((line) => lines.indexOf(line));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      text,
    );
    assert.ok(!order.includes(-1), text);
    assert.doesNotMatch(text, /s_old_hosts \{|s_stays \{/);
  });

  it('are not touched where nothing changes', () => {
    assert.equal(changeText(GROUND, programmed(RULES), programmed(RULES), NOTHING), '');
  });

  it('let two names never become one', () => {
    assert.notEqual(filterTable('a-b'), filterTable('a_b'));
    assert.notEqual(filterTable('a_2d_b'), filterTable('a-b'));
  });

  it('judge what comes in on the outside ports of the pairs, and where the virtual addresses are', () => {
    const plan = enginePlan([routerPlan()]);
    const pairs = [{ name: 'wan1', outside: 'wan0', inside: 'lan0' }];
    const peers = [{ name: 'b', paths: ['192.0.2.2', 'fe80::2%eth2'] }];
    const ground = sessionGround({ ...plan, manager: true, peers, links: { ...plan.links, pairs } }, '/state');
    assert.deepEqual(ground?.peers, ['192.0.2.2', 'fe80::2']);
    assert.ok(ground.ports.includes('wan0') && !ground.ports.includes('lan0'));
    assert.ok(plan.routers.every(({ addresses }) => addresses.every((one) => ground.ports.includes(one.interface))));
    assert.equal(sessionGround({ ...plan, manager: false }, '/state'), null);
  });

  it('are looked for in what nft prints: the chain of each port, on that port', () => {
    const text = (device: string): string =>
      `table netdev tandem_sessions_of_a {\n\tchain sessions {\n\t}\n\tchain in_eth0 {\n\t\ttype filter hook ingress ${device}priority -400; policy accept;\n\t}\n}\n`;
    const table = filterTable('a');
    assert.deepEqual(missingPorts(text('device "eth0" '), table, ['eth0']), []);
    assert.deepEqual(missingPorts(text(''), table, ['eth0']), ['eth0']);
    assert.deepEqual(missingPorts(text('device "eth0" '), filterTable('b'), ['eth0']), ['eth0']);
    assert.deepEqual(missingPorts('', table, ['eth0', 'eth1']), ['eth0', 'eth1']);
  });
});
