/** What runs on the leader alone: begun with its term, ended at once, and each job's starts and stops one after the other. */
import type { LeaderJob } from '../../core/leader.ts';

export interface Jobs {
  add(job: LeaderJob): () => void;
  /** Null: it leads no more. */
  set(term: number | null): void;
  /** Ends all of them; resolves when they have ended. */
  stop(): Promise<void>;
}

interface Running {
  readonly job: LeaderJob;
  wanted: number | null;
  /** The term with which it was started. */
  has: number | null;
  turn: Promise<void> | null;
}

export function createJobs(warn: (text: string) => void): Jobs {
  const all = new Set<Running>();
  let term: number | null = null;

  async function settle(one: Running): Promise<void> {
    while (one.has !== one.wanted) {
      const { job, has, wanted } = one;
      one.has = has === null ? wanted : null;
      try {
        await (has === null ? job.start(wanted ?? 0) : job.stop());
      } catch (error) {
        // It is as good as started, or stopped: what it does with its own trouble is its own affair.
        const text = error instanceof Error ? error.message : String(error);
        warn(`${job.name}: it did not ${has === null ? 'start' : 'stop'} as it should: ${text}`);
      }
    }
    one.turn = null;
  }

  function want(one: Running, wanted: number | null): void {
    one.wanted = wanted;
    if (one.turn === null && one.has !== wanted) one.turn = settle(one);
  }

  return {
    add(job) {
      const one: Running = { job, wanted: null, has: null, turn: null };
      all.add(one);
      want(one, term);
      return () => {
        all.delete(one);
        want(one, null);
      };
    },
    set(next) {
      term = next;
      for (const one of all) want(one, next);
    },
    async stop() {
      term = null;
      for (const one of all) want(one, null);
      await Promise.all([...all].map(({ turn }) => turn ?? Promise.resolve()));
    },
  };
}
