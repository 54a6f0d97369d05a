/**
 * How much traffic comes in, and whether it is too little (brain 9.1). An observation, never a fault: what follows from it, the brain decides.
 * Pure; the counters come from outside (traffic-reader.ts).
 */
import type { Instant, Ms } from '../core/clock.ts';
import type { BandwidthState, BandwidthStatus } from '../core/status.ts';
import type { BandwidthPlan } from '../config/plan.ts';
import { type TrafficWindow, addBytes, bitsPerSecond, isFull, newTrafficWindow } from './traffic-window.ts';
import type { TrafficReading } from './traffic-reader.ts';

/** What is shown as the present rate is the average over this time. */
const PRESENT_MS = 1000;

export interface Bandwidth {
  readonly plan: BandwidthPlan;
  /** Bytes received, by interface, at the last sample in which it was there. */
  readonly counters: ReadonlyMap<string, number>;
  /** The last second, on whatever role. */
  readonly present: TrafficWindow;
  /** From the first sample after this instance became active; null while it is not. */
  readonly window: TrafficWindow | null;
}

/** Nothing was read, and this instance is not active. */
export function newBandwidth(plan: BandwidthPlan): Bandwidth {
  return { plan, counters: new Map(), present: newTrafficWindow(PRESENT_MS), window: null };
}

/** The plan has changed. Another sum or another window is measured anew; another minimum is compared at once. */
export function replanBandwidth(before: Bandwidth, plan: BandwidthPlan): Bandwidth {
  if (sameMeasure(before.plan, plan)) return { ...before, plan };
  const fresh = newBandwidth(plan);
  return before.window === null ? fresh : beginMeasuring(fresh);
}

/** This instance is active from now on. Without effect if it was already. */
export function beginMeasuring(bandwidth: Bandwidth): Bandwidth {
  if (bandwidth.window !== null) return bandwidth;
  return { ...bandwidth, window: newTrafficWindow(bandwidth.plan.windowMs) };
}

/** This instance is no longer active: only an active one is judged. */
export function endMeasuring(bandwidth: Bandwidth): Bandwidth {
  return bandwidth.window === null ? bandwidth : { ...bandwidth, window: null };
}

/** How often to sample: some dozens of times in a window, and often enough for the rate of the last second. */
export function sampleIntervalMs(plan: BandwidthPlan): Ms {
  return Math.min(1000, Math.max(100, plan.windowMs / 64));
}

/** The counters were read. An interface that is not in the reading is not there now. */
export function addSample(bandwidth: Bandwidth, reading: TrafficReading, now: Instant): Bandwidth {
  const counters = new Map<string, number>();
  let received = 0;
  for (const name of new Set(bandwidth.plan.interfaces)) {
    const bytes = reading.get(name);
    if (bytes === undefined) continue;
    counters.set(name, bytes);
    const before = bandwidth.counters.get(name);
    // New or back again: what it counted meanwhile came at no known time, and perhaps to another interface of that name.
    if (before === undefined) continue;
    // A counter that has become smaller was reset or has wrapped. Since then it counted this much, and never more than has come.
    received += bytes >= before ? bytes - before : bytes;
  }
  return {
    plan: bandwidth.plan,
    counters,
    present: addBytes(bandwidth.present, received, now),
    window: bandwidth.window === null ? null : addBytes(bandwidth.window, received, now),
  };
}

/** `off`: not enabled, or this instance is not active. `measuring`: less than one full window yet. */
export function bandwidthState(bandwidth: Bandwidth): BandwidthState {
  const { plan, window } = bandwidth;
  if (!plan.enabled || window === null) return 'off';
  const average = bitsPerSecond(window);
  if (average === null || !isFull(window)) return 'measuring';
  return average < plan.minimum ? 'low' : 'ok';
}

/** Bits per second over the window, or over what there is of it; null while this instance is not active. */
export function averageBps(bandwidth: Bandwidth): number | null {
  return bandwidth.window === null ? null : bitsPerSecond(bandwidth.window);
}

/** Bits per second over the last second; null where nothing is measured. */
export function presentBps(bandwidth: Bandwidth): number | null {
  return bandwidth.plan.interfaces.length === 0 ? null : bitsPerSecond(bandwidth.present);
}

/** Below the minimum over one full window: the trigger (brain 9.1). */
export function isLow(bandwidth: Bandwidth): boolean {
  return bandwidthState(bandwidth) === 'low';
}

/** At least the minimum over one full window: one of the two conditions to arm the trigger again (brain 9.2). */
export function hasRecovered(bandwidth: Bandwidth): boolean {
  return bandwidthState(bandwidth) === 'ok';
}

/** The section of the status. `disarmedBy`: by whose handover the trigger is disarmed, null while it is armed. */
export function bandwidthStatus(bandwidth: Bandwidth, disarmedBy: string | null): BandwidthStatus {
  const { plan } = bandwidth;
  return {
    enabled: plan.enabled,
    bps: rounded(presentBps(bandwidth)),
    averageBps: rounded(averageBps(bandwidth)),
    minimum: plan.minimum,
    windowSeconds: plan.windowMs / 1000,
    state: bandwidthState(bandwidth),
    disarmedBy,
  };
}

const rounded = (bps: number | null): number | null => (bps === null ? null : Math.round(bps));

function sameMeasure(a: BandwidthPlan, b: BandwidthPlan): boolean {
  return a.windowMs === b.windowMs && a.interfaces.join(' ') === b.interfaces.join(' ') && a.enabled === b.enabled;
}
