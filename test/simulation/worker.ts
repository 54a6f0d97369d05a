/** Runs scenarios for a pool (pool.ts), in a process of its own, until that is gone. */
import { type Task, type TaskResult, runTask } from './pool.ts';

process.on('message', (task: Task) => {
  const result: TaskResult = runTask(task);
  process.send?.(result);
});
process.on('disconnect', () => process.exit(0));
