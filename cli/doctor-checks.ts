/** What could be wrong with an instance, judged from what was found. Pure. */
import type { DoctorCheck } from '../core/api/host.ts';
import type { RouterStatus, Status } from '../core/status.ts';
import { diagnoseMachine } from './doctor-machine.ts';
import type { MachineFacts } from './doctor-machine.ts';
import { count, formatAgo, formatMs } from './format.ts';

/** As every part shows it. */
export type Check = DoctorCheck;

/** What the configuration file turned out to be. */
export type ConfigFound =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly text: string }
  | { readonly kind: 'invalid'; readonly errors: string }
  | { readonly kind: 'valid'; readonly hash: string | null };

export interface Findings {
  /** The daemon's answer, or why there is none. */
  readonly status: Status | { readonly unreachable: string };
  readonly configFile: string;
  readonly config: ConfigFound;
  /** False if the engine is seen to run in another network namespace: then settings and interfaces here are not its own. */
  readonly sameNetwork: boolean;
  /** Value of a kernel setting, `net.ipv4.ip_forward`; null where it does not exist or cannot be read. */
  setting(name: string): string | null;
  /** What is around it; null = not looked at. */
  readonly machine: MachineFacts | null;
  /** The machine has the group that may use the socket. */
  readonly groupExists: boolean;
}

const ok = (name: string, text: string, advice?: string): Check => make('ok', name, text, advice);
const warn = (name: string, text: string, advice?: string): Check => make('warn', name, text, advice);
const bad = (name: string, text: string, advice?: string): Check => make('fail', name, text, advice);

function make(level: Check['level'], name: string, text: string, advice?: string): Check {
  return advice === undefined ? { name, level, text } : { name, level, text, advice };
}

/** All checks, in the order in which a person should read them. */
export function diagnose(findings: Findings): readonly Check[] {
  const { status } = findings;
  if ('unreachable' in status)
    return [bad('daemon', status.unreachable), configFile(findings, null), ...machine(findings), ...access(findings)];
  return [
    ok('daemon', `${status.instance} answers, version ${status.version}, role ${status.role}`),
    ...processes(status),
    ...faults(status),
    ...conditions(status),
    ...peers(status),
    ...neighbours(status),
    configFile(findings, status),
    ...status.configuration.warnings.map((warning) => warn('configuration', warning)),
    ...realtime(status),
    lateness(status),
    ...kernel(findings, status.routers),
    ...machine(findings),
    ...access(findings),
  ];
}

/** Interfaces and sockets here are the engine's own only in its network namespace. */
function machine({ machine: facts, sameNetwork }: Findings): readonly Check[] {
  if (facts === null) return [];
  return diagnoseMachine(sameNetwork ? facts : { ...facts, interfaces: [], port: null });
}

function processes({ processes: ids }: Status): Check[] {
  // The helper runs only where something needs it, the manager is not waited for.
  const missing = (['guardian', 'engine'] as const).filter((name) => ids[name] === null);
  const running = Object.entries(ids).filter(([, id]) => id !== null);
  if (missing.length === 0) return [ok('processes', `${running.map(([name]) => name).join(', ')} run`)];
  return missing.map((name) => bad('processes', `the ${name} does not run`, 'see the log of tandemd; restart it'));
}

function faults(status: Status): Check[] {
  if (status.faults.length === 0)
    return [ok('faults', `none; ${status.eligible ? 'eligible' : 'not eligible'} to become active`)];
  return status.faults.map(({ name, text }) => bad('faults', `${name}: ${text}`, FAULT_ADVICE[name]));
}

const FAULT_ADVICE: Readonly<Record<string, string>> = {
  addressInterfaceDown: 'look at cable, switch port and `ip link`',
  noSource: 'give the interface for adverts an address of its own, or set sourceAddress',
  cannotSend: 'look at the firewall (VRRP is IP protocol 112) and at `ip route`',
  addressInUse: 'find the other machine with that address: `ip neigh`, `arping`',
  duplicateSource: 'find the other machine with our own address: `ip neigh`, `arping`',
  linkPairs: 'look at cables and switch ports; tandem links',
  track: 'look at what is checked; tandem status shows what the last check said',
  bypassStuck: 'look at the card and at what its driver says; tandem status',
  bypassUnknown: 'look at the card and at what its driver says; tandem status',
  flapLimit: 'find out why it left the active role (tandem events), then tandem bypass release or tandem flaps reset',
};

