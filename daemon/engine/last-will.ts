/** The last will (brain 6.2, 6.3): what the guardian does if this engine dies now. */
import { addressText } from '../../core/address.ts';
import { letGoTime } from '../../vrrp/timers.ts';
import { fitted } from '../brain/faults.ts';
import { isHolder } from '../brain/holder.ts';
import type { ReadyDatagram, Will, WillRouter } from '../channel.ts';
import { type Instance, type RouterEntry, holdsAddresses } from '../brain/state.ts';
import type { RouterShell } from './router-shell.ts';

/** How long addresses are kept where a Tandem peer that can take over was told (brain 5.6), ms. */
const TOLD_MS = 50;

export interface WillSources {
  readonly shellOf: (router: string) => RouterShell | undefined;
  /** `told`, for every path of every peer. */
  readonly told: () => readonly ReadyDatagram[];
}

/** The will for an instance. Routers without addresses here need none. */
export function makeWill(instance: Instance, { shellOf, told }: WillSources): Will {
  const holding = instance.routers.filter(holdsAddresses);
  const kind = holding.some((r) => r.machine.state === 'active') ? instance.willKind : 'resign';
  const datagrams = holding.length > 0 ? told() : [];
  const soon = instance.willKind === 'resign' && datagrams.length > 0;
  const routers = holding.flatMap((entry) => {
    const shell = shellOf(entry.plan.name);
    return shell === undefined ? [] : [willOf(instance, entry, shell, soon)];
  });
  const { onServiceDown } = instance.plan.bypass;
  return {
    kind,
    routers,
    told: datagrams,
    bypass: kind === 'hold' && onServiceDown && isHolder(instance) && fitted(instance),
  };
}

function willOf(instance: Instance, entry: RouterEntry, shell: RouterShell, soon: boolean): WillRouter {
  const { plan, machine } = entry;
  const silent = instance.plan.mode === 'off';
  const carrier = plan.virtualMac ? shell.carrier : null;
  const all = [...plan.addresses, ...plan.excludedAddresses];
  const active = machine.state === 'active';
  const letGoMs = letGoTime(plan.version, plan.advertIntervalMs);
  return {
    name: plan.name,
    id: plan.id,
    version: plan.version,
    family: plan.family,
    interface: plan.interface,
    password: plan.password,
    unicastPeers: plan.unicastPeers,
    sources: shell.source === null ? [] : [addressText(shell.source)],
    // Mode off speaks no VRRP: nobody waits for a resignation, the addresses go at once.
    resign: silent ? [] : shell.readyPackets(0, machine.style),
    adverts: silent || !active ? [] : shell.readyPackets(machine.priority, machine.style),
    advertIntervalMs: plan.advertIntervalMs,
    active,
    addresses: all.map(({ address, prefix, family, interface: name }) => ({
      address,
      prefix,
      family,
      interface: carrier !== null && name === plan.addressInterface ? carrier : name,
    })),
    letGoMs: silent ? 0 : soon ? Math.min(TOLD_MS, letGoMs) : letGoMs,
    macvlans: carrier === null ? [] : [carrier],
  };
}

/** Sends wills so that at most one is unanswered; a newer one replaces a waiting one (brain 6.2). */
export interface WillSender {
  send(will: Will): void;
  taken(seq: number): void;
  /** Calls back when the guardian has the newest will: at once if it has. */
  settled(callback: () => void): void;
}

export function createWillSender(write: (seq: number, will: Will) => void): WillSender {
  let seq = 0;
  let unanswered: number | null = null;
  let waiting: Will | null = null;
  const callbacks: (() => void)[] = [];
  const put = (will: Will): void => {
    unanswered = ++seq;
    write(seq, will);
  };
  return {
    send(will) {
      if (unanswered === null) put(will);
      else waiting = will;
    },
    taken(answered) {
      if (answered !== unanswered) return;
      unanswered = null;
      if (waiting === null) {
        for (const callback of callbacks.splice(0)) callback();
        return;
      }
      const next = waiting;
      waiting = null;
      put(next);
    },
    settled(callback) {
      if (unanswered === null) callback();
      else callbacks.push(callback);
    },
  };
}
