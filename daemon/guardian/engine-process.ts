/** The engine as a child process: started, spoken to, listened to, killed. It decides nothing (lifecycle.ts does). */
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { Socket } from 'node:net';
import type { ToEngine, ToGuardian } from '../channel.ts';
import type { Program } from '../where.ts';

export interface EngineEvents {
  /** A message of this process. What is no message of the contract is dropped. */
  readonly message: (message: ToGuardian) => void;
  /** The process is being taken apart by the kernel: it runs no instruction any more. Comes before `exited`, or not at all. */
  readonly dying: () => void;
  /** The process has ended; `text` says how. */
  readonly exited: (text: string) => void;
  /** Everything it ever wrote to the channel has been handed to `message`. */
  readonly closed: () => void;
}

export interface EngineProcess {
  readonly pid: number | null;
  send(message: ToEngine): void;
  kill(): void;
}

/**
 * Options of V8, which it reads only once, at its start.
 * Small young generation: the engine makes much short-lived garbage and should not keep the room for it. Not smaller than 2 MB: with 1 MB
 * the states of many routers outlive two collections, and the old generation grows instead.
 * Every function is compiled when it is loaded and stays compiled, although V8 would wait for its first call, and forget what was not called for
 * a while: what a takeover calls is called once in months. That halves the time from `told` to the announced address (3.6 ms to 1.5 ms seen), for
 * some 30 ms more at the start and 3 MB.
 */
const NODE_OPTIONS = ['--max-semi-space-size=2', '--no-lazy', '--no-flush-bytecode'];

/**
 * A descriptor that the engine holds and knows nothing of. The kernel closes the descriptors of a dead process from the highest number down, and an
 * AF_PACKET socket among them keeps it busy for some 12 ms (synchronize_net): seen at kill -9, the end of this one is noticed after about 2 ms,
 * the end of channel and process after 15. So it is numbered above all sockets, and below the usual limit of 1024.
 */
const LIFELINE = 900;

const STDIO: StdioOptions = [
  'ignore',
  'inherit',
  'inherit',
  'ipc',
  ...Array.from({ length: LIFELINE - 4 }, () => 'ignore' as const),
  'pipe',
];

const KINDS: ReadonlySet<unknown> = new Set<ToGuardian['kind']>([
  'tick',
  'ready',
  'will',
  'protect',
  'adopted',
  'remember',
  'reload',
  'stopped',
  'fatal',
]);

/** Starts it in a session of its own, so that a signal to the guardian's group does not reach it. Never throws. */
export function startEngine(program: Program, events: EngineEvents): EngineProcess {
  const argv = [...NODE_OPTIONS, ...program.nodeOptions, program.script];
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, argv, { stdio: STDIO, detached: true });
  } catch (error) {
    return notStarted(events, error);
  }
  const { pid } = child;
  if (pid === undefined) {
    child.on('error', (error) => {
      events.exited(`the engine could not be started: ${error.message}`);
      events.closed();
    });
    return { pid: null, send: () => undefined, kill: () => undefined };
  }
  // An error of a send is followed by the end of the channel, which is what counts.
  child.on('error', () => undefined);
  child.on('message', (message: unknown) => {
    if (isMessage(message)) events.message(message);
  });
  // The type knows five descriptors.
  const descriptors: readonly unknown[] = child.stdio;
  const lifeline = descriptors[LIFELINE];
  if (lifeline instanceof Socket) {
    lifeline.on('end', events.dying);
    lifeline.on('error', () => undefined);
    lifeline.resume();
  }
  child.on('disconnect', events.closed);
  child.on('exit', (code, signal) => {
    events.exited(signal === null ? `the engine ended with exit code ${code}` : `the engine was ended by ${signal}`);
  });
  return {
    pid,
    send(message) {
      if (child.connected) child.send(message, () => undefined);
    },
    kill() {
      // A process that was waited for has no number any more; it may be another's by now.
      if (child.exitCode !== null || child.signalCode !== null) return;
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already; its exit is on the way.
      }
    },
  };
}

function notStarted(events: EngineEvents, error: unknown): EngineProcess {
  setImmediate(() => {
    events.exited(`the engine could not be started: ${error instanceof Error ? error.message : String(error)}`);
    events.closed();
  });
  return { pid: null, send: () => undefined, kill: () => undefined };
}

/** The engine is of this package and this version: its kind and generation are enough to trust the rest. */
function isMessage(value: unknown): value is ToGuardian {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('generation' in value)) return false;
  return KINDS.has(value.kind) && typeof value.generation === 'number';
}
