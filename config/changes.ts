/** What a reload changes. Pure; used by the engine (to move nothing that stays) and for the event that tells of it. */
import type { EnginePlan, RouterPlan } from './plan.ts';

/** A router that is in both plans. */
export interface RouterChange {
  /** Its name in the new plan. */
  readonly name: string;
  /** Its name in the old plan; the same unless it was renamed. */
  readonly before: string;
  /** Keys of `RouterPlan` that differ. */
  readonly keys: readonly (keyof RouterPlan)[];
  /** True if it cannot be changed while it runs: it is given up and started anew. */
  readonly restarts: boolean;
}

export interface PlanChanges {
  /** Names of routers that only the new plan has. */
  readonly added: readonly string[];
  /** Names of routers that only the old plan had. */
  readonly removed: readonly string[];
  readonly changed: readonly RouterChange[];
  /** Keys of the plan itself that differ (`mode`, `preempt` …). */
  readonly settings: readonly (keyof EnginePlan)[];
  /** Those of `settings` that take effect only when the daemon is started anew. */
  readonly needRestart: readonly (keyof EnginePlan)[];
  /** One line for log and event; `nothing` if nothing changed. Never a password. */
  readonly text: string;
}

const SETTINGS = [
  ...(['instance', 'stack', 'mode', 'primary', 'preempt', 'preemptDelayMs', 'realtime'] as const),
  ...(['haInterface', 'haPort', 'secretFile', 'splitBrainGuard', 'fastTakeover', 'peers', 'peerCheck'] as const),
  ...(['links', 'bandwidth', 'flaps', 'bypass', 'tracks'] as const),
] as const;
const NEED_RESTART: readonly (keyof EnginePlan)[] = ['instance', 'stack', 'realtime'];

/**
 * Compare two plans. A router is the same if VRID, family, interface, unicast or multicast, virtual MAC and, with unicast,
 * the source address are: so a rename moves nothing (as keepalived's reload, vrrp.md 2.6). A router that keeps only its name restarts;
 * so does one whose version or address interface changes. Every other key is changed while it runs.
 */
export function planChanges(old: EnginePlan, next: EnginePlan): PlanChanges {
  const pairs = matchRouters(old.routers, next.routers);
  const matched = new Set(pairs.values());
  const added = next.routers.filter((router) => !pairs.has(router)).map((router) => router.name);
  const removed = old.routers.filter((router) => !matched.has(router)).map((router) => router.name);
  const changes = [...pairs].flatMap(([after, before]) => {
    const change = routerChange(before, after);
    return change === null ? [] : [{ change, before, after }];
  });
  const settings = SETTINGS.filter((key) => !same(old[key], next[key]));
  const needRestart = settings.filter((key) => NEED_RESTART.includes(key));
  const parts = [
    ...settings.map(
      (key) => `${describe(key, old[key], next[key])}${needRestart.includes(key) ? ' (at the next start)' : ''}`,
    ),
    ...(added.length > 0 ? [`added ${added.join(', ')}`] : []),
    ...(removed.length > 0 ? [`removed ${removed.join(', ')}`] : []),
    ...changes.map(({ change, before, after }) => routerText(change, before, after)),
  ];
  const changed = changes.map(({ change }) => change);
  return { added, removed, changed, settings, needRestart, text: parts.length === 0 ? 'nothing' : parts.join('; ') };
}

/** New router → the old one that it continues. By identity first, then by name. */
function matchRouters(old: readonly RouterPlan[], next: readonly RouterPlan[]): Map<RouterPlan, RouterPlan> {
  const pairs = new Map<RouterPlan, RouterPlan>();
  const left = new Set(old);
  for (const key of [identity, (router: RouterPlan) => router.name]) {
    const byKey = new Map([...left].map((router) => [key(router), router]));
    for (const router of next) {
      const before = byKey.get(key(router));
      if (pairs.has(router) || before === undefined || !left.delete(before)) continue;
      pairs.set(router, before);
    }
  }
  // In the order of the new plan, whichever way they were found.
  return new Map(next.flatMap((router) => (pairs.has(router) ? [[router, pairs.get(router)!] as const] : [])));
}

/** What makes a router the same one as before. */
function identity(router: RouterPlan): string {
  const unicast = router.unicastPeers.length > 0;
  return JSON.stringify([
    router.id,
    router.family,
    router.interface,
    router.virtualMac,
    unicast,
    unicast ? router.sourceAddress : null,
  ]);
}

function routerChange(before: RouterPlan, after: RouterPlan): RouterChange | null {
  const keys = (Object.keys(after) as (keyof RouterPlan)[]).filter((key) => !same(before[key], after[key]));
  if (keys.length === 0) return null;
  const restarts =
    identity(before) !== identity(after) || keys.includes('version') || keys.includes('addressInterface');
  return { name: after.name, before: before.name, keys, restarts };
}

function routerText({ name, keys, restarts }: RouterChange, before: RouterPlan, after: RouterPlan): string {
  const changes = keys.map((key) => (key === 'password' ? 'password changed' : describe(key, before[key], after[key])));
  return `${name}: ${changes.join(', ')}${restarts ? ' (restarted)' : ''}`;
}

function describe(key: string, before: unknown, after: unknown): string {
  const plain = [before, after].every((value) => value === null || typeof value !== 'object');
  if (plain) return `${key} ${String(before)} → ${String(after)}`;
  if (!isSection(before) || !isSection(after)) return `${key} changed`;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = keys.filter((inner) => !same(before[inner], after[inner]));
  return differing.map((inner) => describe(`${key}.${inner}`, before[inner], after[inner])).join(', ');
}

const isSection = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Plans are plain data with keys in one order. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
