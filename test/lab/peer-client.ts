/** Starts and asks the hosts of `peer-sockets.test.ts` (`peer-host.ts`). */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inside } from '../../lab/command.ts';
import type { Calls, Reply } from './peer-host.ts';

const PROGRAM = fileURLToPath(new URL('./peer-host.ts', import.meta.url));

/** An instance's exchange in a network namespace. */
export interface PeerHost {
  call<K extends keyof Calls>(name: K, ...argument: Parameters<Calls[K]>): Promise<Awaited<ReturnType<Calls[K]>>>;
  /** Resolves to the exit code: 0 only if nothing kept the process alive. */
  stop(): Promise<number | null>;
}

export function spawnPeer(namespace: string): PeerHost {
  const [program = '', ...enter] = inside(namespace);
  const node = [process.execPath, '--import', 'tsx', PROGRAM];
  const child: ChildProcess = spawn(program, [...enter, ...node], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
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
