/**
 * What VRRPV3-MIB asks for and only the journal tells: why a router last became active, what was wrong with the last advert that was not accepted, and
 * since when the router has been running.
 */
import type { JournalEntry } from '../../core/api/journal.ts';

/** vrrpv3StatisticsNewMasterReason: notMaster(0), priority(1), preempted(2), masterNoResponse(3). */
export function newMasterReason(code: string): number {
  switch (code) {
    case 'preempting':
    case 'tookOver':
      return 2;
    case 'masterDown':
    case 'peerUnhealthy':
    case 'peerGaveUp':
      return 3;
    default:
      return 1;
  }
}

/** What the text of `advertIgnored` begins its error with (vrrp/acceptance.ts), and vrrpv3StatisticsProtoErrReason. */
const PROTOCOL_ERRORS: readonly (readonly [begins: RegExp, reason: number])[] = [
  [/ ignored: TTL \d/, 1],
  [/ ignored: version \d/, 2],
  [/ ignored: checksum /, 3],
];

/** ipTtlError(1), versionError(2), checksumError(3); null where the entry is about none of these. */
export function protocolError(entry: JournalEntry): number | null {
  if (entry.kind !== 'advert' || entry.reason.code !== 'advertIgnored') return null;
  return PROTOCOL_ERRORS.find(([begins]) => begins.test(entry.reason.text))?.[1] ?? null;
}

export interface VrrpNotes {
  take(entry: JournalEntry): void;
  newMasterReason(router: string): number;
  protoErrReason(router: string): number;
  upSince(router: string): number | null;
}

export function createVrrpNotes(): VrrpNotes {
  const masterReasons = new Map<string, number>();
  const errors = new Map<string, number>();
  const up = new Map<string, number>();
  const runs = (state: unknown): boolean => state === 'backup' || state === 'active';

  return {
    take(entry) {
      const { router } = entry;
      if (router === undefined) return;
      const error = protocolError(entry);
      if (error !== null) errors.set(router, error);
      if (entry.kind !== 'router') return;
      if (entry.to === 'active') masterReasons.set(router, newMasterReason(entry.reason.code));
      if (!runs(entry.to)) up.delete(router);
      else if (!runs(entry.from)) up.set(router, Date.parse(entry.at));
    },
    newMasterReason: (router) => masterReasons.get(router) ?? 0,
    protoErrReason: (router) => errors.get(router) ?? 0,
    upSince: (router) => up.get(router) ?? null,
  };
}
