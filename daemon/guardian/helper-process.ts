/** The helper as a child of the guardian: started where a plan needs it, restarted when it ends, ended last. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { EnginePlan } from '../../config/plan.ts';
import type { Program } from '../where.ts';
import { BACKOFF_FIRST, BACKOFF_MOST } from './lifecycle.ts';

export interface HelperProcess {
  start(): void;
  /** Ends it: it finishes what it has and gives back what it made. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** For its own cleaning up; then SIGKILL. */
const STOP_LIMIT_MS = 10_000;

/** True if something in this plan is done by programs: macvlans and the rules of `accept: false`. */
export function needsHelper(plan: EnginePlan): boolean {
  return plan.routers.some((router) => router.virtualMac || !router.accept);
}

/** `changed` tells the process id, null when there is none. */
export function createHelperProcess(
  program: Program,
  run: string,
  changed: (pid: number | null) => void,
  warn: (text: string) => void,
): HelperProcess {
  let child: ChildProcess | null = null;
  let restart: NodeJS.Timeout | null = null;
  let wait = BACKOFF_FIRST;
  let stopping = false;

  function start(): void {
    if (child !== null || restart !== null || stopping) return;
    // In a session of its own, and on a channel: it leaves when that closes, whatever happened to the guardian.
    const argv = [...program.nodeOptions, program.script, run];
    const started = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
    child = started;
    const began = performance.now();
    let over = false;
    const ended = (why: string): void => {
      if (over) return;
      over = true;
      child = null;
      changed(null);
      if (stopping) return;
      wait = performance.now() - began > 60_000 ? BACKOFF_FIRST : Math.min(BACKOFF_MOST, wait * 2);
      warn(`the helper ${why}: starting it again in ${wait} ms`);
      restart = setTimeout(() => {
        restart = null;
        start();
      }, wait);
    };
    started.on('error', (error) => ended(`could not be started (${error.message})`));
    started.on('exit', (code, signal) =>
      ended(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
    if (started.pid !== undefined) changed(started.pid);
  }

  return {
    start,
    async stop() {
      stopping = true;
      if (restart !== null) clearTimeout(restart);
      restart = null;
      const running = child;
      if (running === null) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => running.kill('SIGKILL'), STOP_LIMIT_MS);
        running.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
        if (running.connected) running.disconnect();
      });
    },
  };
}
