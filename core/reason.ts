/**
 * Why: one closed list with one formatter, shared by log, API, command line, trap and page.
 * A reason is data first; its text is made here and nowhere else.
 */

/** Names in the fault table (brain section 2). */
export type FaultName = 'addressInterfaceDown' | 'noSource' | 'cannotSend' | 'addressInUse' | 'duplicateSource';

/** Conditions: shown beside the faults, but they do not take eligibility away. */
export type ConditionName = 'mute' | 'partlyHeard' | 'intervalMismatch' | 'twoOwners' | 'addressInUseWhileMute';

/** Why a claim was not allowed: the rows of the gate (brain 1.3). */
export type Refusal = 'fault' | 'stopping' | 'held' | 'backOff' | 'modeOff' | 'probing' | 'notAlone' | 'listening';

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
};

const CONDITION_TEXT: Readonly<Record<ConditionName, string>> = {
  mute: 'mute: adverts can be neither sent nor heard',
  partlyHeard: 'only some routers of the group hear an active',
  intervalMismatch: 'another router advertises at another interval',
  twoOwners: 'another router claims to own the address too (priority 255)',
  addressInUseWhileMute: 'somebody answers for the address while we are mute',
};

const REFUSAL_TEXT: Readonly<Record<Refusal, string>> = {
  fault: 'this instance is in fault',
  stopping: 'the daemon is stopping',
  held: 'preemption is held',
  backOff: 'waiting longer after yielding right after a claim',
  modeOff: 'mode off claims nothing until the next start',
  probing: 'still asking the network who has the address',
  notAlone: 'somebody else answers for the address',
  listening: 'listening after a pause',
};

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
  switchover: (r) => `switched over by ${r.by}`,
  switchoverAborted: (r) => `nobody took over within ${seconds(r.waitedMs)}; still active`,
  faulted: (r) => `${r.router}: ${FAULT_TEXT[r.fault]}${r.detail === '' ? '' : ` (${r.detail})`}`,
  faultCleared: (r) => `${r.router}: no longer: ${FAULT_TEXT[r.fault]}`,
  conditionRaised: (r) => `${r.router}: ${CONDITION_TEXT[r.condition]}${r.detail === '' ? '' : ` (${r.detail})`}`,
  conditionCleared: (r) => `${r.router}: no longer: ${CONDITION_TEXT[r.condition]}`,
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