function conditions(status: Status): Check[] {
  if (status.conditions.length === 0) return [ok('conditions', 'none')];
  return status.conditions.map(({ name, text }) => warn('conditions', `${name}: ${text}`));
}

/**
 * A stack in which one cannot take over, or would do it with other settings, is found here rather than in a failover. Single paths are
 * conditions already.
 */
function peers({ peers: all, configuration, version }: Status): Check[] {
  if (all.length === 0) return [];
  const checks = all.flatMap((peer): Check[] => {
    const { name, health, lastContactMs } = peer;
    if (health !== 'healthy') {
      const never = 'look at ha.peers, ha.port, the key file and the firewall on both';
      const advice = lastContactMs === null ? never : 'look at it, and at the HA port of both';
      return [warn('peers', `${name} does not answer checks, last contact ${formatAgo(lastContactMs)}`, advice)];
    }
    const differs = peer.configurationHash !== null && peer.configurationHash !== configuration.hash;
    const otherVersion = peer.version !== null && peer.version !== version;
    return [
      ...(differs
        ? [warn('peers', `${name} runs other settings`, 'compare the configuration files, then tandem reload')]
        : []),
      ...(otherVersion ? [warn('peers', `${name} runs version ${peer.version}, this instance ${version}`)] : []),
    ];
  });
  const roles = all.map((peer) => `${peer.name} is ${peer.role}`).join(', ');
  return checks.length > 0 ? checks : [ok('peers', `${roles}; all of them answer`)];
}

/** Nobody active anywhere is what a person must not overlook. */
function neighbours({ role, routers, peers: others }: Status): Check[] {
  const isReported = others.some((peer) => peer.role === 'active');
  const orphans = routers.filter((r) => r.state !== 'active' && r.activeSource === null && !isReported);
  if (orphans.length === 0 || role === 'starting') return [];
  const names = orphans.map((r) => r.name).join(', ');
  return [warn('service', `nobody is known to be active for ${names}`, 'tandem why; tandem events')];
}

function configFile({ configFile: file, config }: Findings, status: Status | null): Check {
  switch (config.kind) {
    case 'missing':
      return warn('configuration', `there is no ${file}`, 'say with --config FILE where it is');
    case 'unreadable':
      return warn('configuration', `${file} cannot be read: ${config.text}`, 'run tandem doctor as root');
    case 'invalid':
      return bad(
        'configuration',
        `${file} is invalid: ${config.errors}`,
        'correct it; until then a reload or a restart fails',
      );
    case 'valid':
      if (status === null || config.hash === null || config.hash === status.configuration.hash) {
        return ok('configuration', `${file} is valid${status === null ? '' : ' and in effect'}`);
      }
      return warn(
        'configuration',
        `${file} is valid, but not what is in effect`,
        'tandem reload, if it is the file of this daemon',
      );
  }
}

function realtime({ realtime: { scheduling, memoryLocked } }: Status): Check[] {
  if (scheduling && memoryLocked) return [ok('realtime', 'real-time scheduling, memory locked')];
  const checks: Check[] = [];
  if (!scheduling) {
    const advice = 'run tandemd as root (CAP_SYS_NICE) and do not set realtime: false';
    checks.push(warn('realtime', 'ordinary scheduling: adverts can be late while the machine is busy', advice));
  }
  if (!memoryLocked) {
    const advice = 'run tandemd as root (CAP_IPC_LOCK, LimitMEMLOCK=infinity) with realtime.lockMemory';
    checks.push(warn('realtime', 'memory is not locked: the engine can stand still while it is paged in', advice));
  }
  return checks;
}

/** Late by a tenth of the interval now and then is harmless; a whole interval is an advert that others miss. */
function lateness({ lateness: { p99, worst }, routers }: Status): Check {
  const interval = Math.min(1000, ...routers.map((r) => r.advertIntervalMs));
  const text = `in the last minute ${formatMs(p99)} p99, ${formatMs(worst)} worst, with adverts every ${formatMs(interval)}`;
  if (p99 <= Math.max(5, interval / 10) && worst <= interval) return ok('lateness', text);
  return warn('lateness', text, 'real-time scheduling, fewer programs beside it, or a longer advertInterval');
}

