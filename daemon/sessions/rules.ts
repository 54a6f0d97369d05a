/**
 * The rules of sessions as text for `nft`: one table of family netdev, so that what comes in on a port is judged before the kernel, a bridge of the
 * appliance's own or a socket gets it. Made of checked values only (protocol.ts); no text of a request gets in here as it came. Pure.
 *
 *     in_<port>   a chain for each port, at its ingress → sessions
 *     sessions    what instances say to each other passes; then each session's target → its own chain
 *     s_<id>      copy, blocklist, limit; in this order, as an analysis wants to see what is dropped
 */
import type { CommandPlan, EnginePlan } from '../../config/plan.ts';
import type { RateLimit, SessionRules, SourceList } from '../../core/session-link.ts';

/** What the configuration says of it, by the guardian's word. */
export interface SessionGround extends FilterGround {
  readonly commands: readonly CommandPlan[];
  /** Folder for pcap files. */
  readonly captures: string;
}

export interface FilterGround {
  readonly instance: string;
  /** Ports where traffic to targets comes in. */
  readonly ports: readonly string[];
  /** Addresses of the other instances, and the port that they talk on. */
  readonly peers: readonly string[];
  readonly haPort: number;
  /** Never flooded with copies, beside the ports. */
  readonly haInterface: string | null;
}

/** Null: no manager, so nobody who has sessions. */
export function sessionGround(plan: EnginePlan, state: string): SessionGround | null {
  if (!plan.manager) return null;
  const { instance, links, routers, peers, haPort, haInterface } = plan;
  const addresses = routers.flatMap((router) => [...router.addresses, ...router.excludedAddresses]);
  const ports = [...links.pairs.map(({ outside }) => outside), ...addresses.map((address) => address.interface)];
  return {
    instance,
    ports: [...new Set(ports)].toSorted(),
    peers: [...new Set(peers.flatMap(({ paths }) => paths.map((path) => path.replace(/%.*/, ''))))].toSorted(),
    haPort,
    haInterface,
    commands: plan.commands,
    captures: `${state}/captures`,
  };
}

/** What is in the kernel, or shall be: the ports that have a chain, and the sessions. */
export interface Programmed {
  readonly ports: readonly string[];
  readonly sessions: ReadonlyMap<string, SessionRules>;
}

/** What happens to the sources of the sessions that stay or come. */
export interface SourceChange {
  readonly put: readonly SourceList[];
  readonly take: readonly SourceList[];
  readonly renew: readonly SourceList[];
}

/** After a bypass (-450), which is to see everything, and before whatever else is likely to be there. */
const PRIORITY = -400;
/** Room for sources that are limited one by one; who comes beyond that is not limited. */
const MOST_LIMITED = 65_535;
/** Longer than any burst. */
const FORGET_SOURCE = '1m';
/** Segments arrive merged, up to 64 kB each: with less than two of them no connection would get going. */
const LEAST_BURST_BYTES = 128 * 1024;
const LEAST_BURST_PACKETS = 10;

export const filterTable = (instance: string): string => `tandem_sessions_of_${word(instance)}`;
export const portChain = (port: string): string => `in_${word(port)}`;
const sessionChain = (session: string): string => `s_${word(session)}`;

/** Letters and digits as they are, anything else as its code, so that two names never become one. */
function word(name: string): string {
  return name.replace(/[^A-Za-z0-9]/gu, (sign) => `_${sign.codePointAt(0)?.toString(16)}_`);
}

/** Everything anew, in one transaction; what was there goes in the same one. Without sessions the table goes. */
export function wholeText(ground: FilterGround, next: Programmed, put: readonly SourceList[]): string {
  const table = `netdev ${filterTable(ground.instance)}`;
  // Declared first, as only what is there can be deleted.
  const away = `table ${table}\ndelete table ${table}\n`;
  if (next.sessions.size === 0) return away;
  return [
    `${away}table ${table} {`,
    ...[...next.sessions.values()].flatMap(sessionBlock),
    '  chain sessions {',
    ...sessionsRules(ground, next).map((rule) => `    ${rule}`),
    '  }',
    ...next.ports.flatMap((port) => [
      `  chain ${portChain(port)} {`,
      `    type filter hook ingress device "${port}" priority ${PRIORITY}; policy accept;`,
      '    jump sessions',
      '  }',
    ]),
    '}',
    ...elements('add', table, next, put),
    '',
  ].join('\n');
}

