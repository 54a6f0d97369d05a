/** The leader of the stack, put together: it follows the copy of the status, and the engine is told of it (`leader` in the status). */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ManagerPlan } from '../config/manager-plan.ts';
import { systemClock } from '../core/clock.ts';
import type { Ms } from '../core/clock.ts';
import type { LeaderView } from '../core/leader.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import type { StatusCopy } from '../core/services.ts';
import { advertisedAddress, likelyAddress } from '../stack/leader/address.ts';
import { createLeader } from '../stack/leader/leader.ts';
import type { Stack } from './stack.ts';

export interface LeadingPorts {
  readonly plan: () => ManagerPlan;
  readonly stack: Pick<Stack, 'store' | 'setExpiring'>;
  readonly copy: Pick<StatusCopy, 'status' | 'statusBody'>;
  /** Tells the engine. */
  readonly tell: (leader: boolean) => Promise<unknown>;
  readonly note: (reason: ManagerReason) => void;
  readonly warn: (text: string) => void;
}

export interface Leading extends LeaderView {
  start(): Promise<void>;
  /** The status or the configuration is another one. */
  look(): void;
  stop(): Promise<void>;
}

/** An engine that is replaced says nothing for less. */
const STALE_MS: Ms = 3000;
/** The engine forgets who leads if nobody says it for longer. */
const TELL_EVERY_MS: Ms = 5000;

/** Addresses of an interface change seldom, and to ask for them is a walk over all of them. */
const ADDRESS_LASTS_MS: Ms = 5000;

export function createLeading({ plan, stack, copy, tell, note, warn }: LeadingPorts): Leading {
  const { instance, stack: name } = plan();
  let address: { readonly of: ManagerPlan; readonly at: number; readonly url: string | null } | null = null;

  function ownAddress(): string | null {
    const [of, at] = [plan(), systemClock.now()];
    if (address === null || address.of !== of || at - address.at > ADDRESS_LASTS_MS)
      address = { of, at, url: addressOf(of) };
    return address.url;
  }

  const leader = createLeader({
    store: stack.store,
    instance,
    stack: name,
    clock: systemClock,
    status: () => ((copy.statusBody()?.ageMs ?? STALE_MS) < STALE_MS ? copy.status() : null),
    others: () => {
      const { ha, manager } = plan();
      return new Map(ha.peers.map((peer) => [peer.name, likelyAddress(peer.paths[0], manager.listen)]));
    },
    ownAddress,
    note,
    warn,
  });
  leader.onLeading({ name: 'expiry', start: () => stack.setExpiring(true), stop: () => stack.setExpiring(false) });
  const tellEngine = (): void => void tell(leader.state().isSelf);
  let ends: (() => void)[] = [];
  return {
    state: leader.state,
    onChange: leader.onChange,
    onLeading: leader.onLeading,
    look: leader.look,
    async start() {
      await leader.start();
      const timer = setInterval(tellEngine, TELL_EVERY_MS);
      tellEngine();
      ends = [leader.onChange(tellEngine), () => clearInterval(timer)];
    },
    async stop() {
      for (const end of ends) end();
      await leader.stop();
    },
  };
}

function addressOf({ manager, ha, moving }: ManagerPlan): string | null {
  const found = ha.interface === null ? [] : (networkInterfaces()[ha.interface] ?? []);
  const own = found
    .map(({ address }) => address)
    // Link-local addresses have a meaning on the link alone.
    .filter((address) => !moving.includes(address) && !(isIPv6(address) && /^fe[89ab]/i.test(address)));
  return advertisedAddress({ configured: manager.clusterAdvertiseAddr, listen: manager.listen, haAddresses: own });
}
