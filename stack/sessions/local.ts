/** Features that run on the leader alone, because they are no rules: captures, and commands of the configuration. */
import type { SessionRecord } from './record.ts';

export interface LocalFeatures {
  /** Begins those of a new session. Empty, or what went wrong; then none of them runs. */
  start(record: SessionRecord): Promise<string>;
  /** Goes on with those that can, on an instance that took the session over. Empty, or what went wrong. */
  resume(record: SessionRecord): Promise<string>;
  /** Ends those that run here: the session is over, or another instance leads it. */
  stop(record: SessionRecord, why: 'ended' | 'moved'): Promise<void>;
  /** Ends those of sessions that are not this instance's. */
  tidy(isOurs: (session: string) => boolean): Promise<void>;
  /** Names of the session's features that should run here and do not: with the process that knew of them they are gone. */
  missing(record: SessionRecord): Promise<readonly string[]>;
}
