/**
 * Why: one closed list with one formatter, shared by log, API, command line, trap and page.
 * A reason is data first; its text is made here and nowhere else.
 */

import type { Ms } from './clock.ts';
import type { HandoverPurpose } from './report.ts';
import type { BypassBy } from './status.ts';

/** Names in the fault table (brain section 2). */
export type FaultName =
  | 'addressInterfaceDown'
  | 'noSource'
  | 'cannotSend'
  | 'addressInUse'
  | 'duplicateSource'
  | 'linkPairs'
  | 'track'
  | 'bypassStuck'
  | 'bypassUnknown'
  | 'flapLimit';

/** Conditions: shown beside the faults, but they do not take eligibility away. */
export type ConditionName =
  | 'mute'
  | 'partlyHeard'
  | 'intervalMismatch'
  | 'twoOwners'
  | 'addressInUseWhileMute'
  | 'pathDown'
  | 'advertsBlocked'
  | 'checksBlocked'
  | 'otherSecret'
  | 'otherStack'
  | 'lateChecks'
  | 'lastResort'
  | 'flapLimitReached'
  | 'primaryConflict'
  | 'serviceDown'
  | 'bandwidthLow';

/** Why a claim was not allowed: the rows of the gate (brain 1.3). */
export type Refusal =
  | 'fault'
  | 'maintenance'
  | 'bypass'
  | 'stopping'
  | 'held'
  | 'backOff'
  | 'modeOff'
  | 'probing'
  | 'notAlone'
  | 'listening'
  | 'reported'
  | 'heardSince'
  | 'thirdParty'
  | 'adopting';

