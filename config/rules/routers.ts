/** Rules about virtual routers. */
import { advertFits, familyOf, interfaceOf, mostAddresses } from '../router-facts.ts';
import { parseDuration } from '../../core/units.ts';
import { reportRepeats, type Rule } from './rule.ts';

const V3_LONGEST = parseDuration('40.95s')!;

export const routerRules: readonly Rule[] = [
  {
    text: 'Router names are unique.',
    reads: [],
    check({ vrrp }, report) {
      const names = vrrp.map((router, i) => ({ key: router.name, path: ['vrrp', i, 'name'] }));
      reportRepeats(names, 'the name', report);
    },
  },
  {
    text: 'Every router has an interface: its own or `ha.interface`.',
    reads: ['ha.interface', 'ha.mode'],
    check(config, report) {
      config.vrrp.forEach((router, i) => {
        if (interfaceOf(router, config) === null) {
          report(['vrrp', i, 'interface'], 'no interface: expected one here, or ha.interface for all routers');
        }
      });
    },
  },
  {
    text: 'A VRID is unique per interface and family.',
    reads: [],
    check(config, report) {
      const ids = config.vrrp.map((router, i) => {
        const on = interfaceOf(router, config) ?? '';
        const label = `VRID ${router.id} (${familyOf(router)}) on ${on}`;
        return { key: on === '' ? `router ${i}` : label, label, path: ['vrrp', i, 'id'] };
      });
      reportRepeats(ids, 'used', report);
    },
  },
  {
    text: 'The addresses of one advert are all of one family; `excludedAddresses` may mix.',
    reads: [],
    check({ vrrp }, report) {
      vrrp.forEach((router, i) => {
        router.addresses.forEach(({ address, family }, j) => {
          if (family === familyOf(router)) return;
          report(
            ['vrrp', i, 'addresses', j],
            `${address} is ${family}, the first address is ${familyOf(router)}: one advert holds one family (make a second router, or use excludedAddresses)`,
          );
        });
      });
    },
  },
  {
    text: 'An advert holds at most 255 addresses and fits an MTU of 1500 bytes: 90 addresses with IPv6.',
    reads: [],
    check({ vrrp }, report) {
      vrrp.forEach((router, i) => {
        if (advertFits(router)) return;
        const most = mostAddresses(familyOf(router), router.version);
        report(
          ['vrrp', i, 'addresses'],
          `${router.addresses.length} addresses do not fit an advert of 1500 bytes (MTU): at most ${most} with ${familyOf(router)}; put the rest into excludedAddresses`,
        );
      });
    },
  },
  {
    text: 'A virtual address belongs to one router, once.',
    reads: [],
    check({ vrrp }, report) {
      const all = vrrp.flatMap((router, i) =>
        (['addresses', 'excludedAddresses'] as const).flatMap((key) =>
          router[key].map(({ address }, j) => ({ key: address, path: ['vrrp', i, key, j] })),
        ),
      );
      reportRepeats(all, 'a virtual address', report);
    },
  },
  {
    text: 'Version 3: `advertInterval` from 10ms to 40.95s in steps of 10ms. Version 2: whole seconds from 1s to 255s.',
    reads: [],
    check({ vrrp }, report) {
      vrrp.forEach(({ version, advertInterval }, i) => {
        const path = ['vrrp', i, 'advertInterval'];
        if (version === 2 && (advertInterval < 1000 || advertInterval % 1000 !== 0)) {
          report(path, 'VRRP version 2 counts whole seconds: expected 1s to 255s');
        }
        if (version === 3 && (advertInterval > V3_LONGEST || advertInterval % 10 !== 0)) {
          report(path, 'VRRP version 3 counts hundredths of a second: expected 10ms to 40.95s in steps of 10ms');
        }
      });
    },
  },
  {
    text: 'Version 2 has no IPv6.',
    reads: [],
    check({ vrrp }, report) {
      vrrp.forEach((router, i) => {
        if (router.version === 2 && familyOf(router) === 'ipv6') {
          report(['vrrp', i, 'version'], 'VRRP version 2 has no IPv6: expected 3');
        }
      });
    },
  },
  {
    text: '`authentication` is for version 2 only.',
    reads: [],
    check({ vrrp }, report) {
      vrrp.forEach(({ version, authentication }, i) => {
        if (version === 3 && authentication !== null) {
          report(
            ['vrrp', i, 'authentication'],
            'VRRP version 3 has no authentication (RFC 9568): remove it, or set version: 2',
          );
        }
      });
    },
  },
  {
    text: '`unicastPeers` and `sourceAddress` are of the family of the router, no virtual addresses, and all different.',
    reads: ['vrrp[]'],
    check({ vrrp }, report) {
      const virtual = new Set(vrrp.flatMap((r) => [...r.addresses, ...r.excludedAddresses].map((a) => a.address)));
      vrrp.forEach((router, i) => {
        const peers = router.unicastPeers.map((key, j) => ({ key, path: ['vrrp', i, 'unicastPeers', j] }));
        const source =
          router.sourceAddress === null ? [] : [{ key: router.sourceAddress, path: ['vrrp', i, 'sourceAddress'] }];
        for (const { key, path } of [...source, ...peers]) {
          if (familyOf(router) !== (key.includes(':') ? 'ipv6' : 'ipv4')) {
            report(path, `${key} is of the other family: expected an ${familyOf(router)} address`);
          } else if (virtual.has(key)) {
            report(path, `${key} is a virtual address: expected an address that stays on its instance`);
          }
        }
        reportRepeats([...source, ...peers], 'used', report);
      });
    },
  },
  {
    text: '`owner` is this instance or a peer.',
    reads: ['instance', 'ha.peers'],
    check({ instance, ha, vrrp }, report) {
      const names = [instance, ...ha.peers.map((peer) => peer.name)];
      vrrp.forEach(({ owner }, i) => {
        if (owner !== null && !names.includes(owner)) {
          report(
            ['vrrp', i, 'owner'],
            `${owner} is neither this instance nor a peer: expected one of ${names.join(', ')}`,
          );
        }
      });
    },
  },
];
