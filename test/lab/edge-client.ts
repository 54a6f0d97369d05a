/** Starts and asks the hosts of `vrrp-edge.test.ts` (`edge-host.ts`). */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Calls, Reply } from './edge-host.ts';

const PROGRAM = fileURLToPath(new URL('./edge-host.ts', import.meta.url));

/** A host in a network namespace. */
export interface EdgeHost {
  call<K extends keyof Calls>(name: K, ...argument: Parameters<Calls[K]>): Promise<Awaited<ReturnType<Calls[K]>>>;
  /** Stop everything; resolves to the exit code: 0 only if nothing kept the process alive. */
  stop(): Promise<number | null>;
}

/** Start a host inside a namespace. */
export function spawnHost(namespace: string, environment: Readonly<Record<string, string>> = {}): EdgeHost {
  const node = [process.execPath, '--import', 'tsx', PROGRAM];
  const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace, ...node], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...environment },
  });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let next = 0;
  child.on('message', ({ id, value, error }: Reply) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the host in ${namespace} ended`));
  });
  return {
    call: (name, ...argument) =>
      new Promise((resolve, reject) => {
        next += 1;
        waiting.set(next, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ id: next, name, argument: argument[0] });
      }),
    async stop() {
      if (child.exitCode === null && child.connected) child.send({ id: 0, name: 'stop' });
      const limit = setTimeout(() => child.kill('SIGKILL'), 5000);
      const code = await ended;
      clearTimeout(limit);
      return code;
    },
  };
}
