/** What a benchmark is. */
import type { Goal } from './goal.ts';
import type { Unit } from './format.ts';

/**
 * Who is measured. `tandem`, `keepalived`: both instances run it. `tandemPeers`: as `tandem`, but they know each other, where a case has
 * both. `mixed`: Tandem is active, keepalived is the other.
 * `keepalivedAll`: as `keepalived`, but the whole of it is killed and not one process.
 */
export type Subject = 'tandem' | 'tandemPeers' | 'mixed' | 'keepalived' | 'keepalivedAll';

export const SUBJECTS: readonly Subject[] = ['tandem', 'tandemPeers', 'mixed', 'keepalived', 'keepalivedAll'];

/** What one run of one subject gave: figures by name. */
export type Sample = Readonly<Record<string, number>>;

/** A line of the table: one figure of ours beside one of keepalived's. */
export interface Row {
  readonly text: string;
  readonly unit: Unit;
  readonly ours: Subject;
  /** Null where keepalived has no such thing. */
  readonly theirs: Subject | null;
  /** Name in the samples of both. */
  readonly figure: string;
  readonly goals?: readonly Goal[];
}

/** The place where a case is measured, built once for all its runs. */
export interface Bed {
  /** Measures once, and leaves everything as it was before. `index` counts the runs from 0. */
  run(subject: Subject, index: number): Promise<Sample>;
  close(): void;
}

export interface Case {
  readonly name: string;
  readonly text: string;
  readonly runs: number;
  /** Measured in turn, run by run. */
  readonly subjects: readonly Subject[];
  readonly rows: readonly Row[];
  /** About how long a round of all subjects takes, seconds. */
  readonly secondsPerRound: number;
  /** What a reader of the figures has to know. */
  readonly notes: readonly string[];
  /** Figures measured with other parameters are not mixed with these. */
  readonly parameters: string;
  open(): Promise<Bed>;
}
