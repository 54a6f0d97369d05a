/** What rules a session means, and what of them has changed. Pure. */
import type { RateLimit, SessionRules } from '../../core/session-link.ts';
import type { SessionRecord } from './record.ts';

/** Null where the session has nothing that is done by rules. */
export function rulesOf({ id, target, features, ended }: SessionRecord): SessionRules | null {
  if (ended !== null) return null;
  let blocklist = false;
  let copyTo: string | null = null;
  let ratelimit: RateLimit | null = null;
  for (const feature of features) {
    if (feature.name === 'blocklist') blocklist = true;
    if (feature.name === 'copy') copyTo = feature.interface;
    if (feature.name === 'ratelimit') {
      const { per, bitsPerSecond, packetsPerSecond } = feature;
      ratelimit = { per, bitsPerSecond, packetsPerSecond };
    }
  }
  if (!blocklist && copyTo === null && ratelimit === null) return null;
  return { session: id, target, blocklist, ratelimit, copyTo };
}

/** Of one session: sources that came and went since the rules were last in step. */
export interface SourceDelta {
  readonly put: ReadonlySet<string>;
  readonly take: ReadonlySet<string>;
}

export const isNetwork = (source: string): boolean => source.includes('/');

/** Lists of at most `most` pieces. */
export function pieces<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, at) => all.slice(at * most, (at + 1) * most));
}
