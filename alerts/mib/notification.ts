/** Which notifications of TANDEM-MIB an entry of the journal is: one table over every kind. */
import type { JournalEntry, JournalKind } from '../../core/api/journal.ts';
import { formatReason } from '../../core/reason.ts';
import type { ConditionName } from '../../core/reason.ts';

/** Their numbers in TANDEM-MIB. */
export const NOTIFICATIONS = {
  tandemRoleChanged: 1,
  tandemRouterChanged: 2,
  tandemPeerChanged: 3,
  tandemPathChanged: 4,
  tandemLinkPairChanged: 5,
  tandemBandwidthLow: 6,
  tandemBandwidthOk: 7,
  tandemBypassChanged: 8,
  tandemFlapped: 9,
  tandemFlapLimitReached: 10,
  tandemTwoActives: 11,
  tandemFaultRaised: 12,
  tandemFaultCleared: 13,
  tandemConditionRaised: 14,
  tandemConditionCleared: 15,
  tandemServiceDown: 16,
  tandemServiceRestored: 17,
  tandemTrackChanged: 18,
  tandemDrill: 19,
  tandemTest: 20,
  tandemOtherEvent: 21,
} as const;

export type NotificationName = keyof typeof NOTIFICATIONS;

interface Row {
  /** By reason code; null = none is sent. */
  readonly codes?: Readonly<Record<string, NotificationName | null>>;
  /** Every other code; without it, one of severity warning or critical is `tandemOtherEvent`, and the rest is history only. */
  readonly others?: NotificationName;
}

const TABLE: Readonly<Record<JournalKind, Row>> = {
  role: { codes: { refused: null }, others: 'tandemRoleChanged' },
  router: { others: 'tandemRouterChanged' },
  fault: { codes: { faultCleared: 'tandemFaultCleared' }, others: 'tandemFaultRaised' },
  condition: { codes: { conditionCleared: 'tandemConditionCleared' }, others: 'tandemConditionRaised' },
  address: {},
  advert: { codes: { announcedAgain: 'tandemTwoActives' } },
  peer: {
    codes: {
      peerHealthy: 'tandemPeerChanged',
      peerUnhealthy: 'tandemPeerChanged',
      peerRestarted: 'tandemPeerChanged',
      pathHealthy: 'tandemPathChanged',
      pathUnhealthy: 'tandemPathChanged',
    },
  },
  link: { others: 'tandemLinkPairChanged' },
  track: { others: 'tandemTrackChanged' },
  bandwidth: { codes: { bandwidthLow: 'tandemBandwidthLow', bandwidthArmed: 'tandemBandwidthOk' } },
  flap: { codes: { latched: 'tandemFlapLimitReached' }, others: 'tandemFlapped' },
  bypass: {
    codes: { serviceDown: 'tandemServiceDown', serviceRestored: 'tandemServiceRestored' },
    others: 'tandemBypassChanged',
  },
  action: {},
  config: {},
  process: {},
  user: {},
  alert: { codes: { testAlert: 'tandemTest' } },
  drill: { others: 'tandemDrill' },
  session: {},
  manager: {},
};

/** Conditions that have a notification of their own. An entry knows its condition by its words alone, which are made in one place. */
const CONDITIONS: readonly (readonly [words: string, name: NotificationName])[] = (
  [
    ['twoOwners', 'tandemTwoActives'],
    ['flapLimitReached', 'tandemFlapLimitReached'],
  ] as const
).map(([condition, name]) => [wordsOf(condition), name]);

function wordsOf(condition: ConditionName): string {
  return formatReason({ code: 'conditionRaised', condition, router: '', detail: '' });
}

export function notificationOf({ kind, severity, reason }: JournalEntry): NotificationName | null {
  if (reason.code === 'conditionRaised') {
    const own = CONDITIONS.find(([words]) => reason.text.includes(words));
    if (own !== undefined) return own[1];
  }
  const row = TABLE[kind];
  const named = row.codes !== undefined && Object.hasOwn(row.codes, reason.code) ? row.codes[reason.code] : undefined;
  if (named !== undefined) return named;
  return row.others ?? (severity === 'info' ? null : 'tandemOtherEvent');
}
