/** Two or three brains that talk to each other on a virtual clock: checks over paths, adverts over one network, both of which can be cut. */
import { addressBytes } from '../../../core/address.ts';
import type { Instant } from '../../../core/clock.ts';
import type { EventBody } from '../../../core/event.ts';
import { formatReason } from '../../../core/reason.ts';
import type { BypassState } from '../../../core/status.ts';
import type { EnginePlan } from '../../../config/plan.ts';
import { nextDue } from '../../../daemon/brain/due.ts';
import { newInstance, step } from '../../../daemon/brain/instance.ts';
import type { Effect } from '../../../daemon/brain/effect.ts';
import type { Fact } from '../../../daemon/brain/fact.ts';
import type { Group, Instance, Transport } from '../../../daemon/brain/state.ts';
import { UP, WHY, inWords, plan, round, router } from './brain-rig.ts';

/** How long a datagram or an advert is on its way, and a probe of the network takes, ms. */
const TRAVEL_MS = 0.5;
const PROBE_MS = 60;

export interface Node {
  readonly name: string;
  readonly plan: EnginePlan;
  readonly source: string;
  instance: Instance;
  boot: string;
  counter: number;
  alive: boolean;
  /** Adverts neither leave nor come in. */
  deaf: boolean;
  /** Routers whose addresses are on its interfaces. */
  readonly holds: Set<string>;
  readonly events: EventBody[];
}

export interface Stack {
  readonly now: number;
  node(name: string): Node;
  /** Tell one brain a fact now. */
  fact(name: string, fact: Fact): void;
  /** Let time go by. */
  pass(ms: number): void;
  /** No check gets from one to the other, on a path (index) or on all. */
  cutPath(a: string, b: string, path?: number): void;
  mendPath(a: string, b: string, path?: number): void;
  /** Its process and its kernel are gone from one moment to the next. */
  kill(name: string): void;
  /** Started, or started anew with another boot. */
  start(name: string, more?: Partial<Extract<Fact, { kind: 'start' }>>): void;
  /** Who is active for the first group, by name: `a`, `a b`, or empty. */
  active(): string;
  /** Whose interfaces have the addresses of the first router. */
  holders(): string;
  /** What moved traffic since the last call: `12.3 b r1 take`. Checks, and the adverts of every second, are left out. */
  log(): string[];
  /** What the brain said since the last call: `kind severity: text`. */
  said(name: string): string[];
  group(name: string, group?: string): Group;
}

/** Plans of an active-passive stack: `a` is the primary with 200, the others have 100 and 99. */
export function stackPlans(
  names: readonly string[] = ['a', 'b'],
  change: (name: string) => Partial<EnginePlan> = () => ({}),
): EnginePlan[] {
  return names.map((name, n) =>
    plan([router('r1', { priority: n === 0 ? 200 : 101 - n })], {
      instance: name,
      primary: n === 0,
      haInterface: 'eth2',
      peers: names.filter((other) => other !== name).map((other) => ({ name: other, paths: pathsOf(other) })),
      ...change(name),
    }),
  );
}

/** Every instance has two paths: over the HA port and over the management port. */
const pathsOf = (name: string): string[] => [`10.0.0.${name.charCodeAt(0)}`, `10.1.0.${name.charCodeAt(0)}`];
const sourceOf = (name: string): string => `192.0.2.${name.charCodeAt(0) - 96}`;

interface Event {
  readonly at: number;
  readonly run: () => void;
}

