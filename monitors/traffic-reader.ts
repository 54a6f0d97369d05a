/**
 * Bytes received, by interface, from /proc/self/net/dev: one reading for all of them, of this process's network namespace. (sysfs shows the
 * namespace that it was mounted in, which in a container or under `nsenter` is another one.) A file in memory: reading it waits for nothing.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes received since an interface was made. One that is missing is not there. */
export type TrafficReading = ReadonlyMap<string, number>;

/** Reads the counters of these interfaces. The simulator brings its own. */
export type TrafficReader = (interfaces: readonly string[]) => TrafficReading;

/** Where the kernel shows the counters. */
export const NET_DEV = '/proc/self/net/dev';

/** Some thousands of interfaces; beyond it the rest is not seen, and the tick is not held up. */
const MOST_BYTES = 1024 * 1024;

/** Characters of a 64-bit counter with the spaces around it. */
const LONGEST_NUMBER = 32;

/**
 * The counters of a text in the form of /proc/net/dev. It is searched for the names and not cut into lines: with hundreds of interfaces that
 * would take longer than the reading.
 */
export function parseNetDev(text: string, interfaces: readonly string[]): TrafficReading {
  const found = new Map<string, number>();
  for (const name of interfaces) {
    const bytes = counterOf(text, `${name}:`);
    if (bytes !== null) found.set(name, bytes);
  }
  return found;
}

/** The number behind `label`, which stands at the beginning of a line but for spaces; the kernel allows neither colon nor space in a name. */
function counterOf(text: string, label: string): number | null {
  for (let at = text.indexOf(label); at >= 0; at = text.indexOf(label, at + 1)) {
    if (at > 0 && !' \n'.includes(text[at - 1]!)) continue;
    const from = at + label.length;
    const bytes = /^ *(\d+)(?: |$)/.exec(text.slice(from, from + LONGEST_NUMBER))?.[1];
    return bytes === undefined ? null : Number(bytes);
  }
  return null;
}

/** A reader that keeps the file open. Never throws: what cannot be read is an empty reading, and the file is opened anew next time. */
export function createTrafficReader(file: string = NET_DEV): {
  readonly read: TrafficReader;
  readonly close: () => void;
} {
  let descriptor: number | null = null;
  let buffer = Buffer.alloc(16 * 1024);

  function close(): void {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  }

  function readAll(open: number): string {
    let size = 0;
    for (;;) {
      // The kernel hands out a page at a time.
      const count = readSync(open, buffer, size, buffer.length - size, size);
      size += count;
      if (count === 0 || size >= MOST_BYTES) return buffer.toString('utf8', 0, size);
      if (size === buffer.length) buffer = Buffer.concat([buffer], Math.min(2 * size, MOST_BYTES));
    }
  }

  return {
    read(interfaces) {
      if (interfaces.length === 0) return new Map();
      try {
        descriptor ??= openSync(file, 'r');
        return parseNetDev(readAll(descriptor), interfaces);
      } catch {
        close();
        return new Map();
      }
    },
    close,
  };
}
