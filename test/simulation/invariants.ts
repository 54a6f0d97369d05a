/** What must hold after every step, whatever happens (brain section 12, as far as adverts alone can promise it). */
import type { FaultName } from '../../core/reason.ts';
import { isMute } from '../../daemon/brain/gate.ts';
import { type RouterEntry, holdsAddresses } from '../../daemon/brain/state.ts';
import { LINGER_MS, letGoTime, masterDown, skewTime } from '../../vrrp/timers.ts';
import { type Watch, fail, slowest } from './limits.ts';
import { watchOwners } from './owners.ts';
import { type Node, identity } from './node.ts';
import type { World } from './world.ts';

export function watch(world: World): Watch {
  const owners = watchOwners(world);
  return {
    check() {
      for (const node of world.nodes) checkNode(world, node);
      for (const { node, identity: of } of world.taken.splice(0)) checkTaken(world, node, of);
      for (const node of world.nodes) noteListening(node);
      owners.check();
    },
  };
}

function checkNode(world: World, node: Node): void {
  const { instance } = node;
  if (instance === null) return;
  for (const entry of instance.routers) checkRouter(world, node, entry);
  if (instance.faults.length > 0) checkFaults(world, node);
  if (instance.plan.mode === 'active-passive' && instance.phase === 'running') checkWhole(node);
  if (instance.undertaking !== null && !instance.routers.some((r) => r.machine.state === 'releasing'))
    fail(`${node.name}: a switchover does not end`);
}

function checkRouter(world: World, node: Node, entry: RouterEntry): void {
  const { machine, plan } = entry;
  const of = identity(plan);
  const held = node.held.has(of);
  if (held !== holdsAddresses(entry))
    fail(`${node.name}: ${plan.name} is ${machine.state} but ${held ? 'has' : 'lacks'} its addresses`);
  if (machine.state === 'backup' && !Number.isFinite(machine.downAt))
    fail(`${node.name}: ${plan.name} is backup without a deadline`);
  if (machine.state === 'active' && !Number.isFinite(machine.advertAt) && !Number.isFinite(machine.listenUntil))
    fail(`${node.name}: ${plan.name} is active without a next advert`);
  if (machine.state === 'releasing' && !Number.isFinite(machine.letGoAt))
    fail(`${node.name}: ${plan.name} never lets go`);
  checkClaims(world, node, entry, of);
  if (machine.state === 'fault' || machine.state === 'init') node.unfitAt.set(of, world.now);
}

/** After everything else was looked at: what a claim needs is what was before it. */
function noteListening(node: Node): void {
  for (const { machine, plan } of node.instance?.routers ?? []) {
    if (machine.state === 'backup') node.listensSince.set(identity(plan), machine.since);
    else node.listensSince.delete(identity(plan));
  }
}

/** In calm nobody claims twice within the time that others wait (brain 12: no oscillation). */
function checkClaims(world: World, node: Node, { plan, machine }: RouterEntry, of: string): void {
  const [before, last] = node.claims.get(of) ?? [];
  if (before === undefined || last !== world.now || before <= world.calmSince || node.lastSwitchover !== 'none') return;
  const least = masterDown(plan.version, machine.priority, plan.advertIntervalMs);
  if (last - before < least) fail(`${node.name}: claimed ${plan.name} twice within ${(last - before).toFixed(1)} ms`);
}

/** Faults in which the addresses may stay until another is heard; written down here again, not taken from the table under test. */
const MAY_KEEP: ReadonlySet<FaultName> = new Set(['noSource', 'cannotSend']);

/** No address in a hard fault: none at all, or none for longer than it takes to be heard (brain 5.6). */
function checkFaults(world: World, node: Node): void {
  for (const fault of node.instance!.faults) {
    const entry = node.instance!.routers.find((r) => r.plan.name === fault.router);
    if (entry === undefined || !node.held.has(identity(entry.plan))) continue;
    const { version, advertIntervalMs } = entry.plan;
    const longest = MAY_KEEP.has(fault.name) ? letGoTime(version, advertIntervalMs) + LINGER_MS + 1 : 0;
    // A frozen process cannot let go; neither can the one that has just gone on.
    if (node.frozenSince === null && world.now - Math.max(fault.since, world.calmSince) > longest)
      fail(`${node.name}: ${fault.router} has its addresses in ${fault.name} since ${fault.since}`);
  }
}

