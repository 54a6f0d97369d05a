/** What the scenario tests stand on: a topology for each file, cleared between its tests, and pairs that are started in order. */
import assert from 'node:assert/strict';
import { now, until } from '../../lab/clock.ts';
import type { Host } from '../../lab/host.ts';
import { startInline } from '../../lab/inline.ts';
import type { Inline } from '../../lab/inline.ts';
import { startEcho, startProbe } from '../../lab/probe.ts';
import type { Probe } from '../../lab/probe.ts';
import { killAll, programsIn } from '../../lab/registry.ts';
import { stackConfig } from '../../lab/stack-config.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import { launchTandem } from '../../lab/tandem.ts';
import type { Tandem, TandemConfig, TandemOptions } from '../../lab/tandem.ts';
import { VIP, buildLab, instanceConfig, pair } from '../../lab/topology.ts';
import type { Place, Topology } from '../../lab/topology.ts';
import type { ConditionName } from '../../core/reason.ts';
import type { Role, RouterStatus, Status } from '../../core/status.ts';
import { need } from '../support/need.ts';

export interface Stage {
  readonly topology: Topology;
  readonly client: Host;
  readonly a: Place;
  readonly b: Place;
  /** Only where the topology has three instances. */
  readonly c: Place;
}

/** Call it in a `describe`: makes the topology before its tests, ends every process and undoes every change after each. */
export function stage(build: () => Topology = pair, ...needs: readonly string[]): Stage {
  let made: Topology | null = null;
  before(function () {
    this.timeout(60_000);
    need(this, 'namespaces', 'build', 'tcpdump', ...needs);
    made = build();
  });
  afterEach(async function () {
    this.timeout(60_000);
    if (made === null) return;
    if (this.currentTest?.state === 'failed') tellWhatWasSaid(made);
    await clear(made);
  });
  after(() => made?.close());
  const topology = (): Topology => made ?? assert.fail('the topology is made before the first test');
  return {
    get topology() {
      return topology();
    },
    get client() {
      return topology().client;
    },
    get a() {
      return topology().place('a');
    },
    get b() {
      return topology().place('b');
    },
    get c() {
      return topology().place('c');
    },
  };
}

/** Engines outlive a guardian that was killed, to resign: they have to be gone before the addresses are looked at. */
async function clear(topology: Topology): Promise<void> {
  const hosts = [...topology.lab.hosts.values()];
  const left = killAll(programsIn(hosts.map(({ namespace }) => namespace)));
  assert.equal(left.length, 0, 'processes that cannot be ended');
  await topology.reset();
}

function tellWhatWasSaid(topology: Topology): void {
  for (const { host } of topology.places) {
    for (const program of host.programs) {
      const lines = program.output.slice(-12).map((line) => `        ${program.name}: ${line}\n`);
      process.stderr.write(lines.join(''));
    }
  }
}

type Settings = Readonly<Record<string, unknown>>;

export interface Change {
  readonly ha?: Settings;
  /** Over the one router `wan` (VRID 51, 100 ms, `VIP`, on eth0). */
  readonly router?: Settings;
  /** In its place: routers, each over the same defaults. */
  readonly routers?: readonly Settings[];
  /** Other sections. */
  readonly more?: Settings;
}

/** The configuration of an instance whose adverts and addresses are on eth0, with 100 ms adverts. */
export function config(name: string, change: Change = {}): Record<string, unknown> {
  const routers = change.routers ?? [change.router ?? {}];
  return instanceConfig(name, {
    ha: { ...change.ha },
    vrrp: routers.map((router) => ({
      name: 'wan',
      id: 51,
      interface: 'eth0',
      advertInterval: '100ms',
      addresses: [`${VIP}/24`],
      ...router,
    })),
    ...change.more,
  });
}

/** Starts it and waits until it answers; it may still be listening for another (role `starting`). */
export function start(place: Place, change: Change = {}, options: TandemOptions = {}): Promise<Tandem> {
  return startWith(place, config(place.host.name, change), options);
}

export async function startWith(place: Place, settings: TandemConfig, options: TandemOptions = {}): Promise<Tandem> {
  const tandem = launchTandem(place.host, settings, options);
  await tandem.waitStatus(() => true, `tandemd on ${place.host.name} answers`);
  return tandem;
}

/** Starts `a`, then `b`, so that `a` is active without a fight; resolves when they are active and standby. */
export async function startBoth(on: Stage, change: Change = {}, changeOfB: Change = change): Promise<[Tandem, Tandem]> {
  const a = await start(on.a, change);
  const b = await start(on.b, changeOfB);
  await a.waitRole('active');
  await b.waitRole('standby');
  return [a, b];
}

/** Waits until exactly this place has the address. */
export async function ownedBy(on: Stage, name: string, address = VIP): Promise<void> {
  await until(() => on.topology.places.every(({ host }) => host.has(address) === (host.name === name)), {
    what: `${name} alone has ${address}`,
    limitMs: 15_000,
    everyMs: 20,
  });
}

/** The router with this name. */
export function routerOf(status: Status, name = 'wan'): RouterStatus {
  return status.routers.find((router) => router.name === name) ?? assert.fail(`no router ${name} in the status`);
}