/** From one to the other, in one transaction; empty if there is nothing to do. The ports are the same, and neither is without sessions. */
export function changeText(ground: FilterGround, before: Programmed, next: Programmed, change: SourceChange): string {
  const table = `netdev ${filterTable(ground.instance)}`;
  const gone = [...before.sessions.values()].filter(({ session }) => !next.sessions.has(session));
  const come = [...next.sessions.values()].filter(({ session }) => !before.sessions.has(session));
  const structure =
    gone.length + come.length === 0
      ? []
      : [
          ...(come.length === 0 ? [] : [`table ${table} {`, ...come.flatMap(sessionBlock), '}']),
          `flush chain ${table} sessions`,
          ...sessionsRules(ground, next).map((rule) => `add rule ${table} sessions ${rule}`),
          ...gone.flatMap((one) => removal(table, one)),
        ];
  const renewed = change.renew.flatMap(({ session }) =>
    next.sessions.get(session)?.blocklist === true ? [`flush set ${table} ${sessionChain(session)}_nets`] : [],
  );
  const lines = [
    ...structure,
    ...renewed,
    ...elements('add', table, next, change.renew),
    ...elements('add', table, next, change.put),
    ...elements('delete', table, next, change.take),
  ];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function sessionsRules({ peers, haPort }: FilterGround, { sessions }: Programmed): readonly string[] {
  const of = (family: 'ip' | 'ip6'): readonly string[] => peers.filter((peer) => familyOf(peer) === family);
  return [
    // Whatever a session says: what keeps the stack together passes. A TTL of 255 cannot have come from beyond this link.
    'meta l4proto vrrp ip ttl 255 accept',
    'meta l4proto vrrp ip6 hoplimit 255 accept',
    'icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept',
    ...(['ip', 'ip6'] as const).flatMap((family) => {
      const from = of(family);
      if (from.length === 0) return [];
      const head = `${family} saddr { ${from.join(', ')} } meta l4proto { tcp, udp }`;
      return [`${head} th dport ${haPort} accept`, `${head} th sport ${haPort} accept`];
    }),
    ...[...sessions.values()].map(({ session, target }) => {
      const family = familyOf(target);
      // Every packet of the family, written so that nft does not leave the condition out.
      if (target.endsWith('/0')) return `meta protocol ${family} jump ${sessionChain(session)}`;
      return `${family} daddr ${target} jump ${sessionChain(session)}`;
    }),
  ];
}

/** Sets, counters and the chain of a session. */
function sessionBlock(rules: SessionRules): readonly string[] {
  const { session, target, blocklist, ratelimit, copyTo } = rules;
  const name = sessionChain(session);
  const family = familyOf(target);
  const type = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const bySource = ratelimit !== null && ratelimit.per === 'source';
  const limits = ratelimit === null ? [] : limitsOf(ratelimit);
  const counters = [...(blocklist ? ['blocked'] : []), ...(limits.length > 0 ? ['limited'] : [])];
  return [
    ...counters.map((counter) => `  counter ${name}_${counter} { }`),
    ...(blocklist
      ? [
          // Single addresses apart: they are hashed, and adding one does not make nft read all the others.
          `  set ${name}_hosts { type ${type}; }`,
          `  set ${name}_nets { type ${type}; flags interval; auto-merge; }`,
        ]
      : []),
    ...(bySource
      ? limits.map(
          (_limit, at) =>
            `  set ${name}_rates${at} { type ${type}; size ${MOST_LIMITED}; flags dynamic, timeout; timeout ${FORGET_SOURCE}; }`,
        )
      : []),
    `  chain ${name} {`,
    ...(copyTo === null ? [] : [`    dup to "${copyTo}"`]),
    ...(blocklist
      ? [
          `    ${family} saddr @${name}_hosts counter name ${name}_blocked drop`,
          `    ${family} saddr @${name}_nets counter name ${name}_blocked drop`,
        ]
      : []),
    ...limits.map((limit, at) =>
      bySource
        ? `    update @${name}_rates${at} { ${family} saddr ${limit} } counter name ${name}_limited drop`
        : `    ${limit} counter name ${name}_limited drop`,
    ),
    '  }',
  ];
}

function limitsOf({ bitsPerSecond, packetsPerSecond }: RateLimit): readonly string[] {
  const bytes = bitsPerSecond === null ? null : Math.max(1, Math.round(bitsPerSecond / 8));
  // A tenth of a second at once, so that ordinary bursts pass.
  return [
    ...(bytes === null
      ? []
      : [`limit rate over ${bytes} bytes/second burst ${Math.max(LEAST_BURST_BYTES, Math.round(bytes / 10))} bytes`]),
    ...(packetsPerSecond === null
      ? []
      : [
          `limit rate over ${packetsPerSecond}/second burst ${Math.max(LEAST_BURST_PACKETS, Math.round(packetsPerSecond / 10))} packets`,
        ]),
  ];
}

/** The chain first: it refers to the others. */
function removal(table: string, { session, blocklist, ratelimit }: SessionRules): readonly string[] {
  const name = sessionChain(session);
  const limits = ratelimit === null ? [] : limitsOf(ratelimit);
  const sets = [
    ...(blocklist ? ['hosts', 'nets'] : []),
    ...(ratelimit?.per === 'source' ? limits.map((_limit, at) => `rates${at}`) : []),
  ];
  const counters = [...(blocklist ? ['blocked'] : []), ...(limits.length > 0 ? ['limited'] : [])];
  return [
    `delete chain ${table} ${name}`,
    ...sets.map((set) => `delete set ${table} ${name}_${set}`),
    ...counters.map((counter) => `delete counter ${table} ${name}_${counter}`),
  ];
}

function elements(
  verb: 'add' | 'delete',
  table: string,
  { sessions }: Programmed,
  lists: readonly SourceList[],
): readonly string[] {
  return lists.flatMap(({ session, sources }) => {
    const rules = sessions.get(session);
    // A session that ended meanwhile, or has no blocklist: nothing of it is in the kernel.
    if (rules?.blocklist !== true) return [];
    const own = sources.filter((source) => familyOf(source) === familyOf(rules.target));
    const name = sessionChain(session);
    const line = (set: string, some: readonly string[]): readonly string[] =>
      some.length === 0 ? [] : [`${verb} element ${table} ${name}_${set} { ${some.join(', ')} }`];
    return [
      ...line(
        'hosts',
        own.filter((source) => !source.includes('/')),
      ),
      ...line(
        'nets',
        own.filter((source) => source.includes('/')),
      ),
    ];
  });
}

function familyOf(network: string): 'ip' | 'ip6' {
  return network.includes(':') ? 'ip6' : 'ip';
}