function checkWhole(node: Node): void {
  const { routers } = node.instance!;
  const actives = routers.filter((r) => r.machine.state === 'active').length;
  // Who is mute has to ask the network before its other routers may join.
  if (actives === 0 || actives === routers.length || routers.some(isMute)) return;
  fail(`${node.name}: the group is torn: ${routers.map((r) => `${r.plan.name} ${r.machine.state}`).join(', ')}`);
}

/** What a claim needs, whatever led to it. */
function checkTaken(world: World, node: Node, of: string): void {
  const entry = node.instance?.routers.find((r) => identity(r.plan) === of);
  if (entry === undefined) return;
  checkAsked(world, node, entry, of);
  const { plan, machine } = entry;
  // Only an owner is active without having listened, and who joins a group that is; the shortest that others listen is a Skew_Time.
  const joins = node.instance!.routers.some(
    (r) => r.plan.group === plan.group && r.machine.state === 'active' && r.machine.since < world.now,
  );
  if (joins) return;
  const listened = world.now - (node.listensSince.get(of) ?? world.now);
  if (machine.priority !== 255 && listened < skewTime(plan.version, machine.priority, 10))
    fail(`${node.name}: is active for ${plan.name} after listening for ${listened.toFixed(2)} ms`);
  if (machine.reason.code === 'preempting') {
    // A down timer that ran on until Preempt was taken away may still run out before the next advert.
    const changed = world.now - world.calmSince < slowest(world).interval;
    if (!node.plan.preempt && !changed) fail(`${node.name}: preempts for ${plan.name} although it may not`);
    if (node.instance!.heldUntil > world.now) fail(`${node.name}: preempts for ${plan.name} although that is held`);
  }
}

/** Who cannot hear adverts, or does not listen to them, takes no address that somebody has and answers for. */
function checkAsked(world: World, node: Node, entry: RouterEntry, of: string): void {
  const cannotHear = entry.plan.interface === 'ha0' && !node.up.ha;
  if (!cannotHear && node.plan.mode !== 'off') return;
  // Others may have taken it while we asked: that long nobody answers.
  const asked = world.now - 100;
  for (const other of world.nodes) {
    if (other === node || !world.network.joined('data', node, other) || world.calmSince > asked) continue;
    const since = other.held.get(of);
    if (since !== undefined && since < asked)
      fail(`${node.name}: took ${entry.plan.name} unheard, although ${other.name} has it since ${since.toFixed(1)}`);
  }
}

/** In calm everything has exactly one owner, and it is on the interface there and nowhere else. */
export function checkCalm(world: World): void {
  for (const [of, name] of identities(world)) {
    const owners = world.nodes.filter((node) => node.held.has(of)).map((node) => node.name);
    if (owners.length !== 1)
      fail(`${name} is on ${owners.length === 0 ? 'nobody' : owners.join(' and ')} although all is well`);
  }
}

/** Where everybody preempts, the best of those that could has everything in the end. */
export function checkBest(world: World): void {
  const { down } = slowest(world);
  for (const [of] of identities(world)) {
    const candidates = world.nodes.flatMap((node) => {
      const entry = node.instance?.routers.find((r) => identity(r.plan) === of);
      return entry === undefined || node.instance?.plan.mode === 'off' ? [] : [{ node, entry }];
    });
    const best = Math.max(...candidates.map(({ entry }) => entry.machine.priority));
    const everybody = candidates.every(
      ({ node }) => node.instance!.plan.preempt && node.instance!.heldUntil < world.now,
    );
    const soon = candidates.some(({ node }) => node.instance!.groups.some((g) => g.notBefore > world.now - 3 * down));
    const owner = candidates.find(({ node }) => node.held.has(of));
    if (!everybody || soon || owner === undefined || owner.entry.machine.priority === best) continue;
    fail(
      `${owner.entry.plan.name} is on ${owner.node.name} (${owner.entry.machine.priority}) although ${best} could have it`,
    );
  }
}

/** Routers that somebody speaks VRRP for. */
function identities(world: World): Map<string, string> {
  const speaking = world.nodes.filter((node) => node.plan.mode !== 'off');
  return new Map(speaking.flatMap((node) => node.plan.routers.map((plan) => [identity(plan), plan.name])));
}
