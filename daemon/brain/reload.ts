/** A new plan while running: what did not change keeps its state, so that mastership survives (design section 4, Reload). */
import { isDeepStrictEqual } from 'node:util';
import { planChanges } from '../../config/changes.ts';
import type { EnginePlan, PlannedAddress, RouterPlan } from '../../config/plan.ts';
import { type Ms, NEVER, later } from '../../core/clock.ts';
import { clearCondition } from './conditions.ts';
import { type Turn, routersOf, say, updateGroup, updateRouter, unsettle } from './draft.ts';
import { NO_BYPASS } from './bypass.ts';
import { clearFault, transportChanged } from './fault-facts.ts';
import { judgePairs, judgeTracks } from './measured.ts';
import { judgePrimaries, newPeer, tellPeer } from './peers.ts';
import { replanBandwidth } from '../../monitors/bandwidth.ts';
import { replanPairs } from '../../monitors/pairs.ts';
import { replanSession } from '../../monitors/peer/session.ts';
import { replanTracks } from '../../monitors/tracks.ts';
import { groupsOf, newRouter } from './initial.ts';
import type { Fact } from './fact.ts';
import { type Group, type PeerEntry, type RouterEntry, holdsAddresses } from './state.ts';

/** Longer than any question to the network takes to be answered. */
const LONGEST_PROBE_MS: Ms = 1000;

/** What makes a router the same one after a reload: its name is not part of it, so a rename keeps the state. */
export function identityOf(router: RouterPlan): string {
  const { id, family, interface: name, addressInterface, virtualMac, unicastPeers, sourceAddress, version } = router;
  const unicast = unicastPeers.length > 0;
  return JSON.stringify([
    id,
    family,
    version,
    name,
    addressInterface,
    virtualMac,
    unicast,
    unicast ? sourceAddress : null,
  ]);
}

export function applyPlan(turn: Turn, fact: Extract<Fact, { kind: 'plan' }>): void {
  const { draft } = turn;
  const before = new Map(draft.routers.map((entry) => [identityOf(entry.plan), entry]));
  const wasMode = draft.plan.mode;
  const { text } = planChanges(draft.plan, fact.plan);
  const changed: RouterEntry[] = [];

  const next = fact.plan.routers.map((plan) => {
    const old = before.get(identityOf(plan));
    before.delete(identityOf(plan));
    if (old === undefined) return newRouter(plan, turn.now, null);
    if (!isDeepStrictEqual(old.plan, plan)) changed.push(old);
    return { ...old, plan };
  });
  for (const gone of before.values()) remove(turn, gone);
  rename(turn, changed, next);

  draft.plan = fact.plan;
  draft.routers = next;
  draft.groups = groupsOf(fact.plan).map(
    (group) =>
      kept(
        turn,
        draft.groups.find((g) => g.name === group.name),
      ) ?? group,
  );
  replanMonitors(turn, fact.plan);
  replanPeers(turn, fact.plan);
  barIfOff(turn, wasMode);
  clearWhatModeEnds(turn, wasMode);
  // The others' words are the same; what this instance is may be another.
  judgePrimaries(turn);

  for (const old of changed) change(turn, old);
  for (const entry of draft.routers) {
    const transport = fact.transports[entry.plan.name];
    if (transport !== undefined) transportChanged(turn, entry, transport);
  }
  unsettle(turn);
  const ended = fact.actionId === null ? {} : ({ actionId: fact.actionId, ended: 'done' } as const);
  say(turn, 'config', 'info', { code: 'configLoaded', hash: fact.plan.hash, changes: text }, ended);
}

/** What is measured goes on where it is still measured; what nothing refers to any more is no fault. */
function replanMonitors(turn: Turn, plan: EnginePlan): void {
  const { draft, now } = turn;
  const ports = new Map(
    draft.pairs.pairs.flatMap((p) => [[p.plan.outside, p.outside] as const, [p.plan.inside, p.inside] as const]),
  );
  draft.pairs = replanPairs(draft.pairs, plan.links.pairs, now, (name) => ports.get(name) === true);
  draft.tracks = replanTracks(draft.tracks, plan.tracks, now);
  draft.bandwidth = replanBandwidth(draft.bandwidth, plan.bandwidth);
  if (!plan.bandwidth.enabled) draft.bandwidthDisarmed = null;
  if (plan.bypass.driver === 'none' && draft.bypass.read !== null) draft.bypass = { ...NO_BYPASS, since: now };
  for (const name of ['bypassStuck', 'bypassUnknown'] as const)
    if (plan.bypass.driver === 'none') clearFault(turn, name, '');
  judgePairs(turn);
  judgeTracks(turn);
}

