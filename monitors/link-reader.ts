/**
 * Whether a port has carrier. There is no file behind it: the engine follows rtnetlink already, which is right for its network namespace,
 * and sysfs shows the namespace that it was mounted in. The simulator brings its own.
 */
import type { Carrier } from './pairs.ts';

/** As much of the engine's view of the kernel as is needed here: null = no such interface, `up` = set up and with carrier. */
export interface LinkView {
  interface(name: string): { readonly up: boolean } | null;
}

/** Reads ports from a view of the kernel. A port that is not there, or set down, has no carrier. */
export function createLinkReader(view: LinkView): Carrier {
  return (name) => view.interface(name)?.up === true;
}
