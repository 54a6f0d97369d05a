import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { arch, cpus, freemem, hostname, loadavg, networkInterfaces, release, totalmem, uptime } from 'node:os';
import { join, resolve } from 'node:path';
import type { Status } from '../core/status.ts';
import { DEFAULT_CONFIG } from './check.ts';
import { EXIT, Failure, NO_OPERANDS } from './command.ts';
import type { Command, Context } from './command.ts';
import { diagnose } from './doctor-checks.ts';
import type { Findings } from './doctor-checks.ts';
import { collectFindings, loadPlan, readSetting } from './doctor-findings.ts';
import type { LoadedPlans } from './doctor-findings.ts';
import { createManagerClient } from './client.ts';
import { DEFAULT_STATE } from './doctor.ts';
import { readText } from './read-text.ts';
import { linesOf, secretsIn, withoutSecrets } from './redact.ts';
import { printJson, safeJson } from './terminal.ts';
import { version } from './version.ts';

const JOURNAL_MS = 3000;
const JOURNAL_ENTRIES = 1000;

export const supportBundle: Command = {
  name: 'support-bundle',
  summary: 'write all that is known about this instance to one file',
  usage: ['support-bundle [--output FILE] [--config FILE] [--state DIR]'],
  details:
    'The file is JSON, readable by its owner alone, and holds status, events, the checks of doctor, the settings in the configuration, processes, interfaces and ' +
    'kernel settings. It holds no password and no key. Works without the daemon too, with less in it.',
  options: {
    output: {
      type: 'string',
      value: 'FILE',
      files: true,
      text: 'where to (default ./tandem-support-<instance>-<time>.json)',
    },
    config: {
      type: 'string',
      value: 'FILE',
      files: true,
      text: `configuration of the daemon (default ${DEFAULT_CONFIG})`,
    },
    state: { type: 'string', value: 'DIR', files: true, text: `state directory (default ${DEFAULT_STATE})` },
  },
  operands: NO_OPERANDS,
  async run(context) {
    const { io, json, options } = context;
    const configFile = resolve(String(options['config'] ?? DEFAULT_CONFIG));
    const findings = await collectFindings(context, configFile, resolve(String(options['state'] ?? DEFAULT_STATE)));
    const reachable = 'unreachable' in findings.status ? null : findings.status;
    const loaded = findings.config.kind === 'valid' ? await loadPlan(configFile) : null;
    const plans = loaded === null || 'errors' in loaded ? null : loaded;
    const bundle = await collect(context, findings, reachable, plans);
    const secrets = knownSecrets(configFile, plans);
    const path = resolve(String(options['output'] ?? fileName(reachable?.instance ?? hostname(), io.now())));
    write(path, `${safeJson(withoutSecrets(bundle, secrets), 1)}\n`);
    if ('unreachable' in findings.status) io.err(`tandem: without the daemon: ${findings.status.unreachable}\n`);
    if (json) printJson(io, { file: path });
    else io.out(`${path}\n`);
    return EXIT.done;
  },
};

/** `tandem-support-a-20261121T010000Z.json`; nothing in the name of an instance can lead elsewhere. */
export function fileName(instance: string, now: number): string {
  const time = new Date(now).toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '');
  return `tandem-support-${instance.replace(/[^A-Za-z0-9._-]/g, '_')}-${time}.json`;
}

/** Never over a file that exists: it could be a link to something dear. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? 'it exists already, choose another with --output' : (code ?? String(error));
    throw new Failure(EXIT.failed, 'cannotWrite', `cannot write ${path}: ${reason}`, path);
  }
}

/** Everything that is known to be a secret here: what the configuration says, and what stands in the files that it names. */
function knownSecrets(configFile: string, loaded: LoadedPlans | null): readonly string[] {
  const files = [
    loaded?.plan['secretFile'],
    ...(Array.isArray(loaded?.manager?.['files']) ? loaded.manager['files'] : []),
  ];
  const contents = files.flatMap((path) => (typeof path === 'string' ? linesOf(readText(path) ?? '') : []));
  return [...secretsIn(readText(configFile) ?? ''), ...contents];
}

async function collect(context: Context, findings: Findings, status: Status | null, plans: LoadedPlans | null) {
  const { io, run, engine } = context;
  const events: unknown[] = [];
  if (status !== null) for await (const line of engine.lines('/events?follow=false')) events.push(line);
  return {
    madeAt: new Date(io.now()).toISOString(),
    tandem: version(),
    status: findings.status,
    checks: diagnose(findings),
    why: status === null ? null : await engine.get('/why'),
    configuration: plans ?? findings.config,
    machine: findings.machine,
    journal: await journalTail(context),
    events,
    system: system(),
    processes: processes(status),
    runDirectory: listing(run),
    interfaces: networkInterfaces(),
    settings: settings(status),
    network: Object.fromEntries(
      ['dev', 'igmp', 'igmp6', 'route', 'arp', 'raw', 'raw6'].map((name) => [name, readText(`/proc/net/${name}`)]),
    ),
  };
}

/** The newest entries of the manager's journal; why not, where it does not answer. Never waited for longer than an answer may take. */
async function journalTail({ run, io }: Context): Promise<unknown> {
  try {
    const manager = createManagerClient(run, { raw: true, env: io.env, patience: JOURNAL_MS });
    return await manager.get(`/api/v1/journal?order=newest&limit=${JOURNAL_ENTRIES}`);
  } catch (error) {
    return { unavailable: error instanceof Error ? error.message : String(error) };
  }
}

function system() {
  return {
    node: process.version,
    kernel: release(),
    arch: arch(),
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(readText('/etc/os-release') ?? '')?.[1] ?? null,
    processors: cpus().length,
    load: loadavg(),
    memory: { total: totalmem(), free: freemem() },
    uptimeSeconds: uptime(),
    pressure: readText('/proc/pressure/cpu'),
  };
}

/** What the kernel says of our processes: memory, threads, switches. */
function processes(status: Status | null) {
  const found = Object.entries(status?.processes ?? {}).filter(([, id]) => id !== null);
  return Object.fromEntries(
    found.map(([name, id]) => [
      name,
      { pid: id, status: readText(`/proc/${id}/status`), limits: readText(`/proc/${id}/limits`) },
    ]),
  );
}

function listing(directory: string) {
  try {
    return readdirSync(directory).map((name) => {
      const { mode, uid, gid, size, mtime } = statSync(join(directory, name));
      return { name, mode: (mode & 0o7777).toString(8), uid, gid, size, changed: mtime.toISOString() };
    });
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

function settings(status: Status | null): Readonly<Record<string, string | null>> {
  const interfaces = new Set([
    'all',
    'default',
    ...(status?.routers ?? []).flatMap((r) => [r.interface, r.addressInterface]),
  ]);
  const perInterface = [...interfaces].flatMap((name) => [
    ...[
      'rp_filter',
      'arp_ignore',
      'arp_announce',
      'arp_filter',
      'promote_secondaries',
      'accept_local',
      'forwarding',
    ].map((key) => `net.ipv4.conf.${name}.${key}`),
    ...['disable_ipv6', 'accept_dad', 'accept_ra', 'forwarding'].map((key) => `net.ipv6.conf.${name}.${key}`),
  ]);
  const names = [
    'net.ipv4.ip_nonlocal_bind',
    'net.ipv6.ip_nonlocal_bind',
    'kernel.sched_rt_runtime_us',
    ...perInterface,
  ];
  return Object.fromEntries(names.map((name) => [name, readSetting(name)]));
}
