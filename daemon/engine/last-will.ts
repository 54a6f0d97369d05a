/** The last will (brain 6.2, 6.3): what the guardian does if this engine dies now. For now always *resign*; *hold* comes with the peers. */
import { addressText } from '../../core/address.ts';
import { letGoTime } from '../../vrrp/timers.ts';
import type { Will, WillRouter } from '../channel.ts';
import { type Instance, type RouterEntry, holdsAddresses } from '../brain/state.ts';
import type { RouterShell } from './router-shell.ts';

/** The will for an instance. Routers without addresses here need none. */
export function makeWill(instance: Instance, shellOf: (router: string) => RouterShell | undefined): Will {
  const routers: WillRouter[] = [];
  for (const entry of instance.routers) {
    const shell = shellOf(entry.plan.name);
    if (shell !== undefined && holdsAddresses(entry)) routers.push(willOf(instance, entry, shell));
  }
  return { routers };
}

function willOf(instance: Instance, entry: RouterEntry, shell: RouterShell): WillRouter {
  const { plan, machine } = entry;
  const silent = instance.plan.mode === 'off';
  const carrier = plan.virtualMac ? shell.carrier : null;
  const all = [...plan.addresses, ...plan.excludedAddresses];
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
    resign: silent ? [] : shell.resignPackets(machine.style),
    addresses: all.map(({ address, prefix, family, interface: name }) => ({
      address,
      prefix,
      family,
      interface: carrier !== null && name === plan.addressInterface ? carrier : name,
    })),
    letGoMs: silent ? 0 : letGoTime(plan.version, plan.advertIntervalMs),
    macvlans: carrier === null ? [] : [carrier],
  };
}

/** Sends wills so that at most one is unanswered; a newer one replaces a waiting one (brain 6.2). */
export interface WillSender {
  send(will: Will): void;
  taken(seq: number): void;
}

export function createWillSender(write: (seq: number, will: Will) => void): WillSender {
  let seq = 0;
  let unanswered: number | null = null;
  let waiting: Will | null = null;
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
      if (waiting === null) return;
      const next = waiting;
      waiting = null;
      put(next);
    },
  };
}
