/** Many scenarios on all cores: workers take a few seeds at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type Outcome, runScenario } from './scenario.ts';

export interface Task {
  readonly first: number;
  readonly count: number;
}

export interface TaskResult {
  readonly scenarios: number;
  readonly steps: number;
  /** Those in which an invariant broke, in the order of their seeds. */
  readonly failures: readonly Outcome[];
}

export interface Pool {
  /** `onFailure` is called as soon as one is known; after `most` of them nothing more is begun. */
  run(task: Task, onFailure?: (outcome: Outcome) => void, most?: number): Promise<TaskResult>;
  close(): void;
}

/** Seeds that a worker takes at a time. */
const PIECE = 20;

export function runTask({ first, count }: Task): TaskResult {
  let steps = 0;
  const failures: Outcome[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const outcome = runScenario(seed, { quiet: true });
    steps += outcome.steps;
    if (outcome.violation !== null) failures.push(runScenario(seed));
  }
  return { scenarios: count, steps, failures };
}

export function createPool(jobs: number): Pool {
  const workers = Array.from({ length: jobs }, () =>
    fork(new URL('./worker.ts', import.meta.url), { execArgv: ['--import=tsx'] }),
  );

  async function ask(worker: ChildProcess, task: Task): Promise<TaskResult> {
    worker.send(task);
    const ended = new AbortController();
    const { signal } = ended;
    const gone = once(worker, 'exit', { signal }).then(() => {
      throw new Error(`a worker ended at the seeds from ${task.first}`);
    });
    try {
      const [result] = (await Promise.race([once(worker, 'message', { signal }), gone])) as [TaskResult];
      return result;
    } finally {
      gone.catch(() => undefined);
      ended.abort();
    }
  }

  return {
    async run({ first, count }, onFailure = () => undefined, most = Number.POSITIVE_INFINITY) {
      let next = first;
      let scenarios = 0;
      let steps = 0;
      const failures: Outcome[] = [];
      const work = async (worker: ChildProcess): Promise<void> => {
        while (next < first + count && failures.length < most) {
          const task = { first: next, count: Math.min(PIECE, first + count - next) };
          next += task.count;
          const result = await ask(worker, task);
          scenarios += result.scenarios;
          steps += result.steps;
          failures.push(...result.failures);
          result.failures.forEach(onFailure);
        }
      };
      await Promise.all(workers.map(work));
      return { scenarios, steps, failures: failures.toSorted((a, b) => a.seed - b.seed) };
    },
    close() {
      for (const worker of workers) if (worker.connected) worker.disconnect();
    },
  };
}
