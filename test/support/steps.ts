/** The steps that a test run is made of: programs that have to succeed, and suites of test files. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';
import { add, emptyTally, green, isTestMessage, red, show } from './tally.ts';
import type { Tally, TestMessage } from './tally.ts';

const running = new Set<ChildProcess>();

/** Ends with the process that started this one (setup.mjs: a signal would not pass `unshare`), and takes its children along. */
export function endWithParent(): void {
  const end = (): void => {
    for (const child of running) child.kill('SIGTERM');
    // The suites clear their labs away meanwhile.
    setTimeout(() => process.exit(143), 1500);
  };
  if (process.connected) process.on('disconnect', end);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.channel?.unref();
}

export interface CommandStep {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly limitMs?: number;
  /** True: what it prints is shown as it comes; otherwise only if it fails. */
  readonly live?: boolean;
}

/** Runs a program that counts as one test. */
export async function runCommand(step: CommandStep): Promise<Tally & { readonly output: string }> {
  const began = performance.now();
  const { code, output } = await execute(step);
  const passed = code === 0;
  const message: TestMessage = {
    kind: passed ? 'pass' : 'fail',
    file: '',
    title: step.name,
    ms: performance.now() - began,
    text: `${step.argv.join(' ')}: exit ${code}\n${step.live === true ? '' : output.trimEnd()}`,
  };
  show(message, packageFolder, true);
  return { ...emptyTally(), [passed ? 'passed' : 'failed']: 1, output };
}

function execute(step: CommandStep): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const [program = '', ...rest] = step.argv;
    const child = spawn(program, rest, {
      cwd: step.cwd ?? packageFolder,
      env: { ...process.env, ...step.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: step.limitMs ?? 10 * 60_000,
    });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (step.live === true) process.stdout.write(text.replaceAll(/^(?=.)/gm, '    '));
      });
    }
    child.once('error', (error) => resolve({ code: -1, output: error.message }));
    child.once('close', (code) => {
      running.delete(child);
      resolve({ code: code ?? -1, output });
    });
  });
}

/** Test files of a suite: everything under test/NAME that ends in `.test.ts`, in order of name. */
export function filesOf(suite: string, long = false): readonly string[] {
  const folder = join(packageFolder, 'test', suite);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && name.endsWith('.long.test.ts') === long)
    .toSorted()
    .map((name) => join(folder, name));
}

export interface SuiteStep {
  readonly files: readonly string[];
  readonly grep?: string;
  /** Without the tests marked `@long`, or those alone; by default all. */
  readonly only?: 'usual' | 'long';
  /** Show passed tests too. */
  readonly every: boolean;
  readonly limitMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs test files in a process of their own. One that ends before its time, or never, is a failure. */
export function runSuite(step: SuiteStep): Promise<Tally> {
  const tally = emptyTally();
  const program = join(packageFolder, 'test/support/suite.ts');
  const grep = [
    ...(step.grep === undefined ? [] : ['--grep', step.grep]),
    ...(step.only === undefined ? [] : ['--only', step.only]),
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import=tsx/esm', program, ...grep, ...step.files], {
      cwd: packageFolder,
      env: { ...process.env, ...step.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    running.add(child);
    let last = 'none';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    }, step.limitMs);
    child.on('message', (message: unknown) => {
      if (!isTestMessage(message)) return;
      last = message.title;
      tally[message.kind === 'pass' ? 'passed' : message.kind === 'fail' ? 'failed' : 'skipped'] += 1;
      show(message, packageFolder, step.every);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const trouble = late ? `stopped after ${step.limitMs / 1000} s` : signal !== null ? `ended by ${signal}` : null;
      if (trouble !== null || (code !== 0 && tally.failed === 0)) {
        tally.failed += 1;
        const text = `${trouble ?? `ended with ${code}`}; the last test that ended was: ${last}`;
        const files = step.files.map((file) => relative(packageFolder, file)).join(', ');
        show(
          { kind: 'fail', file: '', title: `the suite runs to its end (${files})`, ms: 0, text },
          packageFolder,
          true,
        );
      }
      resolve(tally);
    });
  });
}

/** More would only load the same modules once more each. */
const MOST_PROCESSES = 4;

/**
 * Runs test files in as many processes as there are processors, dealt in turn: neighbours take about as long as each other. For tests that
 * share nothing with other processes, and measure nothing.
 */
export async function runSuiteSpread(step: SuiteStep): Promise<Tally> {
  const count = Math.min(MOST_PROCESSES, availableParallelism(), step.files.length);
  const hands = Array.from({ length: count }, (_, hand) => step.files.filter((_file, at) => at % count === hand));
  const tally = emptyTally();
  for (const one of await Promise.all(hands.map((files) => runSuite({ ...step, files })))) add(tally, one);
  return tally;
}

/** A heading, with how it went so far. */
export function heading(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

export function summary(tally: Readonly<Tally>): string {
  const parts = [`${tally.passed} passed`];
  if (tally.failed > 0) parts.push(red(`${tally.failed} wrong`));
  if (tally.skipped > 0) parts.push(`${tally.skipped} left out`);
  return tally.failed > 0 ? parts.join(', ') : green(parts.join(', '));
}