/** Settings of the kernel that make VRRP or virtual addresses misbehave. */
function kernel(findings: Findings, routers: readonly RouterStatus[]): Check[] {
  if (!findings.sameNetwork) return [ok('kernel', 'not looked at: the engine runs in another network namespace')];
  const ipv4 = routers.filter((r) => r.family === 'ipv4');
  const ipv6 = routers.filter((r) => r.family === 'ipv6');
  const checks = [
    ...unique(ipv4.map((r) => r.interface)).flatMap((name) => reversePath(findings, name)),
    ...unique(ipv4.map((r) => r.addressInterface)).flatMap((name) => secondaries(findings, name, ipv4)),
    ...unique(ipv6.flatMap((r) => [r.interface, r.addressInterface])).flatMap((name) => ipv6Enabled(findings, name)),
  ];
  const found = checks.length === 0 ? [ok('kernel', 'no setting stands in the way')] : checks;
  return [...found, ...nonlocalBind(findings, ipv4, ipv6)];
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** The kernel uses the larger one of `all` and the interface's own value. */
function reversePath({ setting }: Findings, name: string): Check[] {
  const values = ['all', name].map((where) => Number(setting(`net.ipv4.conf.${where}.rp_filter`) ?? 0));
  if (Math.max(...values) !== 1) return [];
  const text = `rp_filter is strict on ${name}: adverts from a source that has no route back by ${name} are dropped`;
  return [
    warn('kernel', text, `sysctl net.ipv4.conf.${name}.rp_filter=2, unless all instances are in one subnet there`),
  ];
}

/** Without promotion the kernel removes all further addresses of a subnet together with the first one. */
function secondaries({ setting }: Findings, name: string, routers: readonly RouterStatus[]): Check[] {
  const addresses = routers
    .filter((r) => r.addressInterface === name)
    .flatMap((r) => [...r.addresses, ...r.excludedAddresses])
    .filter((address) => !address.endsWith('/32'));
  const promoted = ['all', name].some((where) => setting(`net.ipv4.conf.${where}.promote_secondaries`) === '1');
  const known = setting('net.ipv4.conf.all.promote_secondaries') !== null;
  if (!known || promoted || addresses.length < 2) return [];
  const text = `promote_secondaries is 0 on ${name}, which gets ${count(addresses.length, 'virtual address', 'virtual addresses')}`;
  const advice = `sysctl net.ipv4.conf.${name}.promote_secondaries=1, or a prefix of /32: otherwise removing one removes others of its subnet`;
  return [warn('kernel', text, advice)];
}

function ipv6Enabled({ setting }: Findings, name: string): Check[] {
  if (setting(`net.ipv6.conf.${name}.disable_ipv6`) !== '1') return [];
  return [bad('kernel', `IPv6 is disabled on ${name}`, `sysctl net.ipv6.conf.${name}.disable_ipv6=0`)];
}

/** No mistake, but what surprises people who move the address of a program. */
function nonlocalBind({ setting }: Findings, ipv4: readonly RouterStatus[], ipv6: readonly RouterStatus[]): Check[] {
  const families = [
    ...(ipv4.length > 0 && setting('net.ipv4.ip_nonlocal_bind') === '0' ? ['net.ipv4.ip_nonlocal_bind'] : []),
    ...(ipv6.length > 0 && setting('net.ipv6.ip_nonlocal_bind') === '0' ? ['net.ipv6.ip_nonlocal_bind'] : []),
  ];
  if (families.length === 0) return [];
  const text = 'programs cannot bind to a virtual address while this instance is standby';
  return [
    ok('kernel', text, `if one does (rather than to every address): sysctl ${families.map((f) => `${f}=1`).join(' ')}`),
  ];
}

function access({ groupExists }: Findings): Check[] {
  if (groupExists) return [];
  return [
    warn(
      'access',
      'there is no group tandem: only root can use this command',
      'groupadd --system tandem, then restart tandemd',
    ),
  ];
}
