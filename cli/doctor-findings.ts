/** Looks at the machine for `doctor` and `support-bundle`. Nothing here changes anything, and nothing that cannot be read is an error. */
import { accessSync, constants, existsSync, readlinkSync } from 'node:fs';
import type { Status } from '../core/status.ts';
import { EXIT, Failure } from './command.ts';
import type { Context } from './command.ts';
import type { ConfigFound, Findings } from './doctor-checks.ts';
import { lookAtMachine } from './doctor-machine-facts.ts';
import { readText } from './read-text.ts';
import { readStatus } from './status.ts';

/** Everything that the checks are made from. */
export async function collectFindings(context: Context, configFile: string, state: string): Promise<Findings> {
  const status = await statusOrReason(context);
  const loaded = await lookAtConfig(configFile);
  const reachable = 'unreachable' in status ? null : status;
  return {
    status,
    configFile,
    config: loaded.found,
    machine: await lookAtMachine(reachable, loaded.plans, state, context.io.now),
    sameNetwork: 'unreachable' in status || sameNetwork(status.processes.engine),
    setting: readSetting,
    groupExists: /^tandem:/m.test(readText('/etc/group') ?? ''),
  };
}

async function statusOrReason({ engine }: Context): Promise<Status | { readonly unreachable: string }> {
  try {
    return readStatus(await engine.get('/status'));
  } catch (error) {
    if (error instanceof Failure && error.exit === EXIT.unreachable) return { unreachable: error.message };
    throw error;
  }
}

/** The file as the daemon would read it. Its plan can hold passwords: only the hash is taken from it. */
async function lookAtConfig(
  file: string,
): Promise<{ readonly found: ConfigFound; readonly plans: LoadedPlans | null }> {
  const without = (found: ConfigFound) => ({ found, plans: null });
  if (!existsSync(file)) return without({ kind: 'missing' });
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    return without({ kind: 'unreadable', text: (error as NodeJS.ErrnoException).code ?? String(error) });
  }
  const loaded = await loadPlan(file);
  if ('errors' in loaded) return without({ kind: 'invalid', errors: loaded.errors });
  const { hash } = loaded.plan;
  return { found: { kind: 'valid', hash: typeof hash === 'string' ? hash : null }, plans: loaded };
}

export interface LoadedPlans {
  readonly plan: Readonly<Record<string, unknown>>;
  /** Null where the configuration has no manager. */
  readonly manager: Readonly<Record<string, unknown>> | null;
}

/** The plans that the file stands for, or all its errors. They can hold passwords. */
export async function loadPlan(file: string): Promise<LoadedPlans | { readonly errors: string }> {
  const { checkConfig } = await import('../config/check.ts');
  const { exitCode, stdout, stderr } = await checkConfig(file, { print: 'plan' });
  if (exitCode !== 0) return { errors: stderr.trim() };
  // A line for the engine, a line for the manager.
  const [engine = '{}', manager = 'null'] = stdout.split('\n');
  return {
    plan: JSON.parse(engine) as Record<string, unknown>,
    manager: JSON.parse(manager) as Record<string, unknown> | null,
  };
}

/** True unless it is seen to be otherwise: an ordinary user may not look. */
function sameNetwork(pid: number | null): boolean {
  if (pid === null) return true;
  try {
    return readlinkSync('/proc/self/ns/net') === readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return true;
  }
}

/** `net.ipv4.conf.eth0/1.rp_filter` would be a VLAN: names of interfaces may hold dots, so only the first ones are separators. */
export function readSetting(name: string): string | null {
  const match = /^(net\.ipv[46]\.conf)\.(.+)\.([^.]+)$/.exec(name);
  const path =
    match === null ? name.replaceAll('.', '/') : `${match[1]!.replaceAll('.', '/')}/${match[2]!}/${match[3]!}`;
  return readText(`/proc/sys/${path}`)?.trim() ?? null;
}
