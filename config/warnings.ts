/** What is allowed, but probably not meant. Pure; one sentence each, never a secret. */
import { familyOf } from './router-facts.ts';
import { addressBytes, isLinkLocal } from '../core/address.ts';
import type { Config } from './schema.ts';

/** Warnings for the administrator. `notInEffect`: keys that the file sets and that this version accepts without effect. */
export function warningsOf(config: Config, notInEffect: readonly string[] = []): readonly string[] {
  const { ha, vrrp, tracks } = config;
  const warnings: string[] = [];
  if (notInEffect.length > 0) warnings.push(`${notInEffect.join(', ')}: accepted, not in effect in this version`);
  if (ha.mode !== 'off' && ha.peers.length === 0) {
    warnings.push('ha.peers is empty: the others are plain VRRP speakers, and VRRP alone decides');
  }
  if (vrrp.length === 0) warnings.push('vrrp is empty: there is no address to move');
  for (const router of vrrp) {
    const first = addressBytes(router.addresses[0]!.address);
    if (familyOf(router) === 'ipv6' && first !== null && !isLinkLocal(first)) {
      warnings.push(
        `router ${router.name}: its first address is not link-local, which RFC 9568 section 5.2.9 (erratum 8300) wants; some neighbours may refuse its adverts`,
      );
    }
    if (ha.mode === 'active-active' && router.owner === null && router.priority === null) {
      warnings.push(
        `router ${router.name} has no owner: neither instance is preferred, the higher source address wins`,
      );
    }
  }
  for (const track of tracks) {
    if (track.weight !== 0 && !ha.preempt) {
      warnings.push(
        `track ${track.name}: with ha.preempt false its weight can never move an address; weight 0 makes it a fault instead`,
      );
    }
  }
  return warnings;
}
