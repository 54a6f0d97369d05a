/** A brain with peers that say what the test tells them to: they answer checks at once, as long as they are to answer at all. */
import type { GroupReport, HandoverKind, HandoverMessage, Report } from '../../../core/report.ts';
import type { EnginePlan, PeerPlan } from '../../../config/plan.ts';
import type { Fact } from '../../../daemon/brain/fact.ts';
import type { Envelope, PeerMessage } from '../../../monitors/peer/state.ts';
import { FINAL_COUNTER } from '../../../monitors/peer/state.ts';
import { DOWN, OUR_BOOT, type Rig, type SendEffect, UP, WHY, createRig } from './brain-rig.ts';

/** Sources of the adverts of the peers: `b` wins a tie against us, `d` loses it. */
export const SOURCES: Readonly<Record<string, string>> = { b: '192.0.2.9', c: '192.0.2.10', d: '192.0.2.2' };

export interface Scripted {
  readonly name: string;
  report: Report;
  /** Which of its paths answer checks. */
  readonly answers: boolean[];
  /** How long an answer takes, ms. */
  delayMs: number;
  /** How long ago it heard others itself, by name. */
  direct: Record<string, number>;
  boot: string;
  /** What was sent to it as a handover, oldest first. */
  readonly asked: HandoverMessage[];
  /** Its report changes; it is not pushed, the next check tells it. */
  becomes(change: Partial<Report>, group?: Partial<GroupReport>): void;
  /** Its report changes and is pushed at once. */
  says(change: Partial<Report>, group?: Partial<GroupReport>): string[];
  /** A message of a handover. */
  sends(kind: HandoverKind, change?: Partial<HandoverMessage>): string[];
  /** The last will of its engine. */
  dies(): string[];
  /** It answers no check any more, on no path. */
  silent(): void;
  /** An advert of it, on every router of ours. */
  advertises(priority: number): string[];
  /** Adverts every second from now on; gives the end of it. */
  keepsAdvertising(priority: number): () => void;
  /** Any message in an envelope of its own. */
  tell(message: PeerMessage, change?: Partial<Envelope> & { readonly path?: number }): string[];
}

export const peerPlan = (name: string, ...paths: readonly string[]): PeerPlan => ({
  name,
  paths: paths.length > 0 ? paths : [`10.0.0.${name.charCodeAt(0)}`],
});

/** A standby that is fit, of an active-passive stack. */
export function reportOf(name: string, change: Partial<Report> = {}, group: Partial<GroupReport> = {}): Report {
  return {
    instance: name,
    version: '1.0.0',
    role: 'standby',
    reason: { code: 'activeHeard', text: 'somebody is active' },
    eligible: true,
    faults: [],
    maintenance: false,
    primary: name === 'b',
    mode: 'active-passive',
    hash: '0123456789abcdef',
    groups: [
      {
        name: 'stack',
        standing: 'backup',
        priority: 50,
        source: SOURCES[name] ?? null,
        intervalMs: 1000,
        eligible: true,
        ...group,
      },
    ],
    links: { active: 0, minimum: 0 },
    flaps: { count: 0, max: 6, latched: false },
    bypass: { driver: 'none', state: 'notFitted' },
    bandwidthMove: null,
    others: {},
    ...change,
  };
}

export interface Company {
  readonly rig: Rig;
  readonly b: Scripted;
  readonly c: Scripted;
  readonly d: Scripted;
}

/** Started and in contact with its peers, which are those of the plan; no advert was heard yet. */
export function inCompany(of: EnginePlan, start: Partial<Extract<Fact, { kind: 'start' }>> = {}): Company {
  const rig = createRig(of);
  const peers = of.peers.map(({ name, paths }) => scriptedPeer(rig, name, paths.length));
  rig.wire = (sent) => peers.find((peer) => peer.name === sent.peer)?.answer(sent) ?? [];
  const transports = Object.fromEntries(of.routers.map((r) => [r.name, UP]));
  rig.fact({ kind: 'start', transports, reason: WHY, ...start });
  rig.events.length = 0;
  const named = (name: string): Scripted => peers.find((peer) => peer.name === name) ?? peers[0]!;
  return { rig, b: named('b'), c: named('c'), d: named('d') };
}

