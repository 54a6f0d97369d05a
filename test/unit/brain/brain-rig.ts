/** An instance's brain on a virtual clock, for its tests: what it orders reads as words. */
import { lingerTime } from '../../../vrrp/timers.ts';
import { addressBytes } from '../../../core/address.ts';
import type { Instant } from '../../../core/clock.ts';
import type { EventBody } from '../../../core/event.ts';
import { type Reason, formatReason } from '../../../core/reason.ts';
import type { EnginePlan, PlannedAddress, RouterPlan } from '../../../config/plan.ts';
import type { Heard } from '../../../vrrp/acceptance.ts';
import { nextDue } from '../../../daemon/brain/due.ts';
import { newInstance, step } from '../../../daemon/brain/instance.ts';
import type { Effect } from '../../../daemon/brain/effect.ts';
import type { Fact } from '../../../daemon/brain/fact.ts';
import type { Instance, RouterEntry, Transport } from '../../../daemon/brain/state.ts';
import { enginePlan, routerPlan } from '../vrrp/edge-samples.ts';

export const OURS = '192.0.2.5';
export const OTHER = '192.0.2.9';
/** Master_Down at priority 100 and 1 s adverts, ms. */
export const DOWN = 3609.375;
/** One interval of 1 s and the largest skew, ms. */
export const LET_GO = 1996.09375;

export const UP: Transport = { advertUp: true, addressUp: true, source: addressBytes(OURS), detail: '' };

export function addresses(...list: readonly string[]): PlannedAddress[] {
  return list.map((address) => ({ address, prefix: 24, family: 'ipv4', interface: 'eth0' }));
}

/** A router whose adverts and addresses share `eth0`; r1 has VRID 1, r2 VRID 2 … */
export function router(name: string, changes: Partial<RouterPlan> = {}): RouterPlan {
  const id = Number(name.slice(1)) || 1;
  return routerPlan({
    name,
    id,
    interface: 'eth0',
    addressInterface: 'eth0',
    addresses: addresses(`192.0.2.${100 + id}`),
    ...changes,
  });
}

/** A router whose adverts go over `eth2` and whose addresses live on `eth0`: it can become mute. */
export const apart = (name: string, changes: Partial<RouterPlan> = {}): RouterPlan =>
  router(name, { interface: 'eth2', ...changes });

export function plan(routers: readonly RouterPlan[], changes: Partial<EnginePlan> = {}): EnginePlan {
  return { ...enginePlan(routers), ...changes };
}

/** How long a router of this group keeps its addresses after another was heard. */
function lingerOf(rig: Rig, name: string): number {
  const { group } = rig.router(name).plan;
  const routers = rig.instance.plan.routers.filter((r) => r.group === group);
  return lingerTime(routers.reduce((sum, r) => sum + r.addresses.length + r.excludedAddresses.length, 0));
}

/** Orders to the guardian: they have tests of their own. */
const UNSEEN: ReadonlySet<Effect['do']> = new Set<Effect['do']>(['event', 'protect', 'will']);
/** Checks and pushed reports go on all the time; what is seen is a handover. */
const seen = (effect: Effect): boolean =>
  !UNSEEN.has(effect.do) && (effect.do !== 'send' || effect.message.type === 'handover');

export type SendEffect = Extract<Effect, { do: 'send' }>;

/** Of the instance under test: 32 hex digits. */
export const OUR_BOOT = 'a'.repeat(32);

export interface Rig {
  instance: Instance;
  now: number;
  /** Every effect of the newest fact, and of what came back from the wire. */
  effects: Effect[];
  /** What comes back at once for what is sent to a peer. */
  wire: ((sent: SendEffect) => readonly Fact[]) | null;
  /** Facts that come by themselves: told when their time has come. */
  readonly schedule: { at: number; readonly everyMs: number; readonly run: () => string[] }[];
  /** Tell one fact; what moves traffic, in words. Events are kept in `events`. */
  fact(fact: Fact): string[];
  hear(
    router: string,
    priority: number,
    change?: Partial<Omit<Heard, 'source'>> & { readonly from?: string },
  ): string[];
  /** Something about an interface of the router changed. */
  transport(router: string, change: Partial<Transport>): string[];
  /** The answer to a probe: nobody, or a foreign MAC. */
  probed(router: string, purpose: 'claim' | 'fault' | 'source', answered: boolean): string[];
  reload(plan: EnginePlan, actionId?: string | null): string[];
  /** Let `ms` go by; what happened, with the time since the call: `1000 r1 advert 100`. */
  pass(ms: number): string[];
  /** States of the routers: `r1 backup, r2 active`. */
  states(): string;
  router(name: string): RouterEntry;
  /** Everything said since the last call, as `kind severity: text`. */
  said(): string[];
  readonly events: EventBody[];
}

