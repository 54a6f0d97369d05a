/** All cases, in the order of what matters: whoever stops half-way has the more important half. */
import type { Case } from './case.ts';
import { failoverCase } from './failover.ts';

export interface Limits {
  /** Null = what each case says. */
  readonly runs: number | null;
  readonly seconds: number | null;
}

export function allCases({ runs }: Limits): readonly Case[] {
  const cases = [
    failoverCase('kill', 1000),
    failoverCase('stop', 1000),
    failoverCase('link', 1000),
    failoverCase('instance', 10),
    failoverCase('instance', 1000),
    failoverCase('kill', 100),
    failoverCase('stop', 100),
    failoverCase('link', 100),
    failoverCase('instance', 100),
    failoverCase('kill', 10),
    failoverCase('stop', 10),
    failoverCase('link', 10),
  ];
  return cases.map((one) => (runs === null ? one : { ...one, runs }));
}
