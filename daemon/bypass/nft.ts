/**
 * A software wire: what comes in on one port leaves by the other, from the ingress hook of nftables, before the kernel or a bridge of the
 * appliance's own sees it. The ports need not be taken from anywhere, so this is the wire for an appliance that bridges them itself.
 */
import type { PairPlan } from '../../config/plan.ts';
import { chain, program, refuse, together, troubleOf } from './driver.ts';
import type { BypassContext, BypassDriver, Chain, Judgement, Position, Sight } from './driver.ts';
import { linksLook, readLinks, unusable } from './links.ts';
import type { Link, Links } from './links.ts';

/** Before every other ingress chain that is likely to be there. */
const PRIORITY = -450;

/** Kept in the rule, so that it outlives this process: whether the port was promiscuous before. */
const WAS_PROMISCUOUS = 'was promiscuous';

/** A chain as it is in the kernel. */
export interface SeenChain {
  readonly name: string;
  /** The port whose frames it sees. */
  readonly port: string;
  /** Where it sends them; null if it does something else. */
  readonly to: string | null;
  readonly wasPromiscuous: boolean;
}

/** Name of the table: one for each instance, of family netdev. */
export function tableName(instance: string): string {
  return `tandem_${instance.replace(/[^A-Za-z0-9_]/g, '_')}`;
}

/** Name of a port's chain: letters and digits as they are, anything else as its code, so that two ports never share one. */
export function chainName(port: string): string {
  return `from_${port.replace(/[^A-Za-z0-9]/gu, (sign) => `_${sign.codePointAt(0)?.toString(16)}_`)}`;
}

export const nft: BypassDriver = {
  software: true,
  watchdog: null,
  powerOff: 'blocked',

  looks({ instance, pairs }) {
    const usable = pairs.filter((pair) => unusable(pair) === null);
    return [
      { look: 'program', argv: ['nft', 'list', 'table', 'netdev', tableName(instance)], input: null },
      linksLook(usable.flatMap(({ outside, inside }) => [outside, inside])),
    ];
  },

  judge({ pairs }, sights) {
    const seen = see(sights);
    return together(pairs.map((pair) => ({ name: pair.name, judgement: positionOf(pair, seen) })));
  },

  steps(context: BypassContext, position: Position, sights: readonly Sight[]): readonly Chain[] {
    const seen = see(sights);
    return position === 'bypass' ? engage(context, seen) : release(context, seen);
  },
};

interface Seen {
  /** By port; null if it cannot be known. */
  readonly chains: ReadonlyMap<string, SeenChain> | null;
  readonly links: Links | null;
  readonly trouble: string;
}

function see([table, links]: readonly Sight[]): Seen {
  const chains = readChains(table);
  const read = readLinks(links);
  const trouble = chains === null ? troubleOf(table) : read === null ? troubleOf(links) : '';
  return { chains, links: read, trouble };
}

/**
 * The chains of our table by port, none if there is no table; null if the answer cannot be understood. Read from what nft prints for people: its
 * JSON (nft 1.0.6) leaves out which device a chain belongs to.
 */
export function readChains(sight: Sight | undefined): ReadonlyMap<string, SeenChain> | null {
  if (sight === undefined) return null;
  // The program itself not being there is another message (`ENOENT`).
  if (!sight.ok) return /Error: No such file or directory/.test(sight.trouble) ? new Map() : null;
  if (!/^\s*table netdev /.test(sight.text)) return null;
  const chains = new Map<string, SeenChain>();
  for (const [, name = '', body = ''] of sight.text.matchAll(/^\s*chain (\S+) \{\n(.*?)^\s*\}$/gms)) {
    const lines = body.split('\n').map((line) => line.trim());
    const hook = lines.map((line) => HOOK.exec(line)?.[1]).find((port) => port !== undefined);
    if (hook === undefined) continue;
    const rules = lines.filter((line) => line !== '' && !line.startsWith('type '));
    // Only a single rule that forwards everything counts: with a condition or another rule in front it is no wire.
    const [, to = null, comment = ''] = (rules.length === 1 ? FORWARD.exec(rules[0] ?? '') : null) ?? [];
    chains.set(hook, { name, port: hook, to, wasPromiscuous: comment === WAS_PROMISCUOUS });
  }
  return chains;
}