export type Reason =
  // roles and router states
  | { readonly code: 'starting' }
  | { readonly code: 'started'; readonly priority: number }
  | { readonly code: 'masterDown'; readonly router: string; readonly silentMs: number }
  | { readonly code: 'activeHeard'; readonly router: string; readonly source: string; readonly priority: number }
  | { readonly code: 'resigned'; readonly router: string; readonly source: string }
  | {
      readonly code: 'preempting';
      readonly router: string;
      readonly source: string;
      readonly theirs: number;
      readonly ours: number;
    }
  | { readonly code: 'owner'; readonly router: string }
  | { readonly code: 'nobodyHasIt'; readonly router: string }
  | {
      readonly code: 'betterHeard';
      readonly router: string;
      readonly source: string;
      readonly theirs: number;
      readonly ours: number;
    }
  | { readonly code: 'activeHeardAfterPause'; readonly router: string; readonly source: string; readonly gapMs: number }
  // peers
  | { readonly code: 'peerHealthy'; readonly peer: string }
  | { readonly code: 'peerUnhealthy'; readonly peer: string; readonly missed: number; readonly of: number }
  | { readonly code: 'pathHealthy'; readonly peer: string; readonly path: string }
  | {
      readonly code: 'pathUnhealthy';
      readonly peer: string;
      readonly path: string;
      readonly missed: number;
      readonly of: number;
    }
  | { readonly code: 'peerRestarted'; readonly peer: string }
  | { readonly code: 'peerGaveUp'; readonly peer: string; readonly detail: string }
  | { readonly code: 'peerActive'; readonly peer: string; readonly router: string; readonly priority: number }
  | {
      readonly code: 'betterReported';
      readonly peer: string;
      readonly router: string;
      readonly theirs: number;
      readonly ours: number;
    }
  // handover
  | {
      readonly code: 'handoverBegun';
      readonly peer: string;
      readonly purpose: HandoverPurpose;
      readonly detail: string;
    }
  | { readonly code: 'handedOver'; readonly peer: string; readonly purpose: HandoverPurpose; readonly detail: string }
  | { readonly code: 'tookOver'; readonly peer: string; readonly purpose: HandoverPurpose; readonly detail: string }
  | {
      readonly code: 'handoverAborted';
      readonly peer: string;
      readonly purpose: HandoverPurpose;
      readonly detail: string;
    }
  | { readonly code: 'adopted'; readonly count: number }
  // what is measured
  | { readonly code: 'pairChanged'; readonly pair: string; readonly state: string; readonly detail: string }
  | { readonly code: 'trackChanged'; readonly track: string; readonly up: boolean; readonly detail: string }
  | { readonly code: 'bandwidthLow'; readonly averageBps: number; readonly minimum: number; readonly windowMs: Ms }
  | { readonly code: 'bandwidthDisarmed'; readonly by: string }
  | { readonly code: 'bandwidthArmed' }
  // flaps, bypass, maintenance
  | { readonly code: 'flapped'; readonly count: number; readonly max: number }
  | { readonly code: 'flapsReset'; readonly by: string }
  | { readonly code: 'latched'; readonly count: number; readonly max: number; readonly action: 'bypass' | 'fault' }
  | { readonly code: 'serviceDown'; readonly detail: string }
  | { readonly code: 'serviceRestored'; readonly detail: string }
  | { readonly code: 'bypassWanted'; readonly by: string; readonly position: 'inline' | 'bypass' }
  | { readonly code: 'bypassRead'; readonly state: string; readonly detail: string }
  | { readonly code: 'bypassFound'; readonly detail: string }
  /** Why it is engaged, or is to be: no event, but what the status says as long as it holds. */
  | { readonly code: 'bypassBecause'; readonly by: BypassBy; readonly detail: string }
  | { readonly code: 'maintenance'; readonly by: string; readonly until: string }
  | { readonly code: 'maintenanceEnded'; readonly by: string }
  | { readonly code: 'switchover'; readonly by: string }
  | { readonly code: 'switchoverAborted'; readonly waitedMs: number }
  | { readonly code: 'faulted'; readonly fault: FaultName; readonly router: string; readonly detail: string }
  | { readonly code: 'faultCleared'; readonly fault: FaultName; readonly router: string }
  | {
      readonly code: 'conditionRaised';
      readonly condition: ConditionName;
      readonly router: string;
      readonly detail: string;
    }
  | { readonly code: 'conditionCleared'; readonly condition: ConditionName; readonly router: string }
  | { readonly code: 'recovered' }
  | { readonly code: 'stopping'; readonly by: string }
  | { readonly code: 'refused'; readonly refusal: Refusal; readonly detail: string }
  // addresses
  | { readonly code: 'addressesTaken'; readonly count: number }
  | { readonly code: 'addressesLetGo'; readonly count: number; readonly heard: string | null }
  | { readonly code: 'addressLost'; readonly address: string; readonly interface: string }
  | { readonly code: 'addressRestored'; readonly address: string; readonly interface: string }
  | { readonly code: 'addressFailed'; readonly address: string; readonly interface: string; readonly error: string }
  | { readonly code: 'leftoverRemoved'; readonly address: string; readonly interface: string }
  | { readonly code: 'announcedAgain'; readonly router: string; readonly source: string }
  // the wire
  | { readonly code: 'advertIgnored'; readonly source: string; readonly error: string }
  | { readonly code: 'addressListDiffers'; readonly source: string }
  | { readonly code: 'ownSourceHeard'; readonly source: string }
  | { readonly code: 'checksumStyle'; readonly source: string; readonly style: string }
  | { readonly code: 'sendFailed'; readonly interface: string; readonly error: string }
  | { readonly code: 'flood'; readonly interface: string }
  // processes, configuration, actions
  | { readonly code: 'paused'; readonly gapMs: number }
  | { readonly code: 'predecessorEnded'; readonly detail: string }
  | { readonly code: 'configLoaded'; readonly hash: string; readonly changes: string }
  | { readonly code: 'configRefused'; readonly errors: readonly string[] }
  | { readonly code: 'configWarning'; readonly detail: string }
  | { readonly code: 'actionAccepted'; readonly action: string }
  | { readonly code: 'actionRefused'; readonly action: string; readonly detail: string }
  | { readonly code: 'preemptionHeld'; readonly until: string }
  | { readonly code: 'preemptionReleased' };

export type ReasonCode = Reason['code'];

