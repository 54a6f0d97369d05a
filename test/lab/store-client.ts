/** Starts and asks the stores of `store-sync.test.ts` (`store-host.ts`). */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inside } from '../../lab/command.ts';
import type { Tandem } from '../../lab/tandem.ts';
import type { Calls, Reply } from './store-host.ts';

const PROGRAM = fileURLToPath(new URL('./store-host.ts', import.meta.url));

export interface StoreHost {
  call<K extends keyof Calls>(name: K, ...argument: Parameters<Calls[K]>): Promise<Awaited<ReturnType<Calls[K]>>>;
  stop(): Promise<void>;
}

/** Beside a Tandem without a manager, in the place of one. */
export function spawnStore({ host, run, folder }: Tandem): StoreHost {
  const state = join(folder, 'store-host');
  mkdirSync(state, { recursive: true });
  const [enter = '', ...rest] = inside(host.namespace);
  const node = [process.execPath, '--import', 'tsx', PROGRAM, run, state];
  const child: ChildProcess = spawn(enter, [...rest, ...node], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  let next = 0;
  child.on('message', ({ id, value, error }: Reply) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  });
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`the store on ${host.name} ended`));
  });
  const call: StoreHost['call'] = (name, ...argument) =>
    new Promise((resolve, reject) => {
      next += 1;
      waiting.set(next, { resolve: resolve as (value: unknown) => void, reject });
      const lost = (error: Error | null): void => {
        if (error !== null) reject(error);
      };
      child.send({ id: next, name, argument: argument[0] }, lost);
    });
  return {
    call,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await call('stop').catch(() => undefined);
      if (child.connected) child.disconnect();
      await ended;
      clearTimeout(timer);
    },
  };
}
