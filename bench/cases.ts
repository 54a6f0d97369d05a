/** All cases, in the order of what matters: whoever stops half-way has the more important half. */
import type { Case } from './case.ts';
import { failoverCase } from './failover.ts';
import { busyPeersCase } from './busy-peers.ts';
import { cpuCase, memoryCase } from './load.ts';
import { managerLoadCase } from './manager-load.ts';
import { peerCases } from './peers.ts';
import { busyCase, floodCase } from './regular.ts';
import { startCase } from './start.ts';
import { takeoverCase } from './takeover.ts';

export interface Limits {
  /** Null = what each case says. */
  readonly runs: number | null;
  readonly seconds: number | null;
}

const BUSY_SECONDS = 120;
const FLOOD_SECONDS = 20;
const MANAGER_SECONDS = 60;

export function allCases({ runs, seconds }: Limits): readonly Case[] {
  const cases = [
    ...peerCases,
    busyPeersCase(seconds ?? BUSY_SECONDS),
    failoverCase('kill', 1000),
    failoverCase('stop', 1000),
    cpuCase,
    takeoverCase('takeover255', 'stop'),
    busyCase(seconds ?? BUSY_SECONDS),
    startCase,
    memoryCase,
    floodCase(seconds ?? FLOOD_SECONDS),
    managerLoadCase(seconds ?? MANAGER_SECONDS),
    failoverCase('instance', 10),
    failoverCase('link', 1000),
    takeoverCase('takeover255routers', 'stop'),
    takeoverCase('takeover255', 'kill'),
    takeoverCase('takeover255routers', 'kill'),
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