/** A reason as other programs see it. */
export interface ReasonText {
  readonly code: ReasonCode;
  readonly text: string;
}

const FAULT_TEXT: Readonly<Record<FaultName, string>> = {
  addressInterfaceDown: 'the address interface is down',
  noSource: 'no source address for adverts',
  cannotSend: 'adverts cannot be sent',
  addressInUse: 'somebody else answers for the address',
  duplicateSource: 'another machine uses our source address',
  linkPairs: 'too few link pairs are up',
  track: 'a check fails',
  bypassStuck: 'the bypass does not go back inline',
  bypassUnknown: 'the state of the bypass cannot be read',
  flapLimit: 'left the active role too often',
};

const CONDITION_TEXT: Readonly<Record<ConditionName, string>> = {
  mute: 'mute: adverts can be neither sent nor heard',
  partlyHeard: 'only some routers of the group hear an active',
  intervalMismatch: 'another router advertises at another interval',
  twoOwners: 'another router claims to own the address too (priority 255)',
  addressInUseWhileMute: 'somebody answers for the address while we are mute',
  pathDown: 'a path to the peer does not answer',
  advertsBlocked: 'the active is known by its reports only: its adverts do not arrive',
  checksBlocked: 'the peer advertises, but does not answer checks',
  otherSecret: 'signs with another secret: compare the secret files, then reload',
  otherStack: 'belongs to another stack',
  lateChecks: 'this machine is too busy for its check interval: failures are judged more slowly',
  lastResort: 'in service in spite of a fault, because no other instance is eligible',
  flapLimitReached: 'left the active role too often, and stays in service because no other instance is eligible',
  primaryConflict: 'exactly one instance has to be primary',
  serviceDown: 'no instance of the stack is eligible',
  bandwidthLow: 'less traffic than the minimum, and no other instance is eligible',
};

const REFUSAL_TEXT: Readonly<Record<Refusal, string>> = {
  fault: 'this instance is in fault',
  maintenance: 'this instance is in maintenance',
  bypass: 'the bypass is not inline',
  reported: 'a peer reports that it is active',
  heardSince: 'somebody advertises',
  thirdParty: 'another instance is in contact with the active',
  adopting: 'addresses of the engine before are held',
  stopping: 'the daemon is stopping',
  held: 'preemption is held',
  backOff: 'waiting longer after yielding right after a claim',
  modeOff: 'mode off claims nothing until the next start',
  probing: 'still asking the network who has the address',
  notAlone: 'somebody else answers for the address',
  listening: 'listening after a pause',
};

/** A fault or condition about a router, a peer, or (empty) the instance. */
const about = (subject: string): string => (subject === '' ? '' : `${subject}: `);

const PURPOSE_TEXT: Readonly<Record<HandoverPurpose, string>> = {
  switchover: 'switchover',
  preemption: 'preemption by the better instance',
  maintenance: 'maintenance',
  stop: 'stop of the daemon',
  bandwidth: 'too little traffic',
};

/** `detail`: what is allowed, what is wrong, who asked. */
const BYPASS_BY_TEXT: Readonly<Record<BypassBy, (detail: string) => string>> = {
  flaps: (detail) => `too many flaps: ${detail}`,
  serviceDown: (detail) => `no instance of the stack is eligible${detail === '' ? '' : `: ${detail}`}`,
  operator: (detail) => `asked for by ${detail}`,
  unknown: () => 'found engaged: nobody here asked for it',
};

const rate = (bps: number): string =>
  bps >= 1e9
    ? `${(bps / 1e9).toFixed(2)} Gbps`
    : bps >= 1e6
      ? `${(bps / 1e6).toFixed(2)} Mbps`
      : bps >= 1e3
        ? `${(bps / 1e3).toFixed(1)} kbps`
        : `${Math.round(bps)} bps`;

const seconds = (ms: number): string =>
  ms >= 1000 ? `${(ms / 1000).toFixed(ms >= 10_000 ? 0 : 2)} s` : `${Math.round(ms)} ms`;

type Formatters = { readonly [C in ReasonCode]: (reason: Extract<Reason, { code: C }>) => string };

