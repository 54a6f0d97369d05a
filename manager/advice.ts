/** What to do about a fault or a condition, by its name: one sentence for the person who has to mend it. Texts only. */
import type { ConditionName, FaultName } from '../core/reason.ts';

export const FAULT_ADVICE: Readonly<Record<FaultName, string>> = {
  addressInterfaceDown: 'Look at the cable and the switch port of the interface that carries the addresses.',
  noSource: 'Give the interface that sends the adverts an address, or set sourceAddress of the virtual router.',
  cannotSend: 'Look at the interface that sends the adverts, and at the log of the daemon.',
  addressInUse: 'Find the other machine that answers for the address (arping) and take the address from it.',
  duplicateSource: 'Two machines have the same address on the link of the adverts: give one of them another.',
  linkPairs: 'Look at the cables and switch ports of the link pairs that are down.',
  track: 'See which check fails under Tracks, and mend what it checks.',
  bypassStuck: 'The bypass was told to go back inline and does not: look at the card and its driver.',
  bypassUnknown: 'The bypass cannot be read: look at the card and at the program that drives it.',
  flapLimit: 'Find out why the role moved so often (Events), mend it, then reset the flaps.',
};

export const CONDITION_ADVICE: Readonly<Record<ConditionName, string>> = {
  mute: 'Adverts can be neither sent nor heard: look at the HA port, its cable and its switch.',
  partlyHeard: 'Some virtual routers do not hear an active: compare VRIDs, interfaces and VLANs on all instances.',
  intervalMismatch: 'Set the same advertInterval on every instance.',
  twoOwners: 'Give the priority 255 to one router only.',
  addressInUseWhileMute: 'Mend the path of the adverts first: another instance seems to serve the address.',
  pathDown: 'Look at the cables and switches of this path; the other paths still work.',
  advertsBlocked:
    'The switch between the instances drops multicast: allow 224.0.0.18 and ff02::12, or set unicastPeers.',
  checksBlocked: 'A packet filter between the instances drops UDP on the HA port number: allow it.',
  otherSecret: 'Copy the stack secret from one instance to the other, then reload.',
  otherStack: 'Two stacks use the same HA port number on this network: compare the key stack on both.',
  lateChecks: 'Give the machine less to do, allow real time, or lengthen the check interval.',
  lastResort: 'Mend the fault: no other instance can take over meanwhile.',
  flapLimitReached: 'Find out why the role moved so often (Events), mend it, then reset the flaps.',
  primaryConflict: 'Set ha.primary to true on exactly one instance.',
  serviceDown: 'Mend the faults of one instance: it takes the addresses by itself.',
  bandwidthLow: 'Look upstream: less traffic arrives than the minimum that is configured.',
};
