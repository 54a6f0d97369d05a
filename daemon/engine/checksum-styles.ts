/** The checksum styles of the last life, which the guardian remembers: by a key that outlives a change of names. */
import type { RouterPlan } from '../../config/plan.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';

/** Where the checksum style of a router is remembered: `<interface>/<vrid>`. */
export function styleKey(plan: RouterPlan): string {
  return `${plan.interface}/${plan.id}`;
}

/** By the names that the routers have now; only of those that are remembered. */
export function stylesByName(
  routers: readonly RouterPlan[],
  styles: Readonly<Record<string, ChecksumStyle>>,
): Readonly<Record<string, ChecksumStyle>> {
  return Object.fromEntries(
    routers.flatMap((router) => {
      const style = styles[styleKey(router)];
      return style === undefined ? [] : [[router.name, style] as const];
    }),
  );
}
