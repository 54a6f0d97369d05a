/** From which address a virtual router sends its adverts (RFC 9568 section 7.2, vrrp.md 2.8). */
import type { RouterPlan } from '../config/plan.ts';
import { addressBytes, addressText, isLinkLocal } from '../core/address.ts';
import type { KernelAddress } from './ports.ts';

/** The owner (priority 255) really has the address: it is part of its configuration. */
const OWNER = 255;

/**
 * The source address, or null if there is none (fault `noSource`).
 * `addresses`: those of the interface by which adverts leave. `vips`: canonical text of every virtual address of this
 * instance; none of them, and nothing that carries our tag, is ever chosen, because it moves away. The exception is an
 * owner whose interface has nothing else: then its own, permanent (untagged) address is the primary one.
 */
export function chooseSource(
  plan: RouterPlan,
  addresses: readonly KernelAddress[],
  vips: ReadonlySet<string>,
): string | null {
  const usable = addresses.filter((a) => a.family === plan.family && !a.tentative && a.scope !== 'host');
  if (plan.sourceAddress !== null) {
    const wanted = canonical(plan.sourceAddress);
    return usable.find((a) => canonical(a.address) === wanted)?.address ?? null;
  }
  const lasting = usable.filter((a) => !a.tagged);
  const real = lasting.filter((a) => !vips.has(canonical(a.address)));
  const first = (candidates: readonly KernelAddress[]): string | null =>
    plan.family === 'ipv4' ? primaryIpv4(candidates) : primaryIpv6(plan, candidates);
  return first(real) ?? (plan.priority === OWNER ? first(lasting) : null);
}

/** Primary before secondary, global before link scope; otherwise the kernel's order. */
function primaryIpv4(candidates: readonly KernelAddress[]): string | null {
  return candidates.toSorted((a, b) => rank(a) - rank(b))[0]?.address ?? null;
}

function rank(address: KernelAddress): number {
  return (address.secondary ? 2 : 0) + (address.scope === 'global' ? 0 : 1);
}

/** Multicast adverts come from a link-local address (RFC 9568 section 5.1.2.1); to global peers a global one reaches further. */
function primaryIpv6(plan: RouterPlan, candidates: readonly KernelAddress[]): string | null {
  const linkLocal = candidates.find((a) => a.scope === 'link')?.address ?? null;
  const globalPeers = plan.unicastPeers.some((peer) => {
    const bytes = addressBytes(peer);
    return bytes !== null && !isLinkLocal(bytes);
  });
  if (!globalPeers) return linkLocal;
  return candidates.find((a) => a.scope === 'global')?.address ?? linkLocal;
}

function canonical(text: string): string {
  const bytes = addressBytes(text);
  return bytes === null ? text : addressText(bytes);
}
