import assert from 'node:assert/strict';
import { chooseSource } from '../../../vrrp/source.ts';
import { kernelAddress, routerPlan } from './edge-samples.ts';

const VIPS = new Set(['192.0.2.100', 'fe80::51', '2001:db8::51']);
const ipv6 = (changes = {}) => routerPlan({ family: 'ipv6', ...changes });

describe('the source address of IPv4 adverts', () => {
  it('is the primary address of the interface', () => {
    const addresses = [kernelAddress('192.0.2.7', { secondary: true }), kernelAddress('192.0.2.1')];
    assert.equal(chooseSource(routerPlan(), addresses, VIPS), '192.0.2.1');
  });

  it('is a secondary one where every primary moves', () => {
    const addresses = [kernelAddress('192.0.2.100'), kernelAddress('192.0.2.7', { secondary: true })];
    assert.equal(chooseSource(routerPlan(), addresses, VIPS), '192.0.2.7');
  });

  it('is never a virtual address, left over from a crash without a tag', () => {
    assert.equal(chooseSource(routerPlan(), [kernelAddress('192.0.2.100')], VIPS), null);
  });

  it('is never an address that carries our tag, configured still or not', () => {
    assert.equal(chooseSource(routerPlan(), [kernelAddress('192.0.2.99', { tagged: true })], VIPS), null);
  });

  it('prefers global scope to link scope', () => {
    const addresses = [kernelAddress('169.254.0.1', { scope: 'link' }), kernelAddress('192.0.2.1')];
    assert.equal(chooseSource(routerPlan(), addresses, VIPS), '192.0.2.1');
    assert.equal(chooseSource(routerPlan(), addresses.slice(0, 1), VIPS), '169.254.0.1');
  });

  it('is nothing on an interface without addresses, or with only the other family', () => {
    assert.equal(chooseSource(routerPlan(), [], VIPS), null);
    assert.equal(chooseSource(routerPlan(), [kernelAddress('fe80::1')], VIPS), null);
  });

  it('is the configured one, but only while it is there', () => {
    const plan = routerPlan({ sourceAddress: '192.0.2.9' });
    const addresses = [kernelAddress('192.0.2.1'), kernelAddress('192.0.2.9', { secondary: true })];
    assert.equal(chooseSource(plan, addresses, VIPS), '192.0.2.9');
    assert.equal(chooseSource(plan, addresses.slice(0, 1), VIPS), null);
  });

  it('is the own permanent address of an owner that has no other, and not one that Tandem added', () => {
    const owner = routerPlan({ priority: 255 });
    assert.equal(chooseSource(owner, [kernelAddress('192.0.2.100')], VIPS), '192.0.2.100');
    assert.equal(chooseSource(owner, [kernelAddress('192.0.2.100'), kernelAddress('192.0.2.1')], VIPS), '192.0.2.1');
    assert.equal(chooseSource(owner, [kernelAddress('192.0.2.100', { tagged: true })], VIPS), null);
  });
});

describe('the source address of IPv6 adverts', () => {
  it('is a link-local address that is usable and not a virtual one', () => {
    const addresses = [
      kernelAddress('2001:db8::1'),
      kernelAddress('fe80::51'),
      kernelAddress('fe80::2', { tentative: true }),
      kernelAddress('fe80::3'),
    ];
    assert.equal(chooseSource(ipv6(), addresses, VIPS), 'fe80::3');
  });

  it('is nothing while duplicate address detection runs', () => {
    assert.equal(chooseSource(ipv6(), [kernelAddress('fe80::2', { tentative: true })], VIPS), null);
  });

  it('is never a global address for multicast', () => {
    assert.equal(chooseSource(ipv6(), [kernelAddress('2001:db8::1')], VIPS), null);
  });

  it('is a global address for global peers, or else the link-local one', () => {
    const plan = ipv6({ unicastPeers: ['2001:db8::2'] });
    const addresses = [kernelAddress('fe80::3'), kernelAddress('2001:db8::51'), kernelAddress('2001:db8::1')];
    assert.equal(chooseSource(plan, addresses, VIPS), '2001:db8::1');
    assert.equal(chooseSource(plan, addresses.slice(0, 2), VIPS), 'fe80::3');
  });

  it('is the link-local address for link-local peers', () => {
    const plan = ipv6({ unicastPeers: ['fe80::9'] });
    assert.equal(chooseSource(plan, [kernelAddress('2001:db8::1'), kernelAddress('fe80::3')], VIPS), 'fe80::3');
  });

  it('is the configured one in whatever spelling', () => {
    const plan = ipv6({ sourceAddress: 'FE80:0::3' });
    assert.equal(chooseSource(plan, [kernelAddress('fe80::3')], VIPS), 'fe80::3');
  });
});
