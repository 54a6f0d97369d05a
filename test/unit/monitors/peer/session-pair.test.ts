import assert from 'node:assert/strict';
import { type Instant, later } from '../../../../core/clock.ts';
import { isFresh, newSession, sessionDue, stepSession } from '../../../../monitors/peer/session.ts';
import type { PeerSession, SessionEffect, SessionEvent, SessionOrders } from '../../../../monitors/peer/state.ts';
import { id, report } from './samples.ts';

/** Two instances and the wire between them, which takes 1 ms and delivers what it is told to. */
class Pair {
  now = 0 as Instant;
  readonly ends = { a: new End('a', id('1')), b: new End('b', id('2')) };
  cut = false;
  readonly #wire: { at: Instant; to: 'a' | 'b'; event: SessionEvent }[] = [];

  step(name: 'a' | 'b', event: SessionEvent): void {
    const end = this.ends[name];
    const to = name === 'a' ? 'b' : 'a';
    for (const effect of end.step(event, this.now)) {
      if (effect.do !== 'send' || this.cut) continue;
      const { message, peerBoot } = effect;
      const envelope = { stack: 's', from: name, to, boot: end.orders.boot, peerBoot, counter: ++end.counter, message };
      for (const path of effect.path === null ? [0] : [effect.path]) {
        this.#wire.push({ at: later(this.now, 1), to, event: { kind: 'received', path, envelope } });
      }
    }
  }

  pass(ms: number): void {
    const until = later(this.now, ms);
    for (;;) {
      const arrival = this.#wire[0];
      const dues = (['a', 'b'] as const).map((name) => [name, sessionDue(this.ends[name].session)] as const);
      const [first, due] = dues.toSorted((x, y) => x[1] - y[1])[0]!;
      if (Math.min(due, arrival?.at ?? until) >= until) break;
      this.now = Math.max(this.now, Math.min(due, arrival?.at ?? due)) as Instant;
      if (arrival !== undefined && arrival.at <= due) {
        this.#wire.shift();
        this.step(arrival.to, arrival.event);
      } else this.step(first, { kind: 'time' });
    }
    this.now = until;
  }

  restart(name: 'a' | 'b', boot: string): void {
    this.ends[name] = new End(name, boot);
    this.ends[name].session = newSession({ name: name === 'a' ? 'b' : 'a', paths: ['192.0.2.2'] }, this.now);
    this.step(name, { kind: 'start' });
  }
}

class End {
  session: PeerSession;
  counter = 0;
  readonly effects: SessionEffect[] = [];
  readonly orders: SessionOrders;

  constructor(name: string, boot: string) {
    let nonce = 0;
    this.session = newSession({ name: name === 'a' ? 'b' : 'a', paths: ['192.0.2.2'] }, 0 as Instant);
    this.orders = {
      intervalMs: 100,
      failureThreshold: 3,
      recoveryThreshold: 2,
      version: 1,
      report: report({ instance: name }),
      direct: {},
      boot,
      nonce: () => boot.slice(0, 8) + (++nonce).toString(16).padStart(24, '0'),
    };
  }

  step(event: SessionEvent, now: Instant): readonly SessionEffect[] {
    const { session, effects } = stepSession(this.session, event, this.orders, now);
    this.session = session;
    this.effects.push(...effects);
    return effects;
  }
}

const met = (pair: Pair): boolean => {
  const { a, b } = pair.ends;
  const knows = (one: End, other: End): boolean =>
    one.session.boot === other.orders.boot &&
    one.session.health === 'healthy' &&
    isFresh(one.session, one.orders, pair.now);
  return knows(a, b) && knows(b, a);
};

describe('a pair of instances', () => {
  it('knows each other within one round trip of the second start', () => {
    const pair = new Pair();
    pair.step('a', { kind: 'start' });
    pair.pass(1030);
    pair.step('b', { kind: 'start' });
    pair.pass(3);
    assert.ok(isFresh(pair.ends.b.session, pair.ends.b.orders, pair.now));
    assert.ok(isFresh(pair.ends.a.session, pair.ends.a.orders, pair.now));
    pair.pass(300);
    assert.ok(met(pair));
  });

  it('stays healthy and sends no report twice, as long as nothing changes', () => {
    const pair = new Pair();
    pair.step('a', { kind: 'start' });
    pair.step('b', { kind: 'start' });
    pair.pass(10_000);
    assert.ok(met(pair));
    const { effects, session } = pair.ends.a;
    assert.equal(effects.filter((effect) => effect.do === 'health').length, 1);
    assert.equal(effects.filter((effect) => effect.do === 'report').length, 1);
    assert.deepEqual(session.ignored, {});
    assert.ok(effects.filter((effect) => effect.do === 'contact').length > 90);
  });

  it('knows an engine that was started anew at once, without a lost check more than it was away for', () => {
    const pair = new Pair();
    pair.step('a', { kind: 'start' });
    pair.step('b', { kind: 'start' });
    pair.pass(1000);
    pair.restart('b', id('3'));
    pair.pass(4);
    assert.equal(pair.ends.a.session.boot, id('3'));
    assert.ok(isFresh(pair.ends.a.session, pair.ends.a.orders, pair.now));
    pair.pass(300);
    assert.ok(met(pair));
    assert.equal(pair.ends.a.effects.filter((effect) => effect.do === 'rebooted').length, 1);
  });

  it('loses each other in one detection and one window, and finds each other again', () => {
    const pair = new Pair();
    pair.step('a', { kind: 'start' });
    pair.step('b', { kind: 'start' });
    pair.pass(1050);
    pair.cut = true;
    pair.pass(257);
    assert.equal(pair.ends.a.session.health, 'healthy');
    pair.pass(2);
    assert.equal(pair.ends.a.session.health, 'unhealthy');
    pair.pass(5000);
    pair.cut = false;
    pair.pass(250);
    assert.ok(met(pair));
  });
});