/** The same, and it is active: its down timer ran out while its peers were standbys. */
export function activeInCompany(of: EnginePlan, begin?: (company: Company) => void): Company {
  const company = inCompany(of);
  const { rig } = company;
  begin?.(company);
  rig.pass(DOWN + 1);
  if (rig.instance.role !== 'active') throw new Error(`not active but ${rig.instance.role}: ${rig.states()}`);
  rig.said();
  return company;
}

/** The same, and it follows `b`, which is active with this priority and goes on advertising. */
export function followingB(of: EnginePlan, priority = 200): Company {
  const company = inCompany(of);
  const { rig, b } = company;
  b.says({ role: 'active' }, { standing: 'active', priority });
  b.keepsAdvertising(priority);
  rig.pass(1500);
  if (rig.instance.role !== 'standby') throw new Error(`not standby but ${rig.instance.role}: ${rig.states()}`);
  rig.said();
  return company;
}

/** The last words of the engine: pushes, by peer. */
export const reportsTo = (rig: Rig, peer: string): readonly Report[] =>
  rig.effects.flatMap((e) =>
    e.do === 'send' && e.peer === peer && e.message.type === 'push' ? [e.message.report] : [],
  );

function scriptedPeer(rig: Rig, name: string, paths: number): Scripted & { answer(sent: SendEffect): readonly Fact[] } {
  let counter = 0;
  let version = 1;
  const sealed = (message: PeerMessage, change: Partial<Envelope> & { readonly path?: number } = {}): Fact => {
    const { path = 0, ...rest } = change;
    const number = message.type === 'told' ? FINAL_COUNTER : ++counter;
    const names = { stack: rig.instance.plan.stack, from: name, to: rig.instance.plan.instance };
    const envelope: Envelope = { ...names, boot: peer.boot, peerBoot: OUR_BOOT, counter: number, message, ...rest };
    return { kind: 'datagram', peer: name, path, envelope };
  };
  const peer: Scripted & { answer(sent: SendEffect): readonly Fact[] } = {
    name,
    report: reportOf(name),
    answers: Array.from({ length: paths }, () => true),
    delayMs: 0,
    direct: {},
    boot: name.repeat(32),
    asked: [],
    answer({ message, path }) {
      const alive = path === null ? peer.answers.includes(true) : peer.answers[path] === true;
      if (!alive) return [];
      if (message.type === 'handover') peer.asked.push(message.handover);
      if (message.type !== 'request' || path === null) return [];
      const { nonce } = message;
      const reply = { type: 'reply', nonce, version, report: peer.report, direct: peer.direct } as const;
      if (peer.delayMs === 0) return [sealed(reply, { path })];
      const at = rig.now + peer.delayMs;
      rig.schedule.push({ at, everyMs: Number.POSITIVE_INFINITY, run: () => rig.fact(sealed(reply, { path })) });
      return [];
    },
    becomes(change, group = {}) {
      const groups = change.groups ?? peer.report.groups.map((g) => ({ ...g, ...group }));
      peer.report = { ...peer.report, ...change, groups };
      version += 1;
    },
    says(change, group) {
      peer.becomes(change, group);
      return peer.tell({ type: 'push', version, report: peer.report, direct: peer.direct });
    },
    sends(kind, change = {}) {
      const base = peer.asked.at(-1) ?? ASK;
      return peer.tell({ type: 'handover', handover: { ...base, kind, ...change } });
    },
    dies: () => peer.tell({ type: 'told' }),
    silent: () => void peer.answers.fill(false),
    advertises(priority) {
      const from = SOURCES[name]!;
      return rig.instance.plan.routers.flatMap((r) => rig.hear(r.name, priority, { from }));
    },
    keepsAdvertising(priority) {
      const item = { at: rig.now, everyMs: 1000, run: () => peer.advertises(priority) };
      rig.schedule.push(item);
      return () => void rig.schedule.splice(rig.schedule.indexOf(item), 1);
    },
    tell: (message, change) => rig.fact(sealed(message, change)),
  };
  return peer;
}

/** What a peer begins with if it was asked for nothing. */
export const ASK: HandoverMessage = {
  kind: 'ask',
  id: 'b-1',
  group: 'stack',
  reason: { code: 'switchover', text: 'switched over by eva' },
  purpose: 'switchover',
  holdMs: 0,
};
