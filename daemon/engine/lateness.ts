/** How late the engine's timers were: percentiles of the newest adverts and the worst of the last minute. */
import type { Clock, Ms } from '../../core/clock.ts';

export interface Lateness {
  note(lateMs: Ms): void;
  summary(): { readonly p50: Ms; readonly p99: Ms; readonly worst: Ms };
}

const SAMPLES = 1024;
const SECONDS = 60;

export function createLateness(clock: Clock): Lateness {
  const samples = new Float64Array(SAMPLES);
  let count = 0;
  /** The worst of each of the last sixty seconds, and which second it was. */
  const worst = new Float64Array(SECONDS);
  const second = new Float64Array(SECONDS).fill(-1);
  return {
    note(lateMs) {
      samples[count++ % SAMPLES] = lateMs;
      const now = Math.floor(clock.now() / 1000);
      const at = now % SECONDS;
      if (second[at] !== now) worst[at] = 0;
      second[at] = now;
      worst[at] = Math.max(worst[at]!, lateMs);
    },
    summary() {
      const known = samples.slice(0, Math.min(count, SAMPLES)).sort();
      const share = (p: number): Ms => round(known[Math.min(known.length - 1, Math.floor(known.length * p))] ?? 0);
      const oldest = Math.floor(clock.now() / 1000) - SECONDS;
      const recent = [...worst].filter((_, at) => second[at]! > oldest);
      return { p50: share(0.5), p99: share(0.99), worst: round(Math.max(0, ...recent)) };
    },
  };
}

const round = (ms: Ms): Ms => Math.round(ms * 100) / 100;
