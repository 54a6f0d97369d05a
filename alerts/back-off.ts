/** How long to wait before a receiver is tried again. Pure. */
import type { Ms } from '../core/clock.ts';

const FIRST_MS: Ms = 1000;
const LONGEST_MS: Ms = 60_000;

/**
 * After so many failures in a row: 1 s, 2 s, 4 s … 60 s, less up to half of it by chance (`random`: 0…1), so that many senders do not come back to a
 * receiver at the same moment. What the receiver asks for counts too, within a minute.
 */
export function backOff(failures: number, random: number, asked: Ms = 0): Ms {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(16, Math.max(0, failures - 1)));
  return Math.max(most * (1 - random / 2), Math.min(LONGEST_MS, asked));
}
