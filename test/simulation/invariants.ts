/** What must hold after every step, whatever happens: the parts of brain section 12 that one machine can be held to, and what its rules say beside it. */
import type { FaultName } from '../../core/reason.ts';
import { isMute } from '../../daemon/brain/gate.ts';
import { type RouterEntry, holdsAddresses } from '../../daemon/brain/state.ts';
import { LINGER_MS, letGoTime, masterDown, skewTime } from '../../vrrp/timers.ts';
import { type Watch, fail, slowest } from './limits.ts';
import { watchOwners } from './owners.ts';
import { type Node, identity } from './node.ts';
import { watchPeople } from './people.ts';
import { watchProtection } from './protection.ts';
import type { World } from './world.ts';

export function watch(world: World): Watch {
  const others = [watchOwners(world), watchProtection(world), watchPeople(world)];
  return {
    check() {
      for (const node of world.touched) checkNode(world, node);
      for (const { node, identity: of } of world.taken.splice(0)) checkTaken(world, node, of);
      for (const { node, identity: of } of world.given.splice(0)) checkGiven(world, node, of);
      for (const node of world.touched) noteListening(node);
      for (const other of others) other.check();
      world.touched.clear();
      world.moved = false;
    },
  };
}

function checkNode(world: World, node: Node): void {
  const { instance } = node;
  if (instance === null) return;
  for (const entry of instance.routers) checkRouter(world, node, entry);
  checkOutOfService(world, node);
  if (instance.plan.mode === 'active-passive' && instance.phase === 'running') checkWhole(node);
  if (instance.undertaking?.byResigning === true && !instance.routers.some((r) => r.machine.state === 'releasing'))
    fail(`brain 5.6: ${node.name}: a switchover does not end`);
  checkHandovers(world, node);
}