/** A peer of the same name keeps its session, with the paths that it still has. */
function replanPeers(turn: Turn, plan: EnginePlan): void {
  const { draft, now } = turn;
  const before = draft.peers;
  const known = new Set<PeerEntry>();
  draft.peers = plan.peers.map((peer) => {
    const old = before.find(({ session }) => session.plan.name === peer.name);
    if (old === undefined) return newPeer(peer, now);
    const same = isDeepStrictEqual(old.session.plan, peer);
    const entry = same ? old : { ...old, session: replanSession(old.session, peer, now).session };
    known.add(entry);
    return entry;
  });
  const names = new Set(draft.peers.map((p) => p.session.plan.name));
  for (const { name, router } of draft.conditions) {
    const ofPeer = before.some(
      ({ session }) => router === session.plan.name || router.startsWith(`${session.plan.name} `),
    );
    if (ofPeer && ![...names].some((peer) => router === peer || router.startsWith(`${peer} `)))
      clearCondition(turn, name, router);
  }
  for (const peer of draft.peers) if (!known.has(peer)) tellPeer(turn, peer.session.plan.name, { kind: 'start' });
  turn.dirty = true;
}

/** A group as it was. A question to the network is asked anew, as it may be about routers that are gone or have other addresses. */
function kept(turn: Turn, group: Group | undefined): Group | undefined {
  if (group === undefined) return undefined;
  const asked = group.probing === null ? {} : { probing: null, retryAt: turn.now };
  return { ...group, ...asked, barred: group.barred && turn.draft.plan.mode === 'off' };
}

/** `addressInUse` is a fault of mode off only: another active is no reason to stay away from an election. Off sends nothing that can fail. */
function clearWhatModeEnds(turn: Turn, wasMode: EnginePlan['mode']): void {
  const { mode } = turn.draft.plan;
  if (wasMode === 'off' && mode !== 'off') turn.draft.staleAnswersUntil = later(turn.now, LONGEST_PROBE_MS);
  for (const { plan } of turn.draft.routers) {
    if (wasMode === 'off' && mode !== 'off') clearFault(turn, 'addressInUse', plan.name);
    if (mode !== 'off') continue;
    updateRouter(turn, plan.name, { failing: null, trialAt: NEVER });
    clearFault(turn, 'cannotSend', plan.name);
  }
}

/** A router that is not in the file any more: the others hear priority 0, its addresses go at once. */
function remove(turn: Turn, entry: RouterEntry): void {
  const router = entry.plan.name;
  const resigns = entry.machine.state === 'active' && turn.draft.plan.mode !== 'off' ? entry.machine.style : null;
  turn.effects.push({ do: 'remove', plan: entry.plan, resigns, holds: holdsAddresses(entry) });
  turn.draft.faults = turn.draft.faults.filter((f) => f.router !== router);
  turn.draft.conditions = turn.draft.conditions.filter((c) => c.router !== router);
}

/** Faults and conditions follow a router to its new name. */
function rename(turn: Turn, changed: readonly RouterEntry[], next: readonly RouterEntry[]): void {
  const names = new Map<string, string>();
  for (const old of changed) {
    const now = next.find((entry) => identityOf(entry.plan) === identityOf(old.plan));
    if (now !== undefined) names.set(old.plan.name, now.plan.name);
  }
  const renamed = <T extends { readonly router: string }>(item: T): T => ({
    ...item,
    router: names.get(item.router) ?? item.router,
  });
  turn.draft.faults = turn.draft.faults.map(renamed);
  turn.draft.conditions = turn.draft.conditions.map(renamed);
}

function change(turn: Turn, old: RouterEntry): void {
  const at = turn.draft.routers.findIndex((entry) => identityOf(entry.plan) === identityOf(old.plan));
  const entry = turn.draft.routers[at]!;
  const router = entry.plan.name;
  if (entry.plan.checksum !== 'auto') setMachine(turn, at, { style: entry.plan.checksum });
  if (entry.plan.priority !== 255) clearCondition(turn, 'twoOwners', router);
  if (!holdsAddresses(entry)) return;
  const [gone, come] = difference(old.plan, entry.plan);
  if (gone.length > 0) turn.effects.push({ do: 'dropSome', router, addresses: gone });
  if (come.length > 0) turn.effects.push({ do: 'takeSome', router, addresses: come });
  // The others learn of the new interval, priority and addresses at once; not while we listen after a pause.
  if (entry.machine.state === 'active' && entry.machine.listenUntil === NEVER) {
    setMachine(turn, at, { advertAt: turn.now });
  }
}

function setMachine(turn: Turn, at: number, values: Partial<RouterEntry['machine']>): void {
  const entry = turn.draft.routers[at]!;
  turn.draft.routers[at] = { ...entry, machine: { ...entry.machine, ...values } };
}

function difference(old: RouterPlan, next: RouterPlan): [PlannedAddress[], PlannedAddress[]] {
  const key = (a: PlannedAddress): string => `${a.address}/${a.prefix} ${a.interface}`;
  const all = (plan: RouterPlan): PlannedAddress[] => [...plan.addresses, ...plan.excludedAddresses];
  const before = new Set(all(old).map(key));
  const after = new Set(all(next).map(key));
  return [all(old).filter((a) => !after.has(key(a))), all(next).filter((a) => !before.has(key(a)))];
}

/** Brain 10: a reload to `off` on an instance that is not active claims nothing until the next start. */
function barIfOff(turn: Turn, wasMode: EnginePlan['mode']): void {
  const { draft } = turn;
  if (draft.plan.mode !== 'off' || wasMode === 'off') return;
  for (const group of draft.groups) {
    const active = routersOf(draft, group).some((r) => r.machine.state === 'active');
    if (!active) updateGroup(turn, group.name, { barred: true });
  }
}
