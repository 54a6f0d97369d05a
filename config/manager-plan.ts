/** The configuration as the manager gets it from the guardian: what it works from, and nothing that is secret. */
import type { Config } from './schema.ts';

export interface ManagerPlan {
  readonly instance: string;
  readonly stack: string;
  readonly manager: Exclude<Config['manager'], false>;
  readonly alerts: Config['alerts'];
  readonly drills: Config['drills'];
  readonly store: Config['store'];
  /** Without the programs of commands: those are the helper's. */
  readonly sessions: {
    readonly captureHa: boolean;
    readonly commands: readonly { readonly name: string; readonly ha: boolean }[];
  };
  /** Interface, port and paths by which the instances of the stack reach each other. */
  readonly ha: Pick<Config['ha'], 'interface' | 'port' | 'peers'>;
  /** Every address that moves, without prefix: none of them says where this instance is. */
  readonly moving: readonly string[];
  /** The first virtual address of the stack, without prefix: what a drill watches. Null without routers. */
  readonly address: string | null;
  /** What RFC 6527's MIB asks for and a status does not say: `ha.preempt`, and the routers that accept packets to their addresses. */
  readonly vrrp: { readonly preempt: boolean; readonly accepting: readonly string[] };
  /** Files that the configuration names for the manager: the guardian reads these for it, and no others. */
  readonly files: readonly string[];
}

/** Null: `manager: false`. */
export function managerPlan(config: Config): ManagerPlan | null {
  const { instance, stack, manager, alerts, drills, store, sessions } = config;
  if (manager === false) return null;
  const moving = config.vrrp.flatMap(({ addresses, excludedAddresses }) =>
    [...addresses, ...excludedAddresses].map((one) =>
      (typeof one === 'string' ? one : one.address).replace(/\/.*/, ''),
    ),
  );
  const address = (config.vrrp[0]?.addresses.length ?? 0) > 0 ? (moving[0] ?? null) : null;
  const { agent } = alerts.snmp;
  const accepting = config.vrrp.filter(({ accept }) => accept).map(({ name }) => name);
  const files = [
    manager.tls.certFile,
    manager.tls.keyFile,
    store.tls?.caFile ?? null,
    store.tls?.certFile ?? null,
    store.tls?.keyFile ?? null,
    ...alerts.syslog.map(({ caFile }) => caFile),
    ...alerts.webhooks.flatMap(({ secretFile, caFile }) => [secretFile, caFile]),
    ...alerts.snmp.traps.flatMap((trap) =>
      trap.version === 3 ? [trap.authFile, trap.privFile] : [trap.communityFile],
    ),
    ...(agent !== null && 'listen' in agent ? [agent.communityFile, agent.authFile, agent.privFile] : []),
  ].filter((file) => file !== null);
  const vrrp = { preempt: config.ha.preempt, accepting };
  const ha = { interface: config.ha.interface, port: config.ha.port, peers: config.ha.peers };
  const features = {
    captureHa: sessions.captureHa,
    commands: sessions.commands.map((command) => ({ name: command.name, ha: command.ha })),
  };
  return {
    instance,
    stack,
    manager,
    alerts,
    drills,
    store,
    sessions: features,
    ha,
    moving,
    address,
    vrrp,
    files: [...new Set(files)],
  };
}
