/** Starts the lab's own small programs, from the sources or from what was built of them. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { packageFolder, program } from '../daemon/where.ts';
import type { Host } from './host.ts';
import type { Program, ProgramOptions } from './program.ts';

/** Node's arguments for a program of this package: `lab/echo` for lab/echo.ts. */
export function ownProgram(source: string): readonly string[] {
  if (!import.meta.url.endsWith('.ts')) {
    const { nodeOptions, script } = program(source);
    return [...nodeOptions, script];
  }
  // What was built of it, where that is there: under real time the threads of the TypeScript loader spin beside what is measured.
  const built = `${packageFolder}dist/${source}.js`;
  if (existsSync(built)) return [built];
  // By its path: `--import tsx` would be looked up from the working directory of whoever starts the tests.
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return ['--import', loader, `${packageFolder}${source}.ts`];
}

/** Starts one of them in a host; `realtime` is a priority of SCHED_RR, used where permitted. */
export function startOwn(host: Host, name: string, args: readonly string[], options: ProgramOptions = {}): Program {
  return host.spawn([process.execPath, ...ownProgram(`lab/${name}`), ...args], { name, ...options });
}
