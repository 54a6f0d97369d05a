/** The helper as a child of the guardian: started where a plan needs it, told what it may do, restarted when it ends, ended last. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { EnginePlan } from '../../config/plan.ts';
import type { Ms } from '../../core/clock.ts';
import { createMark } from '../sessions/mark.ts';
import { sessionGround } from '../sessions/rules.ts';
import type { ToHelper } from '../helper/plan-message.ts';
import type { Program } from '../where.ts';
import { BACKOFF_FIRST, BACKOFF_MOST } from './life.ts';

export interface HelperProcess {
  /**
   * Starts it if this plan needs it, and tells it the plan; every later one is told the same when it starts. Resolves when the plan is in
   * effect there, or it is not worth waiting for any longer.
   */
  use(plan: EnginePlan): Promise<void>;
  /** Somebody has something for it that no plan speaks of. Null when it serves, or a sentence. */
  want(): Promise<string | null>;
  /** Somebody serves: a card's watchdog may be fed (brain 7.5). */
  alive(): void;
  /** Ends it: it finishes what it has and gives back what it made. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** For its own cleaning up; then SIGKILL. */
const STOP_LIMIT_MS = 10_000;
const ALIVE_MOST: Ms = 500;
/** A helper that wires ports anew has so long before the engine is told all the same. */
const PLAN_LIMIT_MS = 5_000;
const WANT_EVERY_MS = 20;

/** True if something in this plan is done by programs: macvlans, the rules of `accept: false`, tracks and a bypass. */
export function needsHelper(plan: EnginePlan): boolean {
  const routers = plan.routers.some((router) => router.virtualMac || !router.accept);
  return routers || plan.tracks.length > 0 || plan.bypass.driver !== 'none';
}

/** How often the helper is told that somebody serves, ms: one word may be lost without the card noticing. */
export function aliveEvery(plan: EnginePlan): Ms {
  return Math.max(1, Math.min(plan.bypass.watchdogMs / 4, ALIVE_MOST));
}

/** `changed` tells the process id, null when there is none. */
export function createHelperProcess(
  program: Program,
  run: string,
  state: string,
  changed: (pid: number | null) => void,
  warn: (text: string) => void,
): HelperProcess {
  let child: ChildProcess | null = null;
  let known: ToHelper | null = null;
  let restart: NodeJS.Timeout | null = null;
  let wait = BACKOFF_FIRST;
  let stopping = false;
  /** The child has said that it knows a plan. */
  let knows = false;
  /** Who waits for the newest plan to be in effect. */
  const waiting: (() => void)[] = [];

  function planned(): void {
    for (const done of waiting.splice(0)) done();
  }

  const serves = (): boolean => knows && existsSync(`${run}/helper.sock`);

  function start(): void {
    if (child !== null || restart !== null || stopping) return;
    // In a session of its own, and on a channel: it leaves when that closes, whatever happened to the guardian.
    const argv = [...program.nodeOptions, program.script, run];
    const started = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
    child = started;
    knows = false;
    const began = performance.now();
    let over = false;
    const ended = (why: string): void => {
      if (over) return;
      over = true;
      child = null;
      knows = false;
      changed(null);
      planned();
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
    // It says one thing.
    started.on('message', () => {
      knows = true;
      planned();
    });
    if (started.pid !== undefined) changed(started.pid);
    if (known !== null) tell(known);
  }

  function tell(message: ToHelper): void {
    // A channel that closes is followed by the end of the process, which is what counts.
    if (child?.connected === true) child.send(message, () => undefined);
  }

  return {
    use(plan) {
      const { instance, tracks, bypass, links } = plan;
      const sessions = sessionGround(plan, state);
      known = { kind: 'plan', instance, tracks, bypass, pairs: links.pairs, sessions };
      // One that no plan needs any more still has to give back what it made; so has the one before a crash.
      if (child !== null) tell(known);
      else if (needsHelper(plan) || createMark(run).isSet()) start();
      if (child === null) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, PLAN_LIMIT_MS);
        waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    async want() {
      if (known === null || stopping) return 'the daemon is starting or stopping';
      start();
      const end = performance.now() + PLAN_LIMIT_MS;
      while (!serves() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, WANT_EVERY_MS));
      return serves() ? null : `the helper does not serve after ${PLAN_LIMIT_MS} ms`;
    },
    alive: () => tell({ kind: 'alive' }),
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
