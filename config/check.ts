/** The work of `tandemd check`: is this file valid, and what would it do? Also how the guardian gets its plan. */
import type { ConfigProblem } from '../core/api/settings.ts';
import { formatDuration } from '../core/units.ts';
import { formatConfigError } from './error.ts';
import type { ConfigError } from './error.ts';
import { loadConfigFile } from './load.ts';
import { managerPlan } from './manager-plan.ts';
import type { EnginePlan, RouterPlan } from './plan.ts';
import { resolvePlan } from './resolve.ts';
import { masterDownMs } from './router-facts.ts';
import type { Config } from './schema.ts';

export interface CheckResult {
  /** 0 valid, 2 invalid (design section 7). */
  readonly exitCode: 0 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Load the file at `path`. `text`: a summary for people. `plan`: the `EnginePlan` as one line of JSON, which holds
 * the passwords of version 2 and is for the guardian alone, and the `ManagerPlan` as a second one. Errors, one a line, on stderr.
 */
export async function checkConfig(path: string, options: { readonly print: 'text' | 'plan' }): Promise<CheckResult> {
  const loaded = await loadConfigFile(path);
  if (!loaded.ok) {
    return { exitCode: 2, stdout: '', stderr: lines(loaded.error.map(formatConfigError)) };
  }
  const { config, warnings } = loaded.value;
  const plan = resolvePlan(config, warnings);
  const stdout =
    options.print === 'plan'
      ? `${JSON.stringify(plan)}\n${JSON.stringify(managerPlan(config))}\n`
      : lines([`${path}: configuration OK`, ...summary(config, plan)]);
  return { exitCode: 0, stdout, stderr: '' };
}

/** Everything that is wrong with the file at `path`, as JSON and by the name `shown`: an empty list = valid. For the guardian, before it writes. */
export async function problemsOf(path: string, shown: string): Promise<CheckResult> {
  const loaded = await loadConfigFile(path);
  const problems: readonly ConfigProblem[] = loaded.ok ? [] : loaded.error.map((error) => problemOf(error, shown));
  return { exitCode: loaded.ok ? 0 : 2, stdout: `${JSON.stringify(problems)}\n`, stderr: '' };
}

/** An error as the API says it, about a file of this name. */
export function problemOf({ line, column, path, message, hint }: ConfigError, shown: string): ConfigProblem {
  return { path, message: hint === undefined ? message : `${message} (${hint})`, file: shown, line, column };
}

/** What the configuration means, a line each, warnings last. */
export function summary(config: Config, plan: EnginePlan): readonly string[] {
  const { ha } = config;
  const detection = formatDuration(ha.peerCheck.interval * ha.peerCheck.failureThreshold);
  return [
    `instance ${plan.instance}, stack ${plan.stack}, mode ${plan.mode}${plan.primary ? ', primary' : ''}`,
    ...plan.routers.map(routerLine),
    `peer detection time ${detection} = interval ${formatDuration(ha.peerCheck.interval)} × failureThreshold ${ha.peerCheck.failureThreshold}`,
    `settings hash ${plan.hash}`,
    ...plan.warnings.map((warning) => `warning: ${warning}`),
  ];
}

function routerLine(router: RouterPlan): string {
  const family = router.family === 'ipv4' ? 'IPv4' : 'IPv6';
  const down = Math.round(masterDownMs(router.version, router.advertIntervalMs, router.priority));
  const count = router.addresses.length + router.excludedAddresses.length;
  const where = router.addressInterface === router.interface ? '' : `, addresses on ${router.addressInterface}`;
  return (
    `router ${router.name}: VRID ${router.id}, ${family}, version ${router.version} on ${router.interface}${where}, ` +
    `${count} address${count === 1 ? '' : 'es'}, priority ${router.priority}, group ${router.group}, ` +
    `advert every ${formatDuration(router.advertIntervalMs)}, Master_Down ${formatDuration(down)}`
  );
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
