/** What was refused at the sync port, by reason: counted, and told now and then. Pure: times are arguments. */
import { NEVER, later } from '../../core/clock.ts';
import type { Instant, Ms } from '../../core/clock.ts';
import type { DropReason } from './session.ts';

export type RefusalReason =
  | Exclude<DropReason, 'bye' | 'closed' | 'silent' | 'slow'>
  /** From an address that no path of a peer has. */
  | 'stranger'
  | 'tooMany'
  /** It knows none of our keys, or shows none. */
  | 'noKey'
  /** It names one of our keys and does not have it. */
  | 'wrongKey'
  /** It is a TLS server or client with a certificate, which proves nothing here. */
  | 'certificate';

const TEXTS: Readonly<Record<RefusalReason, string>> = {
  version: 'another version of the protocol',
  otherStack: 'another stack',
  unknownSender: 'another instance than the address belongs to',
  sameStore: "a copy of this instance's own store",
  garbage: 'no sense in what it sent',
  timeout: 'too slow to say who it is',
  badUpdate: 'a change that is none',
  tooLarge: 'a store too large to be sent',
  stranger: 'from an address of no peer',
  tooMany: 'too many connections at once',
  noKey: "without one of the stack's keys",
  wrongKey: 'with a wrong key',
  certificate: "with a certificate instead of the stack's key",
};

export const refusalText = (reason: RefusalReason): string => TEXTS[reason];

export interface RefusalNews {
  readonly reason: RefusalReason;
  /** Since it was last told. */
  readonly count: number;
  /** Address of the last one. */
  readonly from: string;
  readonly detail: string;
}

export interface Refusals {
  /** What is to be told at once: the first of its reason after a quiet time. */
  refused(reason: RefusalReason, from: string, detail: string, now: Instant): RefusalNews | null;
  /** What has gathered since, once its time has come. */
  due(now: Instant): readonly RefusalNews[];
  counters(): Readonly<Partial<Record<RefusalReason, number>>>;
}

/** A flood is one entry of the journal in so long. */
const EVERY_MS: Ms = 10 * 60_000;

interface Entry {
  total: number;
  untold: number;
  from: string;
  detail: string;
  quietUntil: Instant;
}

export function createRefusals(): Refusals {
  const entries = new Map<RefusalReason, Entry>();

  function tell(reason: RefusalReason, entry: Entry, now: Instant): RefusalNews {
    const { untold: count, from, detail } = entry;
    entry.untold = 0;
    entry.quietUntil = later(now, EVERY_MS);
    return { reason, count, from, detail };
  }

  return {
    refused(reason, from, detail, now) {
      const entry = entries.get(reason) ?? { total: 0, untold: 0, from, detail, quietUntil: NEVER };
      const isFirst = entry.total === 0 || now >= entry.quietUntil;
      entries.set(reason, entry);
      entry.total += 1;
      entry.untold += 1;
      entry.from = from;
      entry.detail = detail;
      return isFirst ? tell(reason, entry, now) : null;
    },
    due(now) {
      return [...entries].flatMap(([reason, entry]) =>
        entry.untold > 0 && now >= entry.quietUntil ? [tell(reason, entry, now)] : [],
      );
    },
    counters: () => Object.fromEntries([...entries].map(([reason, { total }]) => [reason, total])),
  };
}
