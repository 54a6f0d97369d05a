/**
 * What both programs are to do, and the configuration of each for it. Pure.
 * Adverts go over the HA port (eth2), the addresses live on the client's network (eth0), as in config/example.yaml.
 */
import { keepalivedConfig } from '../lab/keepalived.ts';
import type { StackChange } from '../lab/stack-config.ts';
import { PAIR } from '../lab/topology.ts';

export interface RouterSpec {
  readonly id: number;
  /** With prefix length. */
  readonly addresses: readonly string[];
}

export interface Spec {
  readonly intervalMs: number;
  readonly routers: readonly RouterSpec[];
  /** Keepalived under real-time scheduling too; Tandem is by default. */
  readonly realtime?: boolean;
  /** What instances of Tandem know of each other; without it they are strangers, as two keepalived are. */
  readonly stack?: StackSpec;
  /** The ports of a link pair decide too: `links.minimumActive: 1`, keepalived's `track_interface`. The topology has one, then. */
  readonly pairs?: boolean;
}

export interface StackSpec {
  /** The ways on which the peer is checked. */
  readonly paths: readonly ('ha' | 'backup')[];
  /** Every so many ms; as by default unless said. */
  readonly checkMs?: number;
}

/** The peer is checked as by default, over the HA port and a backup path. */
export const USUAL_STACK: StackSpec = { paths: ['ha', 'backup'] };

/** The same on both programs. */
export const PRIORITY = { a: 200, b: 100 } as const;

export type InstanceName = keyof typeof PRIORITY;

const ADVERTS = 'eth2';
const ADDRESSES = 'eth0';

/** Real-time priority of both, where a case asks for it. Tandem's default. */
const REALTIME_PRIORITY = 50;

function tandemRouters(instance: InstanceName, spec: Spec): readonly Readonly<Record<string, unknown>>[] {
  return spec.routers.map(({ id, addresses }) => ({
    name: `r${id}`,
    id,
    interface: ADVERTS,
    addressInterface: ADDRESSES,
    priority: PRIORITY[instance],
    advertInterval: `${spec.intervalMs}ms`,
    addresses,
  }));
}

/** An instance that knows nobody. */
export function tandemConfig(instance: InstanceName, spec: Spec): Readonly<Record<string, unknown>> {
  return {
    instance,
    stack: 'bench',
    ha: { mode: 'active-passive', primary: instance === 'a', interface: ADVERTS },
    vrrp: tandemRouters(instance, spec),
    manager: false,
  };
}

/** What an instance that knows its peer has beyond the lab's usual stack (`stackConfig`). */
export function stackChange(instance: InstanceName, spec: Spec, { paths, checkMs }: StackSpec): StackChange {
  return {
    paths,
    routers: tandemRouters(instance, spec),
    ...(checkMs === undefined ? {} : { peerCheck: { interval: `${checkMs}ms` } }),
  };
}

export function keepalivedText(instance: InstanceName, spec: Spec): string {
  const tracked = [ADDRESSES, ...(spec.pairs === true ? [PAIR.outside, PAIR.inside] : [])];
  const routers = spec.routers.map(({ id, addresses }) => ({
    name: `r${id}`,
    id,
    interface: ADVERTS,
    priority: PRIORITY[instance],
    interval: spec.intervalMs / 1000,
    addresses: addresses.map((address) => `${address} dev ${ADDRESSES}`),
    more: [`track_interface {\n${tracked.join('\n')}\n}`],
  }));
  return keepalivedConfig(routers, spec.realtime === true ? [`vrrp_rt_priority ${REALTIME_PRIORITY}`] : []);
}

/** `10.80.0.1/32` and so on: the addresses of the cases with many of them. */
export function manyAddresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `10.80.0.${at + 1}/32`);
}

/** So many routers with one address each. */
export function manyRouters(count: number, intervalMs: number): Spec {
  return { intervalMs, routers: manyAddresses(count).map((address, at) => ({ id: at + 1, addresses: [address] })) };
}