/** One device; a chain of several is not ours. */
const HOOK = /^type filter hook ingress devices?(?: = \{)? "?([^"\s,]+)"?(?: \})? priority /;
const FORWARD = /^fwd to "?([^"\s]+)"?(?: comment "([^"]*)")?$/;

function positionOf(pair: PairPlan, { chains, links, trouble }: Seen): Judgement {
  const odd = unusable(pair);
  if (odd !== null) return { state: 'unknown', detail: odd };
  if (chains === null || links === null) return { state: 'unknown', detail: trouble };
  const { outside, inside } = pair;
  const ways = [
    { from: outside, to: inside },
    { from: inside, to: outside },
  ];
  const missing = [outside, inside].find((port) => !links.has(port));
  if (missing !== undefined) return { state: 'unknown', detail: `${missing} does not exist` };
  if (ways.every(({ from }) => !chains.has(from))) return { state: 'inline', detail: '' };
  const broken = ways.find(({ from, to }) => chains.get(from)?.to !== to);
  if (broken !== undefined) return { state: 'unknown', detail: `${broken.from} is not forwarded to ${broken.to}` };
  for (const port of [outside, inside]) {
    const link = links.get(port);
    if (link?.up !== true) return { state: 'unknown', detail: `${port} is down` };
    // A card would drop what is addressed to other machines, and that is everything.
    if (!link.promiscuous) return { state: 'unknown', detail: `${port} is not promiscuous` };
  }
  return { state: 'bypass', detail: '' };
}

function engage({ instance, pairs }: BypassContext, { chains, links, trouble }: Seen): readonly Chain[] {
  return pairs.map((pair) => {
    const { name, outside, inside } = pair;
    const odd = unusable(pair);
    if (odd !== null) return refuse(name, odd);
    if (chains === null || links === null) return refuse(name, trouble);
    const missing = [outside, inside].find((port) => !links.has(port));
    if (missing !== undefined) return refuse(name, `${missing} does not exist`);
    const comment = (port: string): string =>
      wasPromiscuous(chains.get(port), links.get(port)) ? ` comment "${WAS_PROMISCUOUS}"` : '';
    const body = (from: string, to: string): string =>
      [
        `  chain ${chainName(from)} {`,
        `    type filter hook ingress device "${from}" priority ${PRIORITY}; policy accept;`,
        `    fwd to "${to}"${comment(from)}`,
        '  }',
      ].join('\n');
    const old = [outside, inside].flatMap((port) => dropChain(instance, chains.get(port)));
    const table = `table netdev ${tableName(instance)}`;
    const text = [table, ...old, `${table} {`, body(outside, inside), body(inside, outside), '}', ''].join('\n');
    return chain(name, [
      ...[outside, inside].map((port) => program(['ip', 'link', 'set', 'dev', port, 'promisc', 'on', 'up'])),
      // Both directions in one transaction.
      program(['nft', '-f', '-'], { input: text }),
    ]);
  });
}

function release({ instance, pairs }: BypassContext, { chains, trouble }: Seen): readonly Chain[] {
  if (chains === null) return [refuse('', trouble)];
  const ports = pairs.flatMap(({ outside, inside }) => [outside, inside]);
  const ours = ports.flatMap((port) => chains.get(port) ?? []);
  if (ours.length === 0) return [];
  const table = `table netdev ${tableName(instance)}`;
  const text =
    ours.length === chains.size
      ? `${table}\ndelete ${table}\n`
      : `${ours.flatMap((one) => dropChain(instance, one)).join('\n')}\n`;
  const calm = ours
    .filter(({ wasPromiscuous }) => !wasPromiscuous)
    // A port that is gone has taken its state with it.
    .map(({ port }) => program(['ip', 'link', 'set', 'dev', port, 'promisc', 'off'], { mayFail: true }));
  return [chain('', [program(['nft', '-f', '-'], { input: text }), ...calm])];
}

function wasPromiscuous(seen: SeenChain | undefined, link: Link | undefined): boolean {
  // Engaged already: how it is now says nothing about how it was.
  return seen === undefined ? link?.promiscuous === true : seen.wasPromiscuous;
}

function dropChain(instance: string, seen: SeenChain | undefined): readonly string[] {
  if (seen === undefined) return [];
  const name = `netdev ${tableName(instance)} ${seen.name}`;
  return [`flush chain ${name}`, `delete chain ${name}`];
}
