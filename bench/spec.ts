/**
 * What both programs are to do, and the configuration of each for it. Pure.
 * Adverts go over the HA port (eth2), the addresses live on the client's network (eth0), as in config/example.yaml.
 */
import { keepalivedConfig } from '../lab/keepalived.ts';

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
}

/** The same on both programs. */
export const PRIORITY = { a: 200, b: 100 } as const;

export type InstanceName = keyof typeof PRIORITY;

const ADVERTS = 'eth2';
const ADDRESSES = 'eth0';

/** Real-time priority of both, where a case asks for it. Tandem's default. */
const REALTIME_PRIORITY = 50;

export function tandemConfig(instance: InstanceName, spec: Spec): Readonly<Record<string, unknown>> {
  return {
    instance,
    stack: 'bench',
    ha: { mode: 'active-passive', primary: instance === 'a', interface: ADVERTS },
    vrrp: spec.routers.map(({ id, addresses }) => ({
      name: `r${id}`,
      id,
      interface: ADVERTS,
      addressInterface: ADDRESSES,
      priority: PRIORITY[instance],
      advertInterval: `${spec.intervalMs}ms`,
      addresses,
    })),
    manager: false,
  };
}

export function keepalivedText(instance: InstanceName, spec: Spec): string {
  const routers = spec.routers.map(({ id, addresses }) => ({
    name: `r${id}`,
    id,
    interface: ADVERTS,
    priority: PRIORITY[instance],
    interval: spec.intervalMs / 1000,
    addresses: addresses.map((address) => `${address} dev ${ADDRESSES}`),
    more: [`track_interface {\n${ADDRESSES}\n}`],
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
