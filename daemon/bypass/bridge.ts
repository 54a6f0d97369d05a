/**
 * A software wire: a kernel bridge with exactly the two ports of the pair. It knows no spanning tree, learns nothing and passes on what is
 * addressed to the link itself too, as a cable would, so that the switches at both ends see each other (brain 7.6).
 */
import { createHash } from 'node:crypto';
import type { PairPlan } from '../../config/plan.ts';
import { chain, program, refuse, together, troubleOf } from './driver.ts';
import type { BypassContext, BypassDriver, Chain, Judgement, Position, Sight, Step } from './driver.ts';
import { linksLook, readLinks, unusable } from './links.ts';
import type { Links } from './links.ts';

/** Longest name of an interface, characters (IFNAMSIZ - 1). */
const NAME_SIZE = 15;

/**
 * Link-local groups 01-80-C2-00-00-0X that a frame may cross the bridge to, a bit for each X. The kernel refuses bits 0 to 2 for a bridge (bit 0,
 * BPDUs, it passes on anyway where spanning tree is off), and for a port only bit 1: pause frames, which mean nothing beyond their own cable.
 */
const BRIDGE_MASK = 0xfff8;
const PORT_MASK = 0xfffd;

/** Name of the bridge of a pair: `tbr-wan1`, or `tbr~` and a hash where that would not fit. Never the same for two pairs. */
export function bridgeName(pair: string): string {
  const name = `tbr-${pair}`;
  if (name.length <= NAME_SIZE) return name;
  return `tbr~${createHash('sha256')
    .update(pair)
    .digest('hex')
    .slice(0, NAME_SIZE - 4)}`;
}

export const bridge: BypassDriver = {
  software: true,
  watchdog: null,
  powerOff: 'blocked',

  looks({ pairs }) {
    const usable = pairs.filter((pair) => unusable(pair) === null);
    return [linksLook(usable.flatMap(({ name, outside, inside }) => [outside, inside, bridgeName(name)]))];
  },

  judge({ pairs }, [sight]) {
    const links = readLinks(sight);
    return together(pairs.map((pair) => ({ name: pair.name, judgement: positionOf(pair, links, troubleOf(sight)) })));
  },

  steps(context: BypassContext, position: Position, [sight]: readonly Sight[]): readonly Chain[] {
    const links = readLinks(sight);
    return context.pairs.map((pair) => {
      const odd = unusable(pair);
      if (odd !== null) return refuse(pair.name, odd);
      if (links === null) return refuse(pair.name, troubleOf(sight));
      return position === 'bypass' ? engage(pair, links) : release(pair, links);
    });
  },
};

function engage(pair: PairPlan, links: Links): Chain {
  const name = bridgeName(pair.name);
  const made = links.get(name);
  if (made !== undefined && made.kind !== 'bridge')
    return refuse(pair.name, `${name} is no bridge, but something else has its name`);
  for (const port of [pair.outside, pair.inside]) {
    const link = links.get(port);
    if (link === undefined) return refuse(pair.name, `${port} does not exist`);
    // It would have to be given back exactly as it was, also after a crash in between; and it is somebody's traffic.
    if (link.master !== null && link.master !== name)
      return refuse(
        pair.name,
        `${port} is a port of ${link.master}, and the driver bridge takes none from another: use the driver nft`,
      );
  }
  const kind = ['type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0'];
  const settings = [...kind, 'group_fwd_mask', String(BRIDGE_MASK)];
  return chain(pair.name, [
    made === undefined ? ip('add', 'name', name, ...settings) : ip('set', 'dev', name, ...settings),
    // No address of its own: a wire does not answer. Fails where the kernel has no IPv6, and then there is none anyway.
    program(['ip', 'link', 'set', 'dev', name, 'addrgenmode', 'none'], { mayFail: true }),
    ...[pair.outside, pair.inside].flatMap((port) => [
      ip('set', 'dev', port, 'master', name),
      // Before the bridge is up, so that nothing is learnt in between: of two ports, whatever comes in on one leaves by the other.
      ip('set', 'dev', port, 'type', 'bridge_slave', 'learning', 'off', 'group_fwd_mask', String(PORT_MASK)),
      ip('set', 'dev', port, 'up'),
    ]),
    ip('set', 'dev', name, 'up'),
  ]);
}

function release(pair: PairPlan, links: Links): Chain {
  const name = bridgeName(pair.name);
  // Its ports are free again with it.
  return chain(pair.name, links.get(name)?.kind === 'bridge' ? [ip('del', 'dev', name)] : []);
}

function positionOf(pair: PairPlan, links: Links | null, trouble: string): Judgement {
  const odd = unusable(pair);
  if (odd !== null) return { state: 'unknown', detail: odd };
  if (links === null) return { state: 'unknown', detail: trouble };
  const name = bridgeName(pair.name);
  const ports = [pair.outside, pair.inside].map((port) => ({ port, link: links.get(port) }));
  const missing = ports.find(({ link }) => link === undefined);
  if (missing !== undefined) return { state: 'unknown', detail: `${missing.port} does not exist` };
  const inside = ports.filter(({ link }) => link?.master === name);
  if (inside.length === 0) return { state: 'inline', detail: '' };
  const outside = ports.find(({ link }) => link?.master !== name);
  if (outside !== undefined)
    return { state: 'unknown', detail: `${outside.port} is not in ${name}, the other port is` };
  const down = [name, ...ports.map(({ port }) => port)].find((one) => links.get(one)?.up !== true);
  if (down !== undefined) return { state: 'unknown', detail: `${down} is down` };
  return { state: 'bypass', detail: '' };
}

function ip(what: 'add' | 'set' | 'del', ...rest: readonly string[]): Step {
  return program(['ip', 'link', what, ...rest]);
}
