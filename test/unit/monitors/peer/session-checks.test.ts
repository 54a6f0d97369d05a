import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, NEVER } from '../../../../core/clock.ts';
import { nextAskAt, windowMs } from '../../../../monitors/peer/paths.ts';
import {
  bestPath,
  firstMissAt,
  isFresh,
  lateTooOften,
  newSession,
  replanSession,
  reportOf,
  sessionDue,
  worstRtt,
} from '../../../../monitors/peer/session.ts';
import { Rig, kinds, sent } from './session-rig.ts';

const TWO = ['192.0.2.2', '198.51.100.2'];
const at = (ms: number): Instant => ms as Instant;

describe('the checks of a peer', () => {
  describe('are asked', () => {
    it('not before the start', () => {
      assert.equal(sessionDue(newSession({ name: 'b', paths: TWO }, at(0))), NEVER);
    });

    it('on every path at once, then each interval, with a nonce of its own', () => {
      const rig = new Rig(TWO);
      const first = sent(rig.start().effects);
      const later = sent(rig.pass(250));
      assert.deepEqual(
        [...first, ...later].map((effect) => effect.path),
        [0, 1, 0, 1, 0, 1],
      );
      const nonces = [...first, ...later].map(({ message }) => (message.type === 'request' ? message.nonce : ''));
      assert.equal(new Set(nonces).size, 6);
    });

    it('without drift: what was asked late is followed by the next one on time', () => {
      const rig = new Rig().start();
      const began = rig.now;
      rig.now = at(began + 130);
      rig.step({ kind: 'time' });
      assert.equal(rig.path().nextAt, began + 200);
    });

    it('never in a burst: what was missed in a pause is skipped, and half an interval is left at least', () => {
      assert.equal(nextAskAt(at(0), 100, at(0)), 100);
      assert.equal(nextAskAt(at(0), 100, at(50)), 100);
      assert.equal(nextAskAt(at(0), 100, at(51)), 200);
      assert.equal(nextAskAt(at(0), 100, at(1000)), 1100);
      const rig = new Rig().start();
      rig.now = at(rig.now + 10_000);
      assert.equal(sent(rig.step({ kind: 'time' })).length, 1);
    });

    it('sooner after a reload that shortens the interval', () => {
      const rig = new Rig(undefined, { intervalMs: 60_000 }).meet();
      rig.orders = { ...rig.orders, intervalMs: 10 };
      rig.step({ kind: 'time' });
      assert.equal(sessionDue(rig.session), rig.now + 10);
    });

    it('on every path at once when told to (brain 6.5), which is no failure of the check before', () => {
      const rig = new Rig(TWO).meet();
      rig.goodChecks(1);
      rig.passToAsk();
      rig.pass(1);
      const effects = sent(rig.step({ kind: 'ask' }));
      assert.deepEqual(
        effects.map(({ path, message }) => [path, message.type]),
        [
          [0, 'request'],
          [1, 'request'],
        ],
      );
      assert.deepEqual(
        rig.session.paths.map(({ failing, nextAt }) => [failing, nextAt - rig.now]),
        [
          [0, 100],
          [0, 100],
        ],
      );
    });
  });

  describe('are good', () => {
    it('within the interval while no round trip is known, then within four round trips, at least 4 ms', () => {
      assert.deepEqual(
        [
          windowMs(null, 100),
          windowMs(0.2, 100),
          windowMs(1, 100),
          windowMs(5, 100),
          windowMs(40, 100),
          windowMs(1, 3),
        ],
        [100, 4, 4, 20, 100, 3],
      );
    });

    it('until the deadline, which is due by itself and not with the next check', () => {
      const rig = new Rig().meet();
      rig.passToAsk();
      assert.equal(sessionDue(rig.session), rig.now + 4);
      rig.pass(4);
      assert.equal(rig.path().failing, 1);
      assert.equal(rig.path().asked, null);
    });

    it('if the answer waited here because we were late, up to one interval', () => {
      const rig = new Rig().meet();
      rig.passToAsk();
      rig.now = at(rig.now + 60);
      rig.answer({ report: null });
      assert.equal(rig.path().failing, 0);
      rig.passToAsk();
      rig.now = at(rig.now + 101);
      rig.answer({ report: null });
      assert.equal(rig.path().failing, 1);
    });
  });

  describe('late answers', () => {
    it('are contact, round trip and report, but no good check, and count once', () => {
      const rig = new Rig().meet();
      rig.passToAsk();
      const { nonce } = rig.path().asked!;
      rig.pass(20);
      assert.equal(rig.path().failing, 1);
      const before = rig.path().rttMs!;
      const effects = rig.receive(rig.reply({ nonce, version: 6 }));
      assert.deepEqual(kinds(effects), ['report', 'contact']);
      assert.equal(rig.path().lastContact, rig.now);
      assert.ok(rig.path().rttMs! > before);
      assert.equal(rig.path().failing, 1, 'neither forgiven nor counted twice');
      rig.ignores(() => rig.receive(rig.reply({ nonce })), 'staleNonce');
    });

    it('make the window fit a path that has become slower', () => {
      const rig = new Rig().meet();
      for (let n = 0; n < 30; n++) {
        rig.passToAsk();
        const { nonce } = rig.path().asked!;
        rig.pass(15);
        rig.receive(rig.reply({ nonce, report: null }));
      }
      assert.equal(rig.path().health, 'healthy');
      assert.ok(windowMs(rig.path().rttMs, 100) > 15);
    });

    it('come for the check before the last one at most', () => {
      const rig = new Rig().start();
      const { nonce } = rig.path().asked!;
      rig.pass(100);
      rig.pass(100);
      rig.ignores(() => rig.receive(rig.reply({ nonce })), 'staleNonce');
    });
  });

  describe('decide the health of a path', () => {
    it('one good answer makes an unknown path healthy', () => {
      const rig = new Rig().start();
      const effects = rig.answer();
      assert.deepEqual(kinds(effects), ['report', 'pathHealth', 'contact', 'health']);
      assert.deepEqual([rig.session.health, rig.path().health], ['healthy', 'healthy']);
    });

    it('a path that never answered is unhealthy after the threshold, and not before', () => {
      const rig = new Rig().start();
      rig.pass(299);
      assert.deepEqual([rig.path().health, rig.path().failing], ['unknown', 2]);
      rig.pass(1);
      assert.deepEqual([rig.path().health, rig.session.health], ['unhealthy', 'unhealthy']);
    });

    it('failed checks in a row make it unhealthy at once, and the first of them is remembered', () => {
      const rig = new Rig().meet();
      const asked = rig.path().nextAt;
      rig.pass(asked + 203 - rig.now);
      assert.deepEqual([rig.path().failing, rig.session.health], [2, 'healthy']);
      const effects = rig.pass(1);
      assert.deepEqual(
        effects.filter(({ do: kind }) => kind !== 'send'),
        [
          { do: 'pathHealth', path: 0, health: 'unhealthy' },
          { do: 'health', health: 'unhealthy' },
        ],
      );
      assert.equal(firstMissAt(rig.session), asked);
      rig.pass(500);
      assert.equal(firstMissAt(rig.session), asked, 'as long as it lasts');
    });

    it('a good check in between begins the count anew', () => {
      const rig = new Rig().meet();
      rig.pass(210);
      rig.passToAsk();
      rig.answer({ report: null });
      assert.equal(rig.path().failing, 0);
      assert.equal(rig.path().firstMissAt, NEVER);
      rig.pass(250);
      assert.equal(rig.session.health, 'healthy');
    });

    it('as many good checks in a row as the recovery threshold make it healthy again', () => {
      const rig = new Rig(undefined, { recoveryThreshold: 3 }).start();
      rig.pass(300);
      rig.goodChecks(2);
      assert.deepEqual([rig.session.health, rig.path().recovering], ['unhealthy', 2]);
      rig.pass(150);
      assert.equal(rig.path().recovering, 0, 'a failure begins the count anew');
      rig.goodChecks(3);
      assert.deepEqual([rig.session.health, rig.path().recovering, rig.path().failing], ['healthy', 0, 0]);
      assert.equal(firstMissAt(rig.session), NEVER);
    });

    it('and the peer is healthy while any path is', () => {
      const rig = new Rig(TWO).meet();
      const effects = [];
      for (let n = 0; n < 5; n++) {
        effects.push(...rig.passToAsk());
        effects.push(...rig.answer({ path: 1, report: null }));
      }
      assert.deepEqual(
        effects.filter((effect) => effect.do === 'pathHealth' || effect.do === 'health'),
        [{ do: 'pathHealth', path: 0, health: 'unhealthy' }],
      );
      assert.equal(bestPath(rig.session), rig.path(1));
      assert.equal(firstMissAt(rig.session), NEVER);
    });

    it('a path that had died long before is no part of the failure of the last one', () => {
      const rig = new Rig(TWO).meet();
      for (let n = 0; n < 10; n++) {
        rig.passToAsk();
        rig.answer({ path: 1, report: null });
      }
      const miss = rig.path(1).nextAt;
      rig.pass(1000);
      assert.equal(rig.session.health, 'unhealthy');
      assert.equal(firstMissAt(rig.session), miss);
    });

    it('paths that died together count from the first miss of all', () => {
      const rig = new Rig(TWO).meet();
      const [one, other] = [rig.path(0).nextAt, rig.path(1).nextAt];
      rig.pass(1000);
      assert.equal(firstMissAt(rig.session), Math.min(one, other));
    });
  });

  describe('and our own lateness (brain 3.5)', () => {
    it('of more than half an interval lets the present run of failures begin anew', () => {
      const rig = new Rig().meet();
      rig.pass(210);
      assert.equal(rig.path().failing, 2);
      rig.step({ kind: 'late', lateMs: 50 });
      assert.equal(rig.path().failing, 2);
      rig.step({ kind: 'late', lateMs: 51 });
      assert.deepEqual([rig.path().failing, rig.path().firstMissAt], [0, NEVER]);
    });

    it('forgives the check that is under way', () => {
      const rig = new Rig(undefined, { failureThreshold: 1 }).meet();
      rig.passToAsk();
      rig.now = at(rig.now + 90);
      rig.step({ kind: 'late', lateMs: 86 });
      rig.step({ kind: 'time' });
      assert.equal(rig.session.health, 'healthy');
    });

    it('is forgiven once in ten detection times', () => {
      const rig = new Rig().meet();
      rig.step({ kind: 'late', lateMs: 60 });
      rig.pass(2990);
      assert.equal(rig.session.health, 'unhealthy');
      rig.step({ kind: 'late', lateMs: 60 });
      assert.equal(rig.session.amnesties.length, 1);
      rig.pass(20);
      rig.step({ kind: 'late', lateMs: 60 });
      assert.equal(rig.session.amnesties.length, 2);
      assert.equal(rig.session.health, 'unhealthy', 'what is settled stays');
    });

    it('is too often three times in a minute', () => {
      const rig = new Rig().meet();
      for (let n = 0; n < 2; n++) {
        rig.step({ kind: 'late', lateMs: 60 });
        rig.now = at(rig.now + 20_000);
      }
      assert.equal(lateTooOften(rig.session, rig.now), false);
      rig.step({ kind: 'late', lateMs: 60 });
      assert.equal(lateTooOften(rig.session, rig.now), true);
      assert.equal(lateTooOften(rig.session, at(rig.now + 20_000)), false);
      assert.equal(rig.session.amnesties.length, 3);
    });
  });

  describe('keep the report', () => {
    it('fresh for two detection times from the question whose answer confirmed it', () => {
      const rig = new Rig().start();
      const asked = rig.now;
      rig.pass(30);
      rig.answer();
      assert.equal(isFresh(rig.session, rig.orders, at(asked + 600)), true);
      assert.equal(isFresh(rig.session, rig.orders, at(asked + 601)), false);
      assert.equal(reportOf(rig.session, rig.orders, at(asked + 601)), null);
      assert.equal(reportOf(rig.session, rig.orders, rig.now)?.instance, 'b');
    });

    it('which an answer without a report confirms, if the version is the same', () => {
      const rig = new Rig().meet();
      rig.pass(90);
      rig.passToAsk();
      const asked = rig.now;
      assert.deepEqual(kinds(rig.answer({ report: null, version: 5 })), ['contact']);
      assert.equal(rig.session.reportAt, asked);
      rig.passToAsk();
      assert.deepEqual(kinds(rig.answer({ report: null, version: 6 })), []);
      assert.equal(rig.session.reportAt, asked);
    });

    it('and know the worst round trip', () => {
      const rig = new Rig(TWO).meet();
      assert.equal(worstRtt(rig.session), 2);
      rig.passToAsk();
      rig.pass(3);
      rig.answer({ report: null });
      assert.equal(worstRtt(rig.session), 3);
    });

    it('and forget a slow one over some hundred quick ones: one bad moment does not slow a takeover for ever', () => {
      const rig = new Rig().meet();
      for (let n = 0; n < 400; n++) {
        rig.passToAsk();
        rig.pass(n === 0 ? 3 : 1);
        rig.answer({ report: null });
        if (n === 1) assert.ok(worstRtt(rig.session) > 2.9, 'not at once');
      }
      assert.ok(worstRtt(rig.session) < 1.2, `${worstRtt(rig.session)}`);
    });
  });

  describe('after a reload', () => {
    it('paths that stay are as they were, new ones are asked at once', () => {
      const rig = new Rig(TWO).meet();
      const plan = { name: 'b', paths: [TWO[0]!, '203.0.113.2'] };
      const { session, effects } = replanSession(rig.session, plan, rig.now);
      assert.deepEqual(effects, []);
      assert.equal(session.paths[0], rig.path(0));
      assert.deepEqual([session.paths[1]?.health, sessionDue(session)], ['unknown', rig.now]);
    });

    it('a peer without its only healthy path is unhealthy', () => {
      const rig = new Rig().meet();
      const { session, effects } = replanSession(rig.session, { name: 'b', paths: ['203.0.113.2'] }, rig.now);
      assert.deepEqual([session.health, effects], ['unhealthy', [{ do: 'health', health: 'unhealthy' }]]);
    });
  });

  it('count no check twice and never stop, whatever is lost, late or repeated', () => {
    const events = fc.array(
      fc.record({
        ms: fc.integer({ min: 0, max: 150 }),
        act: fc.constantFrom('answer', 'lose', 'repeat', 'late', 'ask', 'request'),
        path: fc.integer({ min: 0, max: 1 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(events, (list) => {
        const rig = new Rig(TWO).start();
        let asks = sent(rig.effects).length;
        for (const { ms, act, path } of list) {
          const failing = rig.path(path).failing;
          asks += sent(rig.pass(ms)).length;
          assert.ok(rig.path(path).failing <= failing + Math.ceil(ms / 50) + 1);
          const nonce = rig.path(path).asked?.nonce;
          if (act === 'answer' && nonce !== undefined) rig.receive(rig.reply({ nonce }), { path });
          if (act === 'repeat' && nonce !== undefined) {
            rig.receive(rig.reply({ nonce }), { path });
            rig.ignores(() => rig.receive(rig.reply({ nonce }), { path, counter: rig.counter - 1 }), 'replayed');
          }
          if (act === 'late') rig.step({ kind: 'late', lateMs: ms });
          if (act === 'ask') asks += sent(rig.step({ kind: 'ask' })).length;
          if (act === 'request') rig.request({ path });
          for (const { health, failing: run, firstMissAt } of rig.session.paths) {
            assert.ok(run <= 3);
            assert.equal(run === 3, health === 'unhealthy');
            assert.equal(firstMissAt === NEVER, run === 0);
          }
          assert.ok(sessionDue(rig.session) < NEVER);
        }
        assert.ok(asks >= 2);
      }),
    );
  });
});
