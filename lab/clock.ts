/**
 * Time in the lab: milliseconds of the kernel's monotonic clock, which every process of this machine shares
 * (`performance.now()` begins anew in each).
 */

/** Now, in milliseconds with fractions, on the clock that all programs of the lab share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What has to be added to a wall time in milliseconds (a capture's time stamp) to get a lab time. */
export function wallToLab(): number {
  // Date.now() steps once a millisecond: at the edge of a step both clocks are known to some microseconds.
  const before = Date.now();
  let wall = before;
  while (wall === before) wall = Date.now();
  return now() - wall;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits without giving the event loop a turn: for tearing down, where nothing else may happen. */
export function sleepNow(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** An error that ends the waiting of `until` at once: what is waited for cannot happen any more. */
export class Hopeless extends Error {}

/**
 * Waits until the condition gives something else than false, null or undefined, and returns that.
 * Throws after `limitMs` (default 10 s) with what was waited for. The condition may be asynchronous; if it throws, that counts as "not yet"
 * and is told when time is up (`Hopeless` ends the waiting at once).
 */
export async function until<T>(
  condition: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  options: { readonly what: string; readonly limitMs?: number; readonly everyMs?: number },
): Promise<T> {
  const limitMs = options.limitMs ?? 10_000;
  const deadline = now() + limitMs;
  let trouble = '';
  for (;;) {
    try {
      const found = await condition();
      if (found !== false && found !== null && found !== undefined) return found;
      trouble = '';
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      trouble = ` (${error instanceof Error ? error.message : String(error)})`;
    }
    if (now() > deadline) throw new Error(`not within ${limitMs} ms: ${options.what}${trouble}`);
    await sleep(options.everyMs ?? 5);
  }
}
