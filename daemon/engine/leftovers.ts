/** Addresses that an earlier run left behind (brain 6.4): found and removed before any socket is opened, and no others. */
import { release } from 'node:os';
import { addressBytes, addressText } from '../../core/address.ts';
import type { EnginePlan } from '../../config/plan.ts';
import type { KernelAddress } from '../../vrrp/ports.ts';
import type { HeldAddress } from '../channel.ts';
import type { Kernel } from './kernel.ts';

/**
 * Which of the kernel's addresses an earlier run of ours put there: what carries our tag and is in the plan or in the journal.
 * Kernels before 5.18 keep no tag: there the journal alone says it. Two daemons on one machine do not take each other's. Pure.
 */
export function leftovers(
  found: readonly KernelAddress[],
  plan: Pick<EnginePlan, 'routers'>,
  journal: readonly HeldAddress[],
  tagsKept: boolean,
): readonly KernelAddress[] {
  const key = (address: string, name: string): string => `${canonical(address)} ${name}`;
  const journalled = new Set(journal.map((a) => key(a.address, a.interface)));
  const planned = new Set(
    plan.routers.flatMap((r) => [...r.addresses, ...r.excludedAddresses].map((a) => canonical(a.address))),
  );
  return found.filter((address) => {
    if (tagsKept && !address.tagged) return false;
    return (
      journalled.has(key(address.address, address.interface)) ||
      (address.tagged && planned.has(canonical(address.address)))
    );
  });
}

/** IFA_PROTO came with Linux 5.18. */
export function keepsTags(kernel = release()): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 18);
}

/** Remove them; resolves with what was removed when the kernel has answered for all. */
export function removeLeftovers(
  kernel: Pick<Kernel, 'writer'>,
  found: readonly KernelAddress[],
): Promise<readonly KernelAddress[]> {
  return new Promise((resolve) => {
    const removed: KernelAddress[] = [];
    let waiting = found.length;
    if (waiting === 0) resolve(removed);
    for (const address of found) {
      kernel.writer.remove(address, (outcome) => {
        if (outcome === 'removed') removed.push(address);
        if (--waiting === 0) resolve(removed);
      });
    }
  });
}

function canonical(text: string): string {
  const bytes = addressBytes(text);
  return bytes === null ? text : addressText(bytes);
}