const FORMAT: Formatters = {
  starting: () => 'starting',
  started: (r) => `started at priority ${r.priority}, listening for another`,
  masterDown: (r) => `no advert for ${r.router} for ${seconds(r.silentMs)}`,
  activeHeard: (r) => `${r.source} is active for ${r.router} (priority ${r.priority})`,
  resigned: (r) => `${r.source} gave up ${r.router} (priority 0)`,
  preempting: (r) => `our priority ${r.ours} is better than ${r.theirs} of ${r.source} for ${r.router}`,
  owner: (r) => `owner of the addresses of ${r.router} (priority 255)`,
  nobodyHasIt: (r) => `nobody has the addresses of ${r.router} (mode off)`,
  betterHeard: (r) => `${r.source} is better for ${r.router}: priority ${r.theirs} against our ${r.ours}`,
  activeHeardAfterPause: (r) =>
    `${r.source} took over ${r.router} while this instance stood still for ${seconds(r.gapMs)}`,
  peerHealthy: (r) => `${r.peer} answers checks`,
  peerUnhealthy: (r) => `${r.peer} missed ${r.missed} of ${r.of} checks on every path`,
  pathHealthy: (r) => `${r.peer} answers checks on ${r.path}`,
  pathUnhealthy: (r) => `${r.peer} missed ${r.missed} of ${r.of} checks on ${r.path}`,
  peerRestarted: (r) => `the engine of ${r.peer} was started anew`,
  peerGaveUp: (r) => `${r.peer} gave up${r.detail === '' ? '' : `: ${r.detail}`}`,
  peerActive: (r) => `${r.peer} reports that it is active for ${r.router} (priority ${r.priority})`,
  betterReported: (r) =>
    `${r.peer} reports that it is active for ${r.router} and is better: priority ${r.theirs} against our ${r.ours}`,
  handoverBegun: (r) =>
    `handing over to ${r.peer}: ${PURPOSE_TEXT[r.purpose]}${r.detail === '' ? '' : ` (${r.detail})`}`,
  handedOver: (r) => `handed over to ${r.peer}: ${PURPOSE_TEXT[r.purpose]}${r.detail === '' ? '' : ` (${r.detail})`}`,
  tookOver: (r) => `took over from ${r.peer}: ${PURPOSE_TEXT[r.purpose]}${r.detail === '' ? '' : ` (${r.detail})`}`,
  handoverAborted: (r) => `handover to ${r.peer} aborted, nothing has changed: ${r.detail}`,
  adopted: (r) =>
    `the engine before ended; its ${r.count} ${r.count === 1 ? 'address stays' : 'addresses stay'} in service`,
  pairChanged: (r) => `link pair ${r.pair} is ${r.state}${r.detail === '' ? '' : ` (${r.detail})`}`,
  trackChanged: (r) => `track ${r.track} is ${r.up ? 'up' : 'down'}${r.detail === '' ? '' : ` (${r.detail})`}`,
  bandwidthLow: (r) =>
    `${rate(r.averageBps)} received on average over ${seconds(r.windowMs)}, less than ${rate(r.minimum)}`,
  bandwidthDisarmed: (r) => `${r.by} moved the role for lack of traffic: no further move until traffic is back`,
  bandwidthArmed: () => 'traffic is back: too little of it moves the role again',
  flapped: (r) =>
    `left the active role ${r.count} ${r.count === 1 ? 'time' : 'times'}${r.max === 0 ? '' : ` of ${r.max} allowed`}`,
  flapsReset: (r) => `flaps reset by ${r.by}`,
  latched: (r) =>
    `left the active role ${r.count} times, ${r.max} are allowed: ${r.action === 'bypass' ? 'in bypass until released' : 'out of service until reset'}`,
  serviceDown: (r) => `no instance of the stack is eligible: ${r.detail}`,
  serviceRestored: (r) => r.detail,
  bypassWanted: (r) => `bypass: ${r.position} wanted by ${r.by}`,
  bypassRead: (r) => `bypass reads ${r.state}${r.detail === '' ? '' : ` (${r.detail})`}`,
  bypassFound: (r) => `bypass found engaged${r.detail === '' ? '' : `: ${r.detail}`}`,
  bypassBecause: (r) => BYPASS_BY_TEXT[r.by](r.detail),
  maintenance: (r) => `maintenance by ${r.by} ${r.until}`,
  maintenanceEnded: (r) => `maintenance ended by ${r.by}`,
  switchover: (r) => `switched over by ${r.by}`,
  switchoverAborted: (r) => `nobody took over within ${seconds(r.waitedMs)}; still active`,
  // What is known of link pairs says that they are too few: `link pairs 0 of 1: wan1 down (eth0 no carrier)`.
  faulted: (r) =>
    r.fault === 'linkPairs' && r.detail !== ''
      ? `${about(r.router)}${r.detail}`
      : `${about(r.router)}${FAULT_TEXT[r.fault]}${r.detail === '' ? '' : ` (${r.detail})`}`,
  faultCleared: (r) => `${about(r.router)}no longer: ${FAULT_TEXT[r.fault]}`,
  conditionRaised: (r) => `${about(r.router)}${CONDITION_TEXT[r.condition]}${r.detail === '' ? '' : ` (${r.detail})`}`,
  conditionCleared: (r) => `${about(r.router)}no longer: ${CONDITION_TEXT[r.condition]}`,
  recovered: () => 'every fault is gone; listening for another',
  stopping: (r) => `stopped by ${r.by}`,
  refused: (r) => `not allowed to become active: ${REFUSAL_TEXT[r.refusal]}${r.detail === '' ? '' : ` (${r.detail})`}`,
  addressesTaken: (r) => `${r.count} ${r.count === 1 ? 'address' : 'addresses'} taken`,
  addressesLetGo: (r) =>
    `${r.count} ${r.count === 1 ? 'address' : 'addresses'} let go${r.heard === null ? '' : ` after ${r.heard} was heard`}`,
  addressLost: (r) => `somebody removed ${r.address} from ${r.interface}`,
  addressRestored: (r) => `${r.address} put back on ${r.interface}`,
  addressFailed: (r) => `${r.address} cannot be put on ${r.interface}: ${r.error}`,
  leftoverRemoved: (r) => `${r.address} on ${r.interface}, left by an earlier run, removed`,
  announcedAgain: (r) => `${r.source} also claimed ${r.router}: addresses announced again`,
  advertIgnored: (r) => `advert of ${r.source} ignored: ${r.error}`,
  addressListDiffers: (r) => `${r.source} advertises other addresses than this instance has configured`,
  ownSourceHeard: (r) => `an advert from our own source address ${r.source} was heard: duplicate address or a loop`,
  checksumStyle: (r) =>
    `${r.source} uses the checksum of ${r.style === 'rfc9568' ? 'RFC 9568' : 'RFC 5798'}: answering in the same`,
  sendFailed: (r) => `cannot send on ${r.interface}: ${r.error}`,
  flood: (r) => `more adverts than can be read on ${r.interface}: some were dropped`,
  paused: (r) => `this instance stood still for ${seconds(r.gapMs)}`,
  predecessorEnded: (r) => r.detail,
  configLoaded: (r) => `configuration ${r.hash} in effect: ${r.changes}`,
  configRefused: (r) => `configuration refused: ${r.errors.join('; ')}`,
  configWarning: (r) => r.detail,
  actionAccepted: (r) => `${r.action} accepted`,
  actionRefused: (r) => `cannot ${r.action}: ${r.detail}`,
  preemptionHeld: (r) => `preemption held ${r.until}`,
  preemptionReleased: () => 'preemption no longer held',
};

/** The reason in words, in one sentence without a full stop. */
export function formatReason(reason: Reason): string {
  return (FORMAT[reason.code] as (r: Reason) => string)(reason);
}

/** The reason as other programs see it: `{ code, text }`. */
export function describeReason(reason: Reason): ReasonText {
  return { code: reason.code, text: formatReason(reason) };
}