/** Waits until this many more adverts were accepted: a measure of time that a busy machine does not falsify. */
export async function heardMore(tandem: Tandem, count: number): Promise<Status> {
  const before = routerOf(await tandem.status()).counters.advertsReceived;
  return tandem.waitStatus(
    (status) => routerOf(status).counters.advertsReceived >= before + count,
    `${count} adverts heard`,
  );
}

/** Codes of the events' reasons, in order. */
export async function codesOf(tandem: Tandem): Promise<readonly string[]> {
  return (await tandem.events()).map(({ reason }) => reason.code);
}

/** Waits until an event with this reason is there, and gives its text. */
export async function eventOf(tandem: Tandem, code: string): Promise<string> {
  return until(
    async () => (await tandem.events()).findLast(({ reason }) => reason.code === code)?.reason.text ?? null,
    { what: `event ${code} on ${tandem.host.name}` },
  );
}

/** Topologies of stacks whose instances know each other. */
export const withBackup = (): Topology => buildLab({ backup: true });
export const withPairs = (): Topology => buildLab({ pairs: true, backup: true });
export const threeWithBackup = (): Topology => buildLab({ instances: ['a', 'b', 'c'], backup: true });

/** The configuration of an instance with all others as peers: adverts every 100 ms on the HA port, checks every 50 ms, the address on eth0. */
export function stackOf(on: Stage, name: string, change: StackChange = {}): Record<string, unknown> {
  return stackConfig(on.topology, name, {
    ...change,
    peerCheck: { interval: '50ms', failureThreshold: 3, recoveryThreshold: 2, ...change.peerCheck },
    ...(change.routers === undefined
      ? { router: { advertInterval: '100ms', ...change.router } }
      : { routers: change.routers.map((router) => ({ advertInterval: '100ms', ...router })) }),
  });
}

/** Starts one instance of a stack, and waits until it answers. */
export function startMember(
  on: Stage,
  place: Place,
  change: StackChange = {},
  options: TandemOptions = {},
): Promise<Tandem> {
  return startWith(place, stackOf(on, place.host.name, change), options);
}

/** Starts `a`, then `b`: resolves when `a` is active, `b` standby, and each knows the other's role from its reports. */
export async function startStack(
  on: Stage,
  change: StackChange = {},
  changeOfB: StackChange = change,
): Promise<[Tandem, Tandem]> {
  const a = await startMember(on, on.a, change);
  const b = await startMember(on, on.b, changeOfB);
  await a.waitRole('active');
  await b.waitRole('standby');
  await knows(a, 'b', 'standby');
  await knows(b, 'a', 'active');
  return [a, b];
}

/** Waits until it has this role of that peer from a fresh report, and finds it healthy. */
export async function knows(tandem: Tandem, peer: string, role: Role): Promise<void> {
  await tandem.waitStatus(
    ({ peers }) => peers.some((one) => one.name === peer && one.role === role && one.health === 'healthy'),
    `${tandem.host.name} knows that ${peer} is ${role}`,
  );
}

/** Waits until a condition with this name stands, and gives its text. */
export async function condition(tandem: Tandem, name: ConditionName): Promise<string> {
  const status = await tandem.waitStatus(
    ({ conditions }) => conditions.some((one) => one.name === name),
    `condition ${name} on ${tandem.host.name}`,
  );
  return status.conditions.find((one) => one.name === name)?.text ?? '';
}

/** How often its router has become active: the sign of a move that nobody saw. */
export async function claims(tandem: Tandem, router = 'wan'): Promise<number> {
  return routerOf(await tandem.status(), router).counters.activeTransitions;
}

/** Roles that it had, in order, as its events tell; `after` leaves out what was before that event. */
export async function rolesOf(tandem: Tandem, after = 0): Promise<readonly string[]> {
  return (await tandem.events()).flatMap(({ kind, to, seq }) => (kind === 'role' && seq > after ? [to ?? ''] : []));
}

/** Number of its newest event. */
export async function lastEvent(tandem: Tandem): Promise<number> {
  return (await tandem.events()).at(-1)?.seq ?? 0;
}

/** A probe from the client to the address, and what it lost since it was answered first. */
export interface Watched {
  readonly probe: Probe;
  /** Fails if a probe was lost since the beginning or the last call. */
  nothingLost(): Promise<void>;
}

/** Starts the answering programs and a probe; resolves when somebody answers. */
export async function watchAddress(on: Stage): Promise<Watched> {
  await Promise.all(on.topology.places.map(({ host }) => startEcho(host)));
  const probe = startProbe(on.client, VIP);
  await probe.answered();
  let from = now();
  return {
    probe,
    async nothingLost() {
      const report = await probe.report(from);
      from = now();
      const who = report.answering.map(({ who }) => who).join(', ');
      assert.equal(report.lost, 0, `${report.lost} of ${report.sent} probes lost; answered by ${who}`);
    },
  };
}

/** Starts the stand-ins for the appliances' own software. */
export function startAppliances(...tandems: readonly Tandem[]): Promise<Inline[]> {
  return Promise.all(tandems.map(({ host, socket }) => startInline(host, socket)));
}
