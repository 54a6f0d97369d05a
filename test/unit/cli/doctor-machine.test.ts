import assert from 'node:assert/strict';
import { diagnoseMachine } from '../../../cli/doctor-machine.ts';
import type { InterfaceFacts, MachineFacts } from '../../../cli/doctor-machine.ts';

const NOW = Date.parse('2026-11-21T01:04:10.000Z');
const DAY = 86_400_000;
const ETH0: InterfaceFacts = { name: 'eth0', mtu: 1500, networkd: null, networkManager: false, deafBridge: null };
const ROUTER = { name: 'wan', id: 51, family: 'ipv4', interface: 'eth0', advertised: 1, strange: 0 } as const;
const SOUND: MachineFacts = {
  interfaces: [ETH0],
  routers: [ROUTER],
  secrets: [{ path: '/k', what: 'the secret of the stack', mode: 0o600 }],
  port: { number: 11211, foreign: [] },
  skews: { b: 0.4 },
  logins: { users: 2, admins: 1 },
  certificate: { file: '/c', until: NOW + 300 * DAY },
  now: NOW,
};

const about = (change: Partial<MachineFacts>) =>
  diagnoseMachine({ ...SOUND, ...change }).filter(({ level }) => level !== 'ok');

describe('doctor, of the machine', () => {
  it('has nothing to say against a sound one', () => {
    assert.deepEqual(about({}), []);
  });

  const eth = (change: Partial<InterfaceFacts>): Partial<MachineFacts> => ({ interfaces: [{ ...ETH0, ...change }] });
  const rows: readonly (readonly [string, Partial<MachineFacts>, string, RegExp])[] = [
    [
      'systemd-networkd',
      eth({ networkd: { file: '/run/systemd/network/10-x.network', keeps: false } }),
      'warn network',
      /10-x\.network\.d/,
    ],
    ['NetworkManager', eth({ networkManager: true }), 'warn network', /unmanaged-devices/],
    ['multicast snooping without a querier', eth({ deafBridge: 'br0' }), 'warn multicast', /mcast_querier 1/],
    ['a small MTU', eth({ mtu: 1000 }), 'warn mtu', /mtu 1500/],
    [
      'an advert that does not fit',
      { ...eth({}), routers: [{ ...ROUTER, family: 'ipv6', advertised: 100 }] },
      'fail mtu',
      /excludedAddresses/,
    ],
    ['a VRID that somebody else uses', { routers: [{ ...ROUTER, strange: 3 }] }, 'warn vrid', /another id/],
    ['the port of memcached', { port: { number: 11211, foreign: ['TCP 11211'] } }, 'fail port', /ss -lpn/],
    ['clocks that differ', { skews: { b: -8 } }, 'warn clock', /NTP/],
    [
      'a secret that others can read',
      { secrets: [{ path: '/k', what: 'x', mode: 0o640 }] },
      'warn secrets',
      /chmod 600 \/k/,
    ],
    ['nobody who may log in', { logins: { users: 0, admins: 0 } }, 'warn users', /tandem passwd/],
    ['no admin', { logins: { users: 1, admins: 0 } }, 'warn users', /--role admin/],
    [
      'a certificate that ends soon',
      { certificate: { file: '/c', until: NOW + 5 * DAY } },
      'warn certificate',
      /without a restart/,
    ],
    ['one that has ended', { certificate: { file: '/c', until: NOW - DAY } }, 'fail certificate', /without a restart/],
    ['one that is none', { certificate: { file: '/c', error: 'x' } }, 'warn certificate', /manager\.tls/],
  ];
  for (const [what, change, expected, advice] of rows) {
    it(`finds ${what}, and says what to do`, () => {
      const found = about(change);
      assert.deepEqual(
        found.map(({ level, name }) => `${level} ${name}`),
        [expected],
      );
      assert.match(found[0]?.advice ?? '', advice);
    });
  }

  it('does not call networkd a danger that keeps addresses, nor what nobody looked at', () => {
    assert.deepEqual(about(eth({ networkd: { file: '/x.network', keeps: true } })), []);
    assert.deepEqual(
      about({ port: null, skews: {}, logins: null, certificate: null, interfaces: [], secrets: [] }),
      [],
    );
  });
});
