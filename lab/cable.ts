/** A cable of the lab: a veth pair whose far end is a port of a switch. It can be pulled, cut one way, and lose packets. */
import { command, ip } from './command.ts';

/** Seen from the host that the cable was plugged into first. */
export type Direction = 'both' | 'fromHost' | 'toHost';

/** `carrier`: as if pulled, both sides see it. `inSwitch`: the carrier stays, frames are dropped on the way. */
export type CutHow = 'carrier' | 'inSwitch';

/** The port of the switch that an end of the cable is plugged into. */
export interface FarEnd {
  readonly port: string;
}

/** Made by `Lab.cable`. */
export class Cable {
  readonly name: string;
  /** Name of the host that it was plugged into first. */
  readonly host: string;
  readonly #wires: string;
  readonly #farEnds: readonly FarEnd[];
  #pulled = false;
  #filtered = false;

  /** @param wires namespace of the switches. @param farEnds one, or two for a cable from host to host. */
  constructor(name: string, host: string, wires: string, farEnds: readonly FarEnd[]) {
    this.name = name;
    this.host = host;
    this.#wires = wires;
    this.#farEnds = farEnds;
  }

  get isCut(): boolean {
    return this.#pulled || this.#filtered;
  }

  /**
   * Cuts it; without arguments as if pulled. A carrier is always lost in both directions. In the switch, `only` limits the cut to what an
   * nftables expression matches (`udp dport 11211`), as a firewall on the way would.
   */
  cut(options: { readonly how?: CutHow; readonly direction?: Direction; readonly only?: string } = {}): void {
    if ((options.how ?? 'carrier') === 'inSwitch') this.lose(100, options.direction ?? 'both', options.only);
    else cutTogether([this]);
  }

  /** Drops this share of the packets, 0 to 100 percent, at random. The carrier stays. `only`: of those that it matches. */
  lose(percent: number, direction: Direction = 'both', only = ''): void {
    const port = this.#farEnds[0]?.port ?? '';
    const rule = percent >= 100 ? 'drop' : `numgen random mod 10000 < ${Math.round(percent * 100)} drop`;
    const hooks = [
      ...(direction === 'toHost' ? [] : (['ingress'] as const)),
      ...(direction === 'fromHost' ? [] : (['egress'] as const)),
    ];
    this.#filter(`cut-${port}`, hooks, `${only} ${rule}`);
    this.#filtered = true;
  }

  /**
   * From now on the switch takes frames from the host only if this station sent them: whatever else comes out of an instance has gone in a
   * circle. Neither a cut nor `restore` changes it.
   */
  guard(mac: string): void {
    this.#filter(`guard-${this.#farEnds[0]?.port ?? ''}`, ['ingress'], `ether saddr != ${mac} drop`);
  }

  #filter(table: string, hooks: readonly ('ingress' | 'egress')[], rule: string): void {
    const port = this.#farEnds[0]?.port ?? '';
    const chains = hooks.map(
      (hook) => `  chain ${hook} {\n    type filter hook ${hook} device "${port}" priority 0;\n    ${rule}\n  }\n`,
    );
    // Declaring the table before deleting it makes the deletion succeed whether or not it was there: one transaction.
    const empty = `table netdev ${table}\ndelete table netdev ${table}\n`;
    this.#nft(`${empty}table netdev ${table} {\n${chains.join('')}}\n`);
  }

  #nft(text: string): void {
    command(['ip', 'netns', 'exec', this.#wires, 'nft', '-f', '-'], text);
  }

  /** Undoes every cut and loss. */
  restore(): void {
    if (this.#filtered) {
      this.#nft(`delete table netdev cut-${this.#farEnds[0]?.port ?? ''}\n`);
      this.#filtered = false;
    }
    if (this.#pulled) ip(this.lines('up'), this.#wires);
    this.#pulled = false;
  }

  /** The `ip` commands that set its far ends up or down. */
  lines(state: 'up' | 'down'): readonly string[] {
    return this.#farEnds.map(({ port }) => `link set ${port} ${state}`);
  }

  get wires(): string {
    return this.#wires;
  }

  /** To be called by `cutTogether` alone. */
  markPulled(): void {
    this.#pulled = true;
  }
}

/** Pulls several cables at the same moment (one command). All belong to one lab. */
export function cutTogether(cables: readonly Cable[]): void {
  const [first] = cables;
  if (first === undefined) return;
  ip(
    cables.flatMap((cable) => cable.lines('down')),
    first.wires,
  );
  for (const cable of cables) cable.markPulled();
}
