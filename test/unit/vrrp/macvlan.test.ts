import assert from 'node:assert/strict';
import {
  acceptRules,
  createMacvlan,
  deleteMacvlan,
  macvlanName,
  macvlanSettings,
  removeAcceptRules,
} from '../../../vrrp/macvlan.ts';
import { enginePlan, routerPlan } from './edge-samples.ts';

describe('the macvlan of a virtual router', () => {
  it('is named after family, VRID and parent', () => {
    assert.equal(macvlanName('ipv4', 51, 7), 'vr4-51-7');
    assert.equal(macvlanName('ipv6', 51, 7), 'vr6-51-7');
  });

  it('has a name of 15 characters at most, whatever the index', () => {
    assert.equal(macvlanName('ipv4', 255, 9_999_999), 'vr4-255-9999999');
    assert.equal(macvlanName('ipv4', 255, 2_147_483_647), 'vr4-255-xzik0zj');
    assert.ok(macvlanName('ipv6', 255, 2_147_483_647).length <= 15);
  });

  it('is created with the virtual MAC, in bridge mode, without a generated address, and left down', () => {
    assert.deepEqual(
      createMacvlan('eth2', 'vr4-51-7', 'ipv4', 51).map((argv) => argv.join(' ')),
      [
        'ip link add link eth2 name vr4-51-7 address 00:00:5e:00:01:33 type macvlan mode bridge',
        'ip link set dev vr4-51-7 addrgenmode none',
      ],
    );
    assert.match(createMacvlan('eth2', 'vr6-51-7', 'ipv6', 51)[0]!.join(' '), /address 00:00:5e:00:02:33 /);
  });

  it('is deleted by name', () => {
    assert.deepEqual(deleteMacvlan('vr4-51-7'), [['ip', 'link', 'del', 'dev', 'vr4-51-7']]);
  });

  it('gets settings with which each MAC answers for its own addresses', () => {
    const settings = new Map(macvlanSettings('eth2.100', 'vr4-51-7').map(({ file, value }) => [file, value]));
    const of = (device: string, key: string) => settings.get(`/proc/sys/net/ipv4/conf/${device}/${key}`);
    assert.equal(of('eth2.100', 'arp_ignore'), '1');
    assert.equal(of('eth2.100', 'arp_filter'), '1');
    assert.equal(of('vr4-51-7', 'arp_ignore'), '1');
    assert.equal(of('vr4-51-7', 'accept_local'), '1');
    assert.equal(of('vr4-51-7', 'rp_filter'), '0');
    assert.equal(of('vr4-51-7', 'promote_secondaries'), '1');
  });

  it('is loose about reverse paths where the whole machine is strict, because 0 would not help there', () => {
    const value = macvlanSettings('eth2', 'vr4-51-7', 1).find(({ file }) => file.endsWith('/rp_filter'))?.value;
    assert.equal(value, '2');
  });
});

describe('the rules of accept: false', () => {
  const closed = routerPlan({
    accept: false,
    excludedAddresses: [{ address: '2001:db8::51', prefix: 64, family: 'ipv6', interface: 'eth0' }],
  });

  it('drop packets to the addresses, except neighbour discovery and VRRP', () => {
    const rules = acceptRules(enginePlan([closed, routerPlan({ id: 52 })]));
    assert.deepEqual(rules?.argv, ['nft', '-f', '-']);
    assert.equal(
      rules.text,
      `table inet tandem_a
delete table inet tandem_a
table inet tandem_a {
  set vips4 { type ipv4_addr; elements = { 192.0.2.100 } }
  set vips6 { type ipv6_addr; elements = { 2001:db8::51 } }
  chain input {
    type filter hook input priority filter; policy accept;
    iif lo accept
    meta l4proto vrrp accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    ip daddr @vips4 drop
    ip6 daddr @vips6 drop
  }
}
`,
    );
  });

  it('are not needed when every router accepts, or owns its addresses', () => {
    assert.equal(acceptRules(enginePlan([routerPlan()])), null);
    assert.equal(acceptRules(enginePlan([routerPlan({ accept: false, priority: 255 })])), null);
  });

  it('stand in a table of the instance, whose name is made safe', () => {
    assert.match(acceptRules(enginePlan([closed], 'lab-1; flush'))!.text, /^table inet tandem_lab_1__flush\n/);
  });

  it('are taken away whether they are there or not', () => {
    assert.equal(removeAcceptRules('a').text, 'table inet tandem_a\ndelete table inet tandem_a\n');
  });
});
