/** Rules about everything but instances and routers. */
import { interfacesOf } from '../router-facts.ts';
import { reportRepeats, type Path, type Report, type Rule } from './rule.ts';

/** Reports names that are there twice in a list at `path`. */
function uniqueNames(entries: readonly { readonly name: string }[], path: Path, report: Report): void {
  reportRepeats(
    entries.map(({ name }, i) => ({ key: name, path: [...path, i, 'name'] })),
    'the name',
    report,
  );
}

/** Reports a certificate without its key, or the other way round. */
function bothOrNone(
  tls: { readonly certFile: string | null; readonly keyFile: string | null },
  path: Path,
  report: Report,
): void {
  if ((tls.certFile === null) === (tls.keyFile === null)) return;
  const [missing, present] = tls.certFile === null ? ['certFile', 'keyFile'] : ['keyFile', 'certFile'];
  report([...path, missing], `required together with ${present}`);
}

/** Reports the files that an SNMP v3 user of that level lacks. */
function filesOfLevel(
  user: {
    readonly level: 'noAuthNoPriv' | 'authNoPriv' | 'authPriv';
    readonly authFile: string | null;
    readonly privFile: string | null;
  },
  path: Path,
  report: Report,
): void {
  const needs = { noAuthNoPriv: [], authNoPriv: ['authFile'], authPriv: ['authFile', 'privFile'] } as const;
  for (const file of needs[user.level]) {
    if (user[file] === null) report([...path, file], `required with level ${user.level}`);
  }
}