export function createStack(plans: readonly EnginePlan[] = stackPlans()): Stack {
  let now = 0;
  let nonces = 0;
  const queue: Event[] = [];
  const cuts = new Set<string>();
  let log: string[] = [];
  const nodes = plans.map((of): Node => ({
    name: of.instance,
    plan: of,
    source: sourceOf(of.instance),
    instance: fresh(of, of.instance.repeat(32)),
    boot: of.instance.repeat(32),
    counter: 0,
    alive: false,
    deaf: false,
    holds: new Set(),
    events: [],
  }));
  const node = (name: string): Node => nodes.find((n) => n.name === name)!;
  const after = (ms: number, run: () => void): void => void queue.push({ at: now + ms, run });

  function fresh(of: EnginePlan, boot: string): Instance {
    const nonce = (): string => (++nonces).toString(16).padStart(32, '0');
    return newInstance(of, now as Instant, {}, { boot, nonce, version: '1.0.0' });
  }

  function tell(to: Node, fact: Fact): void {
    if (!to.alive) return;
    const result = step(to.instance, fact, now as Instant);
    to.instance = result.instance;
    for (const effect of result.effects) perform(to, effect);
  }

  function perform(by: Node, effect: Effect): void {
    note(by, effect);
    switch (effect.do) {
      case 'advert':
        return advertise(by, effect.router, effect.priority);
      case 'take':
      case 'takeFirst':
        return void by.holds.add(effect.router);
      case 'drop':
        return void by.holds.delete(effect.router);
      case 'send':
        return send(by, effect);
      case 'probe':
        return after(PROBE_MS, () => {
          const other = nodes.find((n) => n !== by && n.alive && n.holds.has(effect.router));
          const foreign = other === undefined ? null : { address: '192.0.2.101', mac: '02:00:00:00:00:09' };
          tell(by, { kind: 'probed', router: effect.router, purpose: effect.purpose, foreign });
        });
      case 'protect':
        return after(1, () => tell(by, { kind: 'protected', seq: effect.seq }));
      case 'bypass':
        return after(10, () => tell(by, { kind: 'bypassRead', state: effect.position as BypassState, detail: '' }));
      case 'event':
        return void by.events.push(effect.event);
      default:
    }
  }

  function note(by: Node, effect: Effect): void {
    const silent: readonly Effect['do'][] = ['event', 'protect', 'will'];
    if (silent.includes(effect.do)) return;
    if (effect.do === 'send' && effect.message.type !== 'handover') return;
    log.push(`${round(now)} ${by.name} ${inWords(effect)}`);
  }

  function advertise(by: Node, name: string, priority: number): void {
    const { advertIntervalMs } = by.plan.routers.find((r) => r.name === name)!;
    for (const to of nodes) {
      if (to === by || by.deaf || to.deaf) continue;
      const source = addressBytes(by.source)!;
      const heard = { source, priority, intervalMs: advertIntervalMs, style: 'rfc5798', sameAddresses: true } as const;
      after(TRAVEL_MS, () => tell(to, { kind: 'heard', router: name, heard }));
    }
  }

  function send(by: Node, { peer, path, message, peerBoot }: Extract<Effect, { do: 'send' }>): void {
    const to = node(peer);
    const paths = path === null ? to.plan.peers.find((p) => p.name === by.name)!.paths.map((_, n) => n) : [path];
    for (const index of paths) {
      by.counter += 1;
      if (cuts.has(`${by.name} ${peer} ${index}`)) continue;
      const names = { stack: by.plan.stack, from: by.name, to: peer };
      const envelope = { ...names, boot: by.boot, peerBoot, counter: by.counter, message };
      after(TRAVEL_MS, () => tell(to, { kind: 'datagram', peer: by.name, path: index, envelope }));
    }
  }

  function cut(a: string, b: string, path: number | undefined, how: (key: string) => void): void {
    for (const index of path === undefined ? [0, 1] : [path]) {
      how(`${a} ${b} ${index}`);
      how(`${b} ${a} ${index}`);
    }
  }

  const stack: Stack = {
    get now() {
      return now;
    },
    node,
    fact: (name, fact) => tell(node(name), fact),
    pass(ms) {
      const until = now + ms;
      for (let n = 0; ; n++) {
        if (n > 500_000) throw new Error('time does not go by');
        const first = queue.reduce<Event | null>((best, e) => (best === null || e.at < best.at ? e : best), null);
        let at = first?.at ?? Number.POSITIVE_INFINITY;
        let due: Node | null = null;
        for (const each of nodes) {
          const own = each.alive ? nextDue(each.instance) : Number.POSITIVE_INFINITY;
          if (own < at) [at, due] = [own, each];
        }
        if (at > until) break;
        now = Math.max(now, at);
        if (due !== null) tell(due, { kind: 'time' });
        else if (first !== null) {
          queue.splice(queue.indexOf(first), 1);
          first.run();
        }
      }
      now = until;
    },
    cutPath: (a, b, path) => cut(a, b, path, (key) => void cuts.add(key)),
    mendPath: (a, b, path) => cut(a, b, path, (key) => void cuts.delete(key)),
    kill(name) {
      const dead = node(name);
      dead.alive = false;
      dead.holds.clear();
    },
    start(name, more = {}) {
      const of = node(name);
      of.alive = true;
      of.boot = newBoot(of.boot);
      of.instance = fresh(of.plan, of.boot);
      const transport: Transport = { ...UP, source: addressBytes(of.source) };
      const transports = Object.fromEntries(of.plan.routers.map((r) => [r.name, transport]));
      tell(of, { kind: 'start', transports, reason: WHY, ...more });
      if (of.plan.bypass.driver !== 'none') tell(of, { kind: 'bypassRead', state: 'inline', detail: '' });
    },
    active: () =>
      nodes
        .filter((n) => n.alive && n.instance.routers[0]?.machine.state === 'active')
        .map((n) => n.name)
        .join(' '),
    holders: () =>
      nodes
        .filter((n) => n.holds.has(n.plan.routers[0]!.name))
        .map((n) => n.name)
        .join(' '),
    log: () => {
      const lines = log;
      log = [];
      return lines;
    },
    said: (name) =>
      node(name)
        .events.splice(0)
        .map((e) => `${e.kind} ${e.severity}: ${formatReason(e.reason)}`),
    group: (name, group = 'stack') => node(name).instance.groups.find((g) => g.name === group)!,
  };
  return stack;
}

/** Another boot than the one before: the last hex digit counts. */
const newBoot = (boot: string): string =>
  boot.slice(0, 31) + ((Number.parseInt(boot.at(-1)!, 16) + 1) % 16).toString(16);

/** All started, the first one active and the others standing by; the log is empty. */
export function runningStack(plans: readonly EnginePlan[] = stackPlans(), first = plans[0]!.instance): Stack {
  const stack = createStack(plans);
  stack.start(first);
  stack.pass(4000);
  for (const { instance } of plans) if (instance !== first) stack.start(instance);
  stack.pass(12_000);
  if (stack.active() !== first) throw new Error(`active is '${stack.active()}'`);
  stack.log();
  for (const { instance } of plans) stack.said(instance);
  return stack;
}

/** The log without adverts that repeat what is known. */
export const moves = (log: readonly string[]): string[] => log.filter((line) => !/ advert (?!0$)/.test(line));
