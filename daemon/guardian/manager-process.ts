/**
 * The manager as a child of the guardian (design section 2): an ordinary user, no capabilities, a session of its own, started again when it ends or
 * hangs. Nothing waits for it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import type { ManagerPlan } from '../../config/manager-plan.ts';
import type { Ms } from '../../core/clock.ts';
import type { Program } from '../where.ts';
import type { Account, ManagerAccount } from './accounts.ts';
import { BACKOFF_FIRST, BACKOFF_MOST } from './life.ts';

export interface ManagerProcess {
  /** Starts it, or ends it where the plan has none. */
  use(plan: ManagerPlan | null): void;
  /** Ends it in order. Resolves when it is gone. */
  stop(): Promise<void>;
}

export interface ManagerOptions {
  readonly program: Program;
  readonly run: string;
  readonly state: string;
  /** As which user, by the name that the plan gives. */
  readonly account: (user: string) => ManagerAccount;
  /** Its process id, null when there is none. */
  readonly changed: (pid: number | null) => void;
  readonly warn: (text: string) => void;
}

/** It says that it is alive every second; silent for so long it is killed. Loading takes a second on a busy machine. */
const HANG_MS: Ms = 15_000;
const STOP_LIMIT_MS = 3000;
/** One that ran for so long is no victim of what ended the ones before it. */
const STEADY_MS: Ms = 60_000;

/** What it gets of the environment: neither the notification socket nor anything that somebody put there for another program. */
const ENVIRONMENT = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'NODE_EXTRA_CA_CERTS'];

export function createManagerProcess(options: ManagerOptions): ManagerProcess {
  const { program, run, state, changed, warn } = options;
  const said = new Set<string>();
  let wanted: ManagerPlan | null = null;
  let child: ChildProcess | null = null;
  let restart: NodeJS.Timeout | null = null;
  let watch: NodeJS.Timeout | null = null;
  let wait = BACKOFF_FIRST;
  let stopping = false;

  const once = (text: string): void => {
    if (!said.has(text)) warn(text);
    said.add(text);
  };

  function start(plan: ManagerPlan): void {
    if (child !== null || restart !== null || stopping) return;
    const { account, warning } = options.account(plan.manager.user);
    if (warning !== null) once(warning);
    const failed = makeStateFolder(`${state}/manager`, account);
    if (failed !== null) return once(failed);
    const argv = ['--max-semi-space-size=2', ...program.nodeOptions, program.script, '--run', run, '--state', state];
    const env = Object.fromEntries(
      ENVIRONMENT.flatMap((name) => (name in process.env ? [[name, process.env[name]]] : [])),
    );
    const began = performance.now();
    // The kernel takes all capabilities from a process that stops being root.
    const started = spawn(process.execPath, argv, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
      cwd: '/',
      env,
      ...(account === null ? {} : account),
    });
    child = started;
    let over = false;
    const ended = (why: string): void => {
      if (over) return;
      over = true;
      child = null;
      if (watch !== null) clearTimeout(watch);
      changed(null);
      if (stopping || wanted === null) return;
      wait = performance.now() - began > STEADY_MS ? BACKOFF_FIRST : Math.min(BACKOFF_MOST, wait * 2);
      warn(`the manager ${why}: starting it again in ${wait} ms`);
      restart = setTimeout(() => {
        restart = null;
        if (wanted !== null) start(wanted);
      }, wait);
    };
    started.on('error', (error) => ended(`could not be started (${error.message})`));
    started.on('exit', (code, signal) =>
      ended(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    );
    // It says one thing: that it is alive.
    started.on('message', () => expectLife(started));
    expectLife(started);
    if (started.pid !== undefined) changed(started.pid);
  }

  function expectLife(of: ChildProcess): void {
    if (watch !== null) clearTimeout(watch);
    watch = setTimeout(() => {
      warn(`the manager has been silent for ${HANG_MS / 1000} s: killing it`);
      of.kill('SIGKILL');
    }, HANG_MS);
  }

  /** Its channel closes, and it leaves. */
  async function end(): Promise<void> {
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
      else running.kill('SIGTERM');
    });
  }

  return {
    use(plan) {
      wanted = plan;
      if (plan === null) void end();
      else start(plan);
    },
    stop() {
      stopping = true;
      return end();
    },
  };
}

/** `<state>/manager`: 0700, the manager's own. Null, or a sentence. */
function makeStateFolder(path: string, account: Account | null): string | null {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (account !== null) chownSync(path, account.uid, account.gid);
    return null;
  } catch (error) {
    return `cannot make ${path} for the manager (${error instanceof Error ? error.message : String(error)}): running without it`;
  }
}