export const sectionRules: readonly Rule[] = [
  {
    text: '`links.minimumActive` is at most the number of link pairs.',
    reads: ['links'],
    check({ links }, report) {
      if (links.minimumActive > links.pairs.length) {
        report(['links', 'minimumActive'], `expected at most the number of link pairs (${links.pairs.length})`);
      }
    },
  },
  {
    text: 'Link pairs have names of their own, and a port belongs to one pair, once.',
    reads: ['links'],
    check({ links }, report) {
      uniqueNames(links.pairs, ['links', 'pairs'], report);
      const ports = links.pairs.flatMap((pair, i) => [
        { key: pair.outside, path: ['links', 'pairs', i, 'outside'] },
        { key: pair.inside, path: ['links', 'pairs', i, 'inside'] },
      ]);
      reportRepeats(ports, 'the port', report);
    },
  },
  {
    text: '`bandwidth.enabled` needs `bandwidth.interfaces` or link pairs.',
    reads: ['bandwidth', 'links'],
    check({ bandwidth, links }, report) {
      if (bandwidth.enabled && bandwidth.interfaces.length === 0 && links.pairs.length === 0) {
        report(['bandwidth', 'interfaces'], 'nothing to measure: expected interfaces here, or link pairs');
      }
    },
  },
  {
    text: 'Bypass drivers `bridge`, `nft`, `silicom` and `sysfs` need link pairs.',
    reads: ['bypass', 'links'],
    check({ bypass, links }, report) {
      if (!['none', 'command'].includes(bypass.driver) && links.pairs.length === 0) {
        report(['bypass', 'driver'], `driver ${bypass.driver} needs link pairs: expected some at links.pairs`);
      }
    },
  },
  {
    text: 'Bypass drivers `command` and `sysfs` need their own keys, `sysfs` a file for every link pair and for nothing else.',
    reads: ['bypass', 'links'],
    check({ bypass, links }, report) {
      const { driver } = bypass;
      if ((driver === 'command' || driver === 'sysfs') && bypass[driver] === undefined) {
        report(['bypass', driver], `required with driver ${driver}`);
      }
      if (driver !== 'sysfs' || bypass.sysfs === undefined) return;
      const names = [...new Set(links.pairs.map((pair) => pair.name))];
      for (const name of names) {
        if (!Object.hasOwn(bypass.sysfs.file, name))
          report(['bypass', 'sysfs', 'file', name], `no file for link pair ${name}`);
      }
      for (const name of Object.keys(bypass.sysfs.file)) {
        if (!names.includes(name))
          report(['bypass', 'sysfs', 'file', name], `${name} is no link pair: expected one of ${names.join(', ')}`);
      }
    },
  },
  {
    text: 'Bypass driver `bridge` and `virtualMac` exclude each other on a port of a link pair.',
    reads: ['bypass', 'links'],
    check(config, report) {
      if (config.bypass.driver !== 'bridge') return;
      const ports = new Set(config.links.pairs.flatMap((pair) => [pair.outside, pair.inside]));
      config.vrrp.forEach((router, i) => {
        const port = router.virtualMac ? interfacesOf(router, config).find((name) => ports.has(name)) : undefined;
        if (port === undefined) return;
        report(
          ['vrrp', i, 'virtualMac'],
          `${port} is a port of a link pair, and a port cannot carry a macvlan and be in a bridge: expected false, or a bypass driver other than bridge`,
        );
      });
    },
  },
  {
    text: 'Tracks have names of their own, `routers` names routers, and `low` is at most `high`.',
    reads: ['tracks', 'vrrp[]'],
    check({ tracks, vrrp }, report) {
      uniqueNames(tracks, ['tracks'], report);
      const names = new Set(vrrp.map((router) => router.name));
      tracks.forEach((track, i) => {
        track.routers.forEach((router, j) => {
          if (!names.has(router)) report(['tracks', i, 'routers', j], `${router} is the name of no virtual router`);
        });
        if (track.type === 'resource' && track.low > track.high) {
          report(['tracks', i, 'low'], `expected at most high (${track.high})`);
        }
      });
    },
  },
  {
    text: 'Certificate and key files go together.',
    reads: ['manager', 'store'],
    check({ manager, store }, report) {
      if (manager !== false) bothOrNone(manager.tls, ['manager', 'tls'], report);
      if (store.tls !== null) bothOrNone(store.tls, ['store', 'tls'], report);
    },
  },
  {
    text: '`alerts.syslog[].caFile` is for the transport `tls`, `alerts.webhooks[].caFile` for `https`; SNMP v3 needs the files of its level; an SNMP agent that others can reach needs `communityFile` or `user`.',
    reads: ['alerts'],
    check({ alerts }, report) {
      alerts.syslog.forEach(({ transport, caFile }, i) => {
        if (caFile !== null && transport !== 'tls')
          report(['alerts', 'syslog', i, 'caFile'], 'only with transport tls');
      });
      alerts.webhooks.forEach(({ url, caFile }, i) => {
        if (caFile !== null && !/^https:/i.test(url)) report(['alerts', 'webhooks', i, 'caFile'], 'only with https');
      });
      alerts.snmp.traps.forEach((trap, i) => {
        if (trap.version === 3) filesOfLevel(trap, ['alerts', 'snmp', 'traps', i], report);
      });
      const { agent } = alerts.snmp;
      if (agent === null || !('listen' in agent)) return;
      if (agent.user !== null) filesOfLevel(agent, ['alerts', 'snmp', 'agent'], report);
      else if (agent.communityFile === null && !/^(127(\.\d+){3}|\[::1\]|localhost):/.test(agent.listen)) {
        report(['alerts', 'snmp', 'agent', 'listen'], 'others can reach it: expected communityFile or user beside it');
      }
    },
  },
  {
    text: '`store.kind: etcd` needs `endpoints`; `addressElection: lock` needs `kind: etcd`.',
    reads: ['store'],
    check({ store }, report) {
      if (store.kind === 'etcd' && store.endpoints.length === 0) {
        report(['store', 'endpoints'], 'required with kind etcd: expected at least one URL');
      }
      if (store.addressElection === 'lock' && store.kind !== 'etcd') {
        report(['store', 'addressElection'], `lock needs kind etcd, found kind ${store.kind}`);
      }
    },
  },
  {
    text: 'Session commands have names of their own, and `ha: true` needs `resume`.',
    reads: ['sessions'],
    check({ sessions }, report) {
      uniqueNames(sessions.commands, ['sessions', 'commands'], report);
      sessions.commands.forEach(({ ha, resume }, i) => {
        if (ha && resume === null) report(['sessions', 'commands', i, 'resume'], 'required with ha: true');
      });
    },
  },
  {
    text: 'A fleet has one primary site (`sites`, without `member`), at most one default, and with `managementOnly` exactly one; `fleet.site` is required.',
    reads: ['fleet'],
    check({ fleet }, report) {
      uniqueNames(fleet.sites, ['fleet', 'sites'], report);
      uniqueNames(fleet.pools, ['fleet', 'pools'], report);
      const primary = fleet.sites.length > 0;
      if (fleet.member && primary) report(['fleet', 'sites'], 'only on the primary site, which is no member');
      if (fleet.site === null && (fleet.member || primary)) {
        report(['fleet', 'site'], `required with ${fleet.member ? 'member' : 'sites'}: expected the name of this site`);
      }
      fleet.sites.forEach(({ name }, i) => {
        if (name === fleet.site) report(['fleet', 'sites', i, 'name'], `${name} is this site itself`);
      });
      const defaults = fleet.sites.flatMap((site, i) => (site.default ? [i] : []));
      for (const i of defaults.slice(1)) {
        report(['fleet', 'sites', i, 'default'], 'only one site is the default, and one is already', [
          'fleet',
          'sites',
          defaults[0]!,
        ]);
      }
      if (fleet.managementOnly && defaults.length === 0) {
        report(
          ['fleet', 'managementOnly'],
          'needs another site with default: true, because this one carries no traffic',
        );
      }
    },
  },
];
