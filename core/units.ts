/**
 * Durations and rates as people write them: a number with its unit. Inside Tandem a duration is a number of
 * milliseconds and a rate a number of bits per second; text exists at the edges only (design section 4).
 */
import type { Ms } from './clock.ts';

/** What a duration looks like: `10ms`, `2s`, `0.5s`, `15m`, `12h`. */
export const DURATION = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/;

/** What a rate looks like: `300bps`, `64kbps`, `50Mbps`, `1Gbps`, `1.6Tbps`. */
export const RATE = /^(\d{1,15}(?:\.\d{1,6})?)(bps|kbps|Mbps|Gbps|Tbps)$/;

const MS_PER: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BPS_PER: Readonly<Record<string, number>> = { bps: 1, kbps: 1e3, Mbps: 1e6, Gbps: 1e9, Tbps: 1e12 };

/** Milliseconds (exact to a nanosecond, so that 40.95s is 40950 and not a hair more), or null if the text is no duration. */
export function parseDuration(text: string): Ms | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  return Math.round(Number(match[1]) * MS_PER[match[2]!]! * 1e6) / 1e6;
}

/** The shortest text that reads back as the same duration: 900000 → `15m`, 40950 → `40.95s`, 0 → `0s`. */
export function formatDuration(ms: Ms): string {
  if (ms === 0) return '0s';
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  if (ms >= 1000) return `${trimmed(ms / 1000)}s`;
  return `${trimmed(ms)}ms`;
}

/** Whole bits per second, or null if the text is no rate. */
export function parseRate(text: string): number | null {
  const match = RATE.exec(text);
  if (match === null) return null;
  return Math.round(Number(match[1]) * BPS_PER[match[2]!]!);
}

/** The shortest text that reads back as the same rate: 50000000 → `50Mbps`, 1024 → `1.024kbps`, 0 → `0bps`. */
export function formatRate(bps: number): string {
  for (const unit of ['Tbps', 'Gbps', 'Mbps', 'kbps']) {
    const text = `${trimmed(bps / BPS_PER[unit]!)}${unit}`;
    if (bps >= BPS_PER[unit]! && parseRate(text) === bps) return text;
  }
  return `${bps}bps`;
}

/** At most six decimals, none that are zero, and never in exponent form. */
function trimmed(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}
