/** Reads the configuration in a short process of its own (design section 2): the guardian stays small and never waits for a parser. */
import { spawn } from 'node:child_process';
import type { ManagerPlan } from '../../config/manager-plan.ts';
import type { EnginePlan } from '../../config/plan.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Secrets } from '../channel.ts';
import type { Program } from '../where.ts';
import { loadSecrets } from './secrets.ts';

/** What the daemon runs on. */
export interface Configuration {
  readonly plan: EnginePlan;
  /** What the manager works from; null = it is left out. */
  readonly manager: ManagerPlan | null;
  /** The keys that the plan names, which are no part of it. */
  readonly secrets: Secrets;
}

/** Why there is no plan: lines for the administrator, and the exit code where that ends the daemon. */
export interface Refused {
  readonly lines: readonly string[];
  readonly code: 1 | 2;
}

const LIMIT_MS = 20_000;
/** 255 routers with many addresses make a megabyte. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Plan and keys, both anew: keys change without the file (rotation). Never rejects. A bad secret is a wrong configuration (exit 2). */
export async function readConfiguration(check: Program, config: string): Promise<Result<Configuration, Refused>> {
  const plan = await readPlan(check, config);
  if (!plan.ok) return plan;
  const secrets = await loadSecrets(plan.value.plan);
  return secrets.ok ? ok({ ...plan.value, secrets: secrets.value }) : fail({ code: 2, lines: [secrets.error] });
}

/**
 * `check --config FILE --plan`: the plans of engine and manager, a line of JSON each, and exit 0, or errors on stderr, a line each, and exit 2.
 * Never rejects. `done` may be called by a timer: after 20 s the process is killed.
 */
type Plans = Omit<Configuration, 'secrets'>;

function readPlan(check: Program, config: string): Promise<Result<Plans, Refused>> {
  return new Promise((resolve) => {
    const argv = [...check.nodeOptions, check.script, 'check', '--config', config, '--plan'];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let size = 0;
    const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) child.kill('SIGKILL');
      else chunks.push(chunk);
    };
    child.stdout.on('data', collect(out));
    child.stderr.on('data', collect(err));
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    const end = (result: Result<Plans, Refused>): void => {
      clearTimeout(timer);
      resolve(result);
    };
    child.on('error', (error) =>
      end(fail({ code: 1, lines: [`cannot start the check of ${config}: ${error.message}`] })),
    );
    child.on('close', (code, signal) =>
      end(judge(config, code, signal, Buffer.concat(out), Buffer.concat(err).toString())),
    );
  });
}

function judge(
  config: string,
  code: number | null,
  signal: string | null,
  stdout: Buffer,
  stderr: string,
): Result<Plans, Refused> {
  const said = stderr.split('\n').filter((line) => line.trim() !== '');
  if (code === 2) return fail({ code: 2, lines: said.length > 0 ? said : [`${config} is not valid`] });
  const why = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
  if (code !== 0)
    return fail({ code: 1, lines: [`the check of ${config} ${why}${said.length > 0 ? `: ${said.at(-1)}` : ''}`] });
  try {
    const [first = '', second = 'null'] = stdout.toString().split('\n');
    const plan: unknown = JSON.parse(first);
    const manager: unknown = JSON.parse(second === '' ? 'null' : second);
    if (isPlan(plan) && isManagerPlan(manager)) return ok({ plan, manager });
  } catch {
    // Falls through: the same sentence says it.
  }
  return fail({ code: 1, lines: [`the check of ${config} gave no plan: this installation is damaged`] });
}

/** The check has validated everything; this only tells a plan from something else. */
function isPlan(value: unknown): value is EnginePlan {
  return (
    typeof value === 'object' && value !== null && 'routers' in value && Array.isArray(value.routers) && 'hash' in value
  );
}

function isManagerPlan(value: unknown): value is ManagerPlan | null {
  return value === null || (typeof value === 'object' && 'manager' in value && 'files' in value);
}