function checkRouter(world: World, node: Node, entry: RouterEntry): void {
  const { machine, plan } = entry;
  const of = identity(plan);
  const held = node.held.has(of);
  // What a predecessor left is nobody's until it is adopted.
  if (held !== holdsAddresses(entry) && node.guardian.mode === 'idle')
    fail(`${node.name}: ${plan.name} is ${machine.state} but ${held ? 'has' : 'lacks'} its addresses`);
  if (machine.state === 'backup' && !Number.isFinite(machine.downAt))
    fail(`vrrp.md 2.5: ${node.name}: ${plan.name} is backup without a deadline`);
  if (machine.state === 'active' && !Number.isFinite(machine.advertAt) && !Number.isFinite(machine.listenUntil))
    fail(`${node.name}: ${plan.name} is active without a next advert`);
  if (machine.state === 'releasing' && !Number.isFinite(machine.letGoAt))
    fail(`brain 5.6: ${node.name}: ${plan.name} never lets go`);
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

/** Nobody claims twice within the time that others wait, but by command (brain 12: no oscillation). */
function checkClaims(world: World, node: Node, { plan, machine }: RouterEntry, of: string): void {
  const [before, last] = node.claims.get(of) ?? [];
  if (before === undefined || last !== world.now || before <= world.calmSince) return;
  if (world.nodes.some((n) => n.people.lastSwitchover !== 'none')) return;
  // Another gave it up: no claim of ours (brain 4.2).
  if (machine.reason.code === 'peerGaveUp') return;
  // Asked for by somebody who leaves, by command, or by a one-shot trigger for the whole stack (brain 9.2).
  if (machine.reason.code === 'tookOver' && machine.reason.purpose !== 'preemption') return;
  const least = masterDown(plan.version, machine.priority, plan.advertIntervalMs);
  if (last - before < least)
    fail(`brain 12: ${node.name}: claimed ${plan.name} twice within ${(last - before).toFixed(1)} ms`);
}

/** Faults in which the addresses may stay until another is heard; written down here again, not taken from the table under test. */
const AT_ONCE: ReadonlySet<FaultName> = new Set(['addressInterfaceDown', 'addressInUse', 'duplicateSource']);

/** No address in a hard fault, in maintenance, or latched: none at all, or none for longer than it takes to be heard (brain 12, 5.6). */
function checkOutOfService(world: World, node: Node): void {
  const { faults, maintenance, latched, routers } = node.instance!;
  for (const fault of faults) {
    if (!fault.hard) continue;
    for (const entry of routers) {
      if (fault.router !== '' && entry.plan.name !== fault.router) continue;
      checkGone(world, node, entry, fault.name, fault.since, AT_ONCE.has(fault.name));
    }
  }
  for (const entry of routers) {
    if (maintenance !== null) checkGone(world, node, entry, 'maintenance', maintenance.since, false);
    if (latched !== null) checkGone(world, node, entry, 'the latch', latched.since, false);
  }
}

function checkGone(world: World, node: Node, { plan }: RouterEntry, why: string, since: number, atOnce: boolean): void {
  const heldSince = node.held.get(identity(plan));
  // What the guardian holds is adopted, or let go, in a moment.
  if (heldSince === undefined || node.frozenSince !== null || node.guardian.mode === 'holding') return;
  const { version, advertIntervalMs } = plan;
  const longest = atOnce ? 0 : letGoTime(version, advertIntervalMs) + LINGER_MS + 1;
  // A frozen process cannot let go; neither can the one that has just gone on.
  if (world.now - Math.max(since, world.calmSince) > longest)
    fail(`brain 12: ${node.name}: ${plan.name} has its addresses in ${why} since ${since}`);
}

function checkWhole(node: Node): void {
  const { routers } = node.instance!;
  const actives = routers.filter((r) => r.machine.state === 'active').length;
  // Who is mute has to ask the network before its other routers may join.
  if (actives === 0 || actives === routers.length || routers.some(isMute)) return;
  fail(
    `brain 1.2: ${node.name}: the group is torn: ${routers.map((r) => `${r.plan.name} ${r.machine.state}`).join(', ')}`,
  );
}

/** Longest life of a handover, whatever is lost (brain 5.1: asked, answered, released): three seconds and a detection. */
function checkHandovers(world: World, node: Node): void {
  const { groups } = node.instance!;
  for (const { name, handover, elevated } of groups) {
    if (handover !== null && node.frozenSince === null) {
      const age = world.now - Math.max(handover.since, world.calmSince);
      if (age > 4000 + 3 * slowest(world).detection)
        fail(`brain 5.4: ${node.name}: a handover of ${name} does not end (${handover.side} ${handover.stage})`);
    }
    if (elevated !== null && elevated.until !== null && handover === null)
      fail(`brain 5.2: ${node.name}: ${name} keeps 254 although nobody will release it`);
  }
}

/** Longer than a handover takes: what began undisturbed ends so. */
const HANDOVER_MS = 1000;

const OWN_EVIDENCE: ReadonlySet<string> = new Set([
  'peerGaveUp',
  'peerUnhealthy',
  'tookOver',
  'adopted',
  'switchoverAborted',
]);

/** What a claim needs, whatever led to it. */
function checkTaken(world: World, node: Node, of: string): void {
  const entry = node.instance?.routers.find((r) => identity(r.plan) === of);
  if (entry === undefined) return;
  checkAsked(world, node, entry, of);
  const { plan, machine } = entry;
  const { code } = machine.reason;
  // Told, fast and handover have their own evidence (brain 4.2, 4.3, 5); who joins a group follows it.
  // So has a group that goes on where it was: adopted, or back after a switchover that nobody took; with it comes what a reload has just added to it.
  if (OWN_EVIDENCE.has(code)) return;
  const joins = node.instance!.routers.some(
    (r) => r.plan.group === plan.group && r.machine.state === 'active' && r.machine.since < world.now,
  );
  if (joins) return;
  // Only an owner is active without having listened; the shortest that others listen is a Skew_Time.
  const listened = world.now - (node.listensSince.get(of) ?? world.now);
  if (machine.priority !== 255 && listened < skewTime(plan.version, machine.priority, 10))
    fail(`RFC 9568 6.4.1: ${node.name}: is active for ${plan.name} after listening for ${listened.toFixed(2)} ms`);
  if (code !== 'preempting') return;
  // A down timer that ran on until Preempt was taken away may still run out before the next advert.
  const changed = world.now - world.calmSince < slowest(world).interval;
  if (!node.plan.preempt && !changed) fail(`brain 4.4: ${node.name}: preempts for ${plan.name} although it may not`);
  if (node.instance!.heldUntil > world.now)
    fail(`brain 4.4: ${node.name}: preempts for ${plan.name} although that is held`);
}

/** By agreement nobody lets go before the other has it (brain 5.4). */
function checkGiven(world: World, node: Node, of: string): void {
  if (world.now - world.calmSince < HANDOVER_MS || world.nodes.some((n) => n !== node && n.held.has(of))) return;
  // A router that not everybody has in its file goes with its group.
  if (!world.nodes.every((n) => n.plan.routers.some((r) => identity(r) === of))) return;
  fail(`brain 5.4: ${node.name}: lets its addresses go by agreement, and nobody has them`);
}

/** Who cannot hear adverts, or does not listen to them, takes no address that somebody has and answers for (brain 2.4, 10). */
function checkAsked(world: World, node: Node, entry: RouterEntry, of: string): void {
  const cannotHear = entry.plan.interface === 'ha0' && !node.up.ha;
  if (!cannotHear && node.plan.mode !== 'off') return;
  // Peers may have said that they give it away; reports are looked at by the watch over owners.
  if (node.plan.peers.length > 0 && node.plan.mode !== 'off') return;
  // Others may have taken it while we asked: that long nobody answers.
  const asked = world.now - 100;
  for (const other of world.nodes) {
    if (other === node || !world.network.joined('data', node, other) || world.calmSince > asked) continue;
    const since = other.held.get(of);
    if (since !== undefined && since < asked)
      fail(
        `brain 2.4: ${node.name}: took ${entry.plan.name} unheard, although ${other.name} has it since ${since.toFixed(1)}`,
      );
  }
}
