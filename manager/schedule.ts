/** What happens at its time, by cron expressions in local time. node-cron is loaded when there is the first of them. */
import type { ScheduledTask } from 'node-cron';

export interface Job {
  readonly schedule: string;
  readonly run: () => Promise<void>;
}

export interface Schedule {
  /** These and no others. What runs already is not ended. */
  set(jobs: readonly Job[]): Promise<void>;
  /** When the job at this place comes next, ISO 8601; null = never. */
  nextAt(index: number): string | null;
  stop(): void;
}

export function createSchedule(warn: (text: string) => void): Schedule {
  let tasks: readonly (ScheduledTask | null)[] = [];

  function stop(): void {
    for (const task of tasks) void task?.destroy();
    tasks = [];
  }

  return {
    async set(jobs) {
      const { schedule } = jobs.length === 0 ? { schedule: null } : await import('node-cron');
      stop();
      if (schedule === null) return;
      tasks = jobs.map((job) => {
        try {
          return schedule(job.schedule, () => job.run(), { noOverlap: true });
        } catch (error) {
          // Checked with the configuration; a time that node-cron alone does not understand must not end the manager.
          warn(
            `the schedule ${job.schedule} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
          );
          return null;
        }
      });
    },
    nextAt: (index) => tasks[index]?.getNextRun()?.toISOString() ?? null,
    stop,
  };
}
