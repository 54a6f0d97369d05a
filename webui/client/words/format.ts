/** Numbers and times as a person reads them. Pure. */

/** `412 Mb/s`. */
export function rate(bps: number | null): string {
  if (bps === null) return '–';
  for (const [size, unit] of [
    [1e9, 'Gb/s'],
    [1e6, 'Mb/s'],
    [1e3, 'kb/s'],
  ] as const)
    if (bps >= size) return `${short(bps / size)} ${unit}`;
  return `${Math.round(bps)} b/s`;
}

/** Three significant figures, no trailing zeros. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `4 h 12 min`, `3 d 4 h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${days} d ${hours % 24} h`;
}

/** A duration of milliseconds as one would say it: `85 ms`, `0.3 s`, `2 s`, `15 min`. */
export function duration(ms: number): string {
  if (ms < 100) return `${short(ms)} ms`;
  if (ms < 60_000) return `${short(ms / 1000)} s`;
  return ms < 3_600_000 ? `${short(ms / 60_000)} min` : `${short(ms / 3_600_000)} h`;
}

export function roundTrip(ms: number | null): string {
  return ms === null ? '–' : ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** `21:07:33`, local time; with milliseconds where the order of things matters. */
export function clock(at: string, milliseconds = false): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en-GB', { hour12: false });
  return milliseconds ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

/** `Sat 14 Nov 2026`. */
export function day(at: string): string {
  return new Date(at).toLocaleDateString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
}

/** `14 Nov 2026, 21:07:33`. */
export function moment(at: string): string {
  const date = new Date(at);
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })}, ${clock(at)}`;
}

/** `2 instances`, `1 instance`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function bytes(size: number): string {
  for (const [unit, name] of [
    [2 ** 40, 'TiB'],
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ] as const)
    if (size >= unit) return `${short(size / unit)} ${name}`;
  return `${size} B`;
}

/** The last checks of a path in words: `59 of 60 passed, the last failure 12 checks ago`. */
export function stripText(recent: string): string {
  if (recent === '') return 'no checks yet';
  const passed = recent.replaceAll(/[^p]/g, '').length;
  const failure = recent.lastIndexOf('f');
  const ago = recent.length - 1 - failure;
  const when = failure < 0 ? '' : ago === 0 ? ', the last one failed' : `, the last failure ${count(ago, 'check')} ago`;
  return `${passed} of ${recent.length} passed${when}`;
}

/** With a full stop, where it has none. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