export function createRig(of: EnginePlan, transport: Transport = UP): Rig {
  const known = new Map<string, Transport>();
  let nonces = 0;
  const nonce = (): string => (++nonces).toString(16).padStart(32, '0');
  const rig: Rig = {
    instance: newInstance(of, 0 as Instant, {}, { boot: OUR_BOOT, nonce, version: '1.0.0' }),
    now: 0,
    events: [],
    effects: [],
    wire: null,
    schedule: [],
    fact(fact) {
      rig.effects = [];
      return tell(fact);
    },
    hear(name, priority, { from = OTHER, ...change } = {}) {
      const heard = {
        source: addressBytes(from)!,
        priority,
        intervalMs: 1000,
        style: 'rfc5798',
        sameAddresses: true,
        ...change,
      } as const;
      const effects = rig.fact({ kind: 'heard', router: name, heard });
      // Whoever lets go gives the other a moment to take the addresses.
      const waits = rig.instance.routers.some((r) => r.plan.name === name && r.machine.taker !== null);
      if (!waits || rig.router(name).machine.state !== 'releasing') return effects;
      return [...effects, ...rig.pass(lingerOf(rig, name)).map((effect) => effect.slice(effect.indexOf(' ') + 1))];
    },
    transport(name, change) {
      const next = { ...rig.router(name).transport, ...change };
      known.set(name, next);
      return rig.fact({ kind: 'transport', router: name, transport: next });
    },
    probed: (name, purpose, answered) =>
      rig.fact({
        kind: 'probed',
        router: name,
        purpose,
        foreign: answered ? { address: '192.0.2.101', mac: '02:00:00:00:00:09' } : null,
      }),
    reload(next, actionId = null) {
      const transports = Object.fromEntries(next.routers.map((r) => [r.name, known.get(r.name) ?? transport]));
      return rig.fact({ kind: 'plan', plan: next, transports, actionId });
    },
    pass(ms) {
      const from = rig.now;
      const until = from + ms;
      const happened: string[] = [];
      const all: Effect[] = [];
      const note = (words: readonly string[]): void => {
        all.push(...rig.effects);
        for (const effect of words) happened.push(`${round(rig.now - from)} ${effect}`);
      };
      let stuck = 0;
      for (;;) {
        const own = nextDue(rig.instance);
        const [next] = rig.schedule.toSorted((a, b) => a.at - b.at);
        const at = Math.min(own, next?.at ?? Number.POSITIVE_INFINITY);
        if (at > until) break;
        stuck = at > rig.now ? 0 : stuck + 1;
        if (stuck > 1000) throw new Error('time does not go by: something is due for ever');
        rig.now = Math.max(rig.now, at);
        if (next !== undefined && next.at <= own) {
          next.at += next.everyMs;
          note(next.run());
        } else note(rig.fact({ kind: 'time' }));
      }
      rig.now = until;
      rig.effects = all;
      return happened;
    },
    states: () => rig.instance.routers.map((r) => `${r.plan.name} ${r.machine.state}`).join(', '),
    router(name) {
      const entry = rig.instance.routers.find((r) => r.plan.name === name);
      if (entry === undefined) throw new Error(`no router ${name}`);
      return entry;
    },
    said: () => rig.events.splice(0).map((e) => `${e.kind} ${e.severity}: ${formatReason(e.reason)}`),
  };
  function tell(fact: Fact): string[] {
    const result = step(rig.instance, fact, rig.now as Instant);
    rig.instance = result.instance;
    rig.effects.push(...result.effects);
    const words: string[] = [];
    for (const effect of result.effects) {
      if (effect.do === 'event') rig.events.push(effect.event);
      if (seen(effect)) words.push(inWords(effect));
    }
    for (const effect of result.effects) {
      if (effect.do !== 'send' || rig.wire === null) continue;
      for (const answer of rig.wire(effect)) words.push(...tell(answer));
    }
    return words;
  }
  return rig;
}

/** One that has started and listens. */
export function started(of: EnginePlan, transport: Transport = UP): Rig {
  const rig = createRig(of, transport);
  rig.fact({ kind: 'start', transports: Object.fromEntries(of.routers.map((r) => [r.name, transport])), reason: WHY });
  rig.events.length = 0;
  return rig;
}

/** One that became active because nobody was heard. Its clock stands at the time of its claim. */
export function active(of: EnginePlan): Rig {
  const rig = started(of);
  const isActive = (): boolean => rig.instance.role === 'active';
  for (let n = 0; n < 20 && !isActive(); n++) {
    rig.pass(nextDue(rig.instance) - rig.now);
    for (const { name } of of.routers) if (!isActive()) rig.probed(name, 'claim', false);
  }
  if (!isActive()) throw new Error(`not active but ${rig.instance.role}: ${rig.states()}`);
  rig.events.length = 0;
  return rig;
}

export const WHY: Reason = { code: 'starting' };

/** Names of the standing faults and conditions: `r1 noSource`. */
export const faults = (rig: Rig): string[] => rig.instance.faults.map((f) => `${f.router} ${f.name}`);
export const conditions = (rig: Rig): string[] => rig.instance.conditions.map((c) => `${c.router} ${c.name}`);

/** What moves addresses or is said on the wire, without what comes again every interval. */
export const withoutAdverts = (effects: readonly string[]): string[] =>
  effects.filter((effect) => !/ advert (?!0$)/.test(effect));

export function inWords(effect: Effect): string {
  switch (effect.do) {
    case 'advert':
      return `${effect.router} advert ${effect.priority}`;
    case 'takeSome':
    case 'dropSome':
      return `${effect.router} ${effect.do} ${effect.addresses.map((a) => a.address).join(' ')}`;
    case 'probe':
      return `${effect.router} probe ${effect.purpose}`;
    case 'rememberStyle':
      return `${effect.router} style ${effect.style}`;
    case 'remove':
      return `${effect.plan.name} removed${effect.resigns === null ? '' : ' resigning'}${effect.holds ? ' dropping' : ''}`;
    case 'send':
      return `to ${effect.peer} ${effect.message.type === 'handover' ? effect.message.handover.kind : effect.message.type}`;
    case 'check':
      return `check ${effect.track}`;
    case 'bypass':
      return `bypass ${effect.position}`;
    case 'watchdog':
      return `watchdog ${effect.armed ? 'armed' : 'disarmed'}`;
    case 'protect':
    case 'adopted':
    case 'will':
    case 'stopped':
    case 'event':
      return effect.do;
    default:
      return `${effect.router} ${effect.do}`;
  }
}

/** To a tenth of a millisecond. */
export const round = (ms: number): number => Math.round(ms * 10) / 10;
