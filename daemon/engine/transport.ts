/** What the kernel's interfaces mean for a router: which are up, and from where its adverts are sent. */
import { addressBytes, addressText } from '../../core/address.ts';
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import { chooseSource } from '../../vrrp/source.ts';
import type { KernelView } from '../../vrrp/ports.ts';
import type { Transport } from '../brain/state.ts';

/** The canonical text of every address that this instance moves: none of them is ever a source. */
export function virtualAddresses(plan: EnginePlan): ReadonlySet<string> {
  const all = plan.routers.flatMap((router) => [...router.addresses, ...router.excludedAddresses]);
  return new Set(all.map((a) => canonical(a.address)));
}

/** `carrier` is the interface that really carries the addresses: the macvlan of a virtual MAC, null while it is being made. */
export function transportOf(
  plan: RouterPlan,
  view: KernelView,
  vips: ReadonlySet<string>,
  carrier: string | null,
): Transport {
  const advert = view.interface(plan.interface);
  const address = view.interface(plan.addressInterface);
  const source = advert === null ? null : chooseSource(plan, view.addresses(plan.interface), vips);
  const macvlanReady = !plan.virtualMac || (carrier !== null && view.interface(carrier) !== null);
  const addressUp = address?.up === true && macvlanReady;
  return {
    advertUp: advert?.up === true,
    addressUp,
    source: source === null ? null : addressBytes(source),
    detail: detailOf(plan, advert?.up, address?.up, macvlanReady, source),
  };
}

function detailOf(
  plan: RouterPlan,
  advert: boolean | undefined,
  address: boolean | undefined,
  macvlanReady: boolean,
  source: string | null,
): string {
  const state = (name: string, up: boolean | undefined): string | null =>
    up === undefined ? `${name} does not exist` : up ? null : `${name} has no carrier`;
  const family = plan.family === 'ipv4' ? 'IPv4' : 'IPv6 link-local';
  return (
    state(plan.addressInterface, address) ??
    (macvlanReady ? null : `the macvlan on ${plan.addressInterface} is not there yet`) ??
    state(plan.interface, advert) ??
    (source === null ? `${plan.interface} has no ${plan.sourceAddress ?? `${family} address`} to send from` : '')
  );
}

function canonical(text: string): string {
  const bytes = addressBytes(text);
  return bytes === null ? text : addressText(bytes);
}
