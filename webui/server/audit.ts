/** Who did what, in the journal. Refusals are counted too, but no flood of them can fill it. */
import type { Actor, JournalEntry } from '../../core/api/journal.ts';
import type { Severity } from '../../core/event.ts';
import { managerReasonText } from '../../core/manager-reason.ts';
import type { ManagerReason } from '../../core/manager-reason.ts';
import type { Services } from '../../core/services.ts';
import { printable } from '../../config/printable.ts';
import { addressKey, createAllowance } from './access/allowance.ts';
import type { Log } from './log.ts';

export interface Written {
  readonly actionId?: string;
  readonly details?: NonNullable<JournalEntry['details']>;
  readonly severity?: Severity;
}

export interface Audit {
  /** Something was done. Resolves when it is on disk, or could not be put there, which the log says: what was done is done. */
  did(reason: ManagerReason, actor: Actor, more?: Written): Promise<void>;
  /** Something was refused. At most so many a minute are kept, how many were not stands in the next one. */
  refused(reason: ManagerReason, actor: Actor, severity?: Severity): void;
}

const MINUTE = 60_000;
/** Refusals in the journal: of one address, and of all. */
const OF_ONE = 10;
const OF_ALL = 60;
const ADDRESSES = 1000;
/** Longest piece of text from outside in an entry. */
const LONGEST = 120;

/** Texts from outside as they may stand in a line. */
function cleaned<T extends ManagerReason>(reason: T): T {
  return Object.fromEntries(
    Object.entries(reason).map(([key, value]) => [key, typeof value === 'string' ? printable(value, LONGEST) : value]),
  ) as T;
}

export function createAudit(journal: Services['journal'], log: Log, now: () => number): Audit {
  const ofOne = createAllowance({ most: OF_ONE, windowMs: MINUTE, keys: ADDRESSES, now });
  const ofAll = createAllowance({ most: OF_ALL, windowMs: MINUTE, keys: 1, now });
  let suppressed = 0;

  async function write(reason: ManagerReason, actor: Actor, more: Written): Promise<void> {
    const { severity = 'info', actionId, details } = more;
    const clean = cleaned(reason);
    const text = managerReasonText(clean);
    try {
      await journal.append({
        kind: 'user',
        severity,
        reason: { code: clean.code, text },
        actor: { user: printable(actor.user), from: printable(actor.from) },
        incident: null,
        ...(actionId === undefined ? {} : { actionId }),
        ...(details === undefined ? {} : { details }),
      });
    } catch (error) {
      log.error(`not in the journal: ${text} (${error instanceof Error ? error.message : String(error)})`);
    }
  }

  return {
    did: (reason, actor, more = {}) => write(reason, actor, more),
    refused(reason, actor, severity = 'info') {
      const key = addressKey(actor.from);
      if (ofOne.wait(key) > 0 || ofAll.wait('') > 0) {
        suppressed += 1;
        return;
      }
      ofOne.count(key);
      ofAll.count('');
      const more = suppressed === 0 ? {} : { details: { refusalsNotKept: suppressed } };
      suppressed = 0;
      void write(reason, actor, { severity, ...more });
    },
  };
}
