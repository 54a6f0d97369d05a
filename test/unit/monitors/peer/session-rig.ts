/** One session of instance `a` with its peer `b`, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { type Instant, later } from '../../../../core/clock.ts';
import { newSession, sessionDue, stepSession } from '../../../../monitors/peer/session.ts';
import type {
  Envelope,
  PathState,
  PeerMessage,
  PeerSession,
  SessionEffect,
  SessionEvent,
  SessionOrders,
} from '../../../../monitors/peer/state.ts';
import { FINAL_COUNTER } from '../../../../monitors/peer/state.ts';
import { envelope, id, report } from './samples.ts';

export const B = id('b');
type Effect<D extends SessionEffect['do']> = Extract<SessionEffect, { do: D }>;

export class Rig {
  now = 1000 as Instant;
  session: PeerSession;
  effects: SessionEffect[] = [];
  orders: SessionOrders;
  /** Counter of the peer's next datagram, and its boot. */
  counter = 1;
  boot = B;
  #nonces = 0;

  constructor(paths: readonly string[] = ['192.0.2.2'], orders: Partial<SessionOrders> = {}) {
    this.session = newSession({ name: 'b', paths }, this.now);
    this.orders = {
      intervalMs: 100,
      failureThreshold: 3,
      recoveryThreshold: 2,
      version: 1,
      report: report({ instance: 'a', role: 'standby' }),
      direct: {},
      boot: id('a'),
      nonce: () => (++this.#nonces).toString(16).padStart(32, '0'),
      ...orders,
    };
  }

  step(event: SessionEvent): readonly SessionEffect[] {
    const result = stepSession(this.session, event, this.orders, this.now);
    this.session = result.session;
    this.effects.push(...result.effects);
    return result.effects;
  }

  start(): this {
    this.step({ kind: 'start' });
    return this;
  }

  /** Let time pass, with `time` whenever it is due. */
  pass(ms: number): readonly SessionEffect[] {
    const from = this.effects.length;
    const until = later(this.now, ms);
    for (let due = sessionDue(this.session); due <= until; due = sessionDue(this.session)) {
      assert.ok(due >= this.now, 'nothing is due in the past');
      this.now = due;
      this.step({ kind: 'time' });
      assert.ok(sessionDue(this.session) > this.now, 'time goes on');
    }
    this.now = until;
    return this.effects.slice(from);
  }

  /** An authentic datagram of the peer arrives. */
  receive(message: PeerMessage, change: Partial<Envelope> & { readonly path?: number } = {}): readonly SessionEffect[] {
    const { path = 0, ...part } = change;
    const counter = message.type === 'told' ? FINAL_COUNTER : this.counter++;
    const whole = envelope(message, { boot: this.boot, peerBoot: this.orders.boot, counter, ...part });
    return this.step({ kind: 'received', path, envelope: whole });
  }

  /** The peer answers the check that is under way. */
  answer(
    change: Partial<Reply> & { readonly path?: number; readonly counter?: number } = {},
  ): readonly SessionEffect[] {
    const { path = 0, counter, ...part } = change;
    const nonce = this.path(path).asked?.nonce ?? assert.fail('no check is under way');
    const envelopePart = counter === undefined ? {} : { counter };
    return this.receive(this.reply({ nonce, ...part }), { path, ...envelopePart });
  }

  reply(change: Partial<Reply> = {}): Reply {
    return { type: 'reply', nonce: id('0'), version: 5, report: report(), direct: {}, ...change };
  }

  request(change: Partial<Envelope> & { readonly path?: number; readonly have?: number | null } = {}) {
    const { have = null, ...part } = change;
    return this.receive({ type: 'request', nonce: id('9'), have }, part);
  }

  /** Started, asked and answered once after 1 ms: healthy, and the boot of the peer is verified. */
  meet(): this {
    this.start();
    for (const path of this.session.paths.keys()) {
      this.pass(1);
      this.answer({ path });
    }
    return this;
  }

  /** So many checks, each answered at once on every path. */
  goodChecks(count: number): void {
    for (let n = 0; n < count; n++) {
      this.passToAsk();
      for (const path of this.session.paths.keys()) this.answer({ path, report: null });
    }
  }

  /** Until the next check of the first path begins. */
  passToAsk(): readonly SessionEffect[] {
    return this.pass(this.path().nextAt - this.now);
  }

  path(index = 0): PathState {
    return this.session.paths[index] ?? assert.fail('no such path');
  }

  /** What was ordered since the last call. */
  all<D extends SessionEffect['do']>(kind: D): readonly Effect<D>[] {
    const found = this.effects.filter((effect): effect is Effect<D> => effect.do === kind);
    this.effects = [];
    return found;
  }

  /** Does not count, and nothing but the count changes. */
  ignores(act: () => readonly SessionEffect[], reason: string): void {
    const { ignored: before, ...rest } = this.session;
    assert.deepEqual(act(), []);
    const { ignored, ...after } = this.session;
    assert.deepEqual(after, rest);
    assert.deepEqual(ignored, { ...before, [reason]: ((before as Record<string, number>)[reason] ?? 0) + 1 });
  }
}

type Reply = Extract<PeerMessage, { type: 'reply' }>;

export const sent = (effects: readonly SessionEffect[]): readonly Effect<'send'>[] =>
  effects.filter((effect): effect is Effect<'send'> => effect.do === 'send');

export const kinds = (effects: readonly SessionEffect[]): readonly string[] => effects.map((effect) => effect.do);
