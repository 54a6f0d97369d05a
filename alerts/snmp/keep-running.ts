/** Something that is started, and started again with growing waits whenever it fails or ends by itself. */

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

export interface Running {
  /** Resolves with why it ended; null = it was told to. */
  readonly ended: Promise<Error | null>;
  close(): void;
}

export interface KeptRunning<T> {
  running(): T | null;
  lastError(): string | null;
  /** Since when it runs, or does not (wall time, ms). */
  since(): number;
  /** Resolves after the first attempt, whatever became of it. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function keepRunning<T extends Running>(run: () => Promise<T>): KeptRunning<T> {
  let running: T | null = null;
  let wanted = false;
  let timer: NodeJS.Timeout | undefined;
  let wait = FIRST_WAIT_MS;
  let error: string | null = null;
  let since = Date.now();
  let attempt: Promise<void> = Promise.resolve();

  function failed(why: unknown): void {
    if (running !== null || error === null) since = Date.now();
    running = null;
    error = why instanceof Error ? why.message : String(why);
    if (!wanted) return;
    timer = setTimeout(() => {
      attempt = tryOnce();
    }, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  async function tryOnce(): Promise<void> {
    try {
      const one = await run();
      if (!wanted) return one.close();
      running = one;
      since = Date.now();
      error = null;
      void one.ended.then((why) => {
        // What ran for a while is tried again at once; what ends as soon as it is there is not.
        if (Date.now() - since > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
        if (wanted && running === one) failed(why ?? 'closed');
      });
    } catch (why) {
      failed(why);
    }
  }

  return {
    running: () => running,
    lastError: () => error,
    since: () => since,
    async start(): Promise<void> {
      if (wanted) return attempt;
      wanted = true;
      attempt = tryOnce();
      return attempt;
    },
    async stop(): Promise<void> {
      wanted = false;
      clearTimeout(timer);
      await attempt;
      const last = running;
      running = null;
      last?.close();
      await last?.ended;
    },
  };
}
