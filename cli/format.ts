/** Times, durations and lines for people. Pure. */

/** How long, in the largest unit that tells enough: `3 s`, `4 min`, `5 h`, `2 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A measured time in milliseconds: `0.8 ms`, `12 ms`, `3.22 s`. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${trimZeros((ms / 1000).toFixed(2))} s`;
  return `${ms < 10 ? trimZeros(ms.toFixed(1)) : Math.round(ms)} ms`;
}

/** A rate with its unit: `412 Mbps`, `1.23 Gbps`, `980 bps`; `-` where nothing is measured. */
export function formatBps(bps: number | null): string {
  if (bps === null) return '-';
  for (const [unit, of] of [
    ['Gbps', 1e9],
    ['Mbps', 1e6],
    ['kbps', 1e3],
  ] as const) {
    if (bps >= of) return `${trimZeros((bps / of).toFixed(bps >= 100 * of ? 1 : 2))} ${unit}`;
  }
  return `${Math.round(bps)} bps`;
}

/** How long ago: `12 ms ago`, `4 min ago`, `never`. */
export function formatAgo(ms: number | null): string {
  if (ms === null) return 'never';
  return `${ms < 1000 ? formatMs(ms) : formatAge(ms)} ago`;
}

const trimZeros = (text: string): string => text.replace(/\.?0+$/, '');
const two = (n: number): string => String(n).padStart(2, '0');

/** Local time of day; with the date in front if that is another day than now. What is no time stays as it is. */
export function formatTime(iso: string, now: number): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = formatDay(date);
  return day === formatDay(new Date(now)) ? time : `${day} ${time}`;
}

/** Local date and time with milliseconds. */
export function formatStamp(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${formatDay(date)} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function formatDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Since when and for how long: `02:00:00 (4 min)`. */
export function formatSince(iso: string, now: number): string {
  const since = Date.parse(iso);
  return Number.isNaN(since) ? iso : `${formatTime(iso, now)} (${formatAge(now - since)})`;
}

/** `1 fault`, `2 faults`, `no faults`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return n === 0 ? `no ${many}` : `${n} ${n === 1 ? one : many}`;
}

/** Break text at blanks so that no line is longer than `width`; a longer word is broken. At least one line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | null = null;
  for (const word of text.split(' ')) {
    if (line !== null && line.length + 1 + word.length <= width) {
      line = `${line} ${word}`;
      continue;
    }
    if (line !== null) lines.push(line);
    let rest = word;
    for (; rest.length > width; rest = rest.slice(width)) lines.push(rest.slice(0, width));
    line = rest;
  }
  lines.push(line ?? '');
  return lines;
}
