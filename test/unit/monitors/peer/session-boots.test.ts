import assert from 'node:assert/strict';
import type { SessionEvent } from '../../../../monitors/peer/state.ts';
import { FINAL_COUNTER } from '../../../../monitors/peer/state.ts';
import { peerBootOf, stepSession } from '../../../../monitors/peer/session.ts';
import { HANDOVER, id, report } from './samples.ts';
import { B, Rig, kinds, sent } from './session-rig.ts';

const PUSH = { type: 'push', version: 6, report: report({ role: 'standby' }), direct: { c: 12 } } as const;
const TOLD = { type: 'told' } as const;
const HAND = { type: 'handover', handover: HANDOVER } as const;
const C = id('c');

describe('what a peer says', () => {
  describe('in a request', () => {
    it('is answered at once over the same path, naming who asked, with the nonce and our report', () => {
      const rig = new Rig(['192.0.2.2', '198.51.100.2'], { version: 4, direct: { c: 3 } }).meet();
      const [answer] = sent(rig.request({ path: 1 }));
      const { report: ours } = rig.orders;
      assert.deepEqual(answer, {
        do: 'send',
        path: 1,
        message: { type: 'reply', nonce: id('9'), version: 4, report: ours, direct: { c: 3 } },
        peerBoot: B,
      });
    });

    it('gets no report that it has already, unless it does not name us', () => {
      const rig = new Rig().meet();
      const reportIn = (effects: ReturnType<typeof sent>) => {
        const [first] = effects;
        return first?.message.type === 'reply' ? first.message.report : undefined;
      };
      assert.equal(reportIn(sent(rig.request({ have: 1 }))), null);
      assert.equal(reportIn(sent(rig.request({ have: 2 }))), rig.orders.report);
      assert.equal(reportIn(sent(rig.request({ have: 1, peerBoot: null }))), rig.orders.report);
    });

    it('is contact, but neither good check nor fresh report', () => {
      const rig = new Rig().meet();
      const { reportAt } = rig.session;
      rig.pass(210);
      rig.request();
      assert.deepEqual([rig.session.lastContact, rig.path().lastContact], [rig.now, rig.now]);
      assert.deepEqual([rig.path().failing, rig.session.reportAt], [2, reportAt]);
    });

    it('changes nothing the second time, not even an answer', () => {
      const rig = new Rig().meet();
      rig.request({ counter: 50 });
      rig.ignores(() => rig.request({ counter: 50 }), 'replayed');
      rig.ignores(() => rig.request({ counter: 49 }), 'replayed');
    });

    it('that took longer over another path is answered, and proves nothing more', () => {
      const rig = new Rig(['192.0.2.2', '198.51.100.2']).meet();
      rig.request({ counter: 50 });
      const { lastContact } = rig.session;
      rig.pass(5);
      assert.equal(sent(rig.request({ path: 1, counter: 49 })).length, 1);
      assert.equal(rig.session.lastContact, lastContact);
    });

    it('to another boot of ours is dropped', () => {
      const rig = new Rig().meet();
      rig.ignores(() => rig.request({ peerBoot: id('f') }), 'otherBoot');
    });
  });

  describe('after it was started anew', () => {
    it('counts only when it has echoed a nonce: a request alone replaces nothing', () => {
      const rig = new Rig().meet();
      const { boot, report: before, highest, reportAt, lastContact } = rig.session;
      rig.boot = C;
      rig.counter = 1;
      const effects = sent(rig.request({ peerBoot: null }));
      assert.deepEqual(
        effects.map(({ message, peerBoot }) => [message.type, peerBoot]),
        [
          ['request', null],
          ['reply', C],
        ],
      );
      const now = rig.session;
      assert.deepEqual([now.boot, now.report, now.highest, now.reportAt], [boot, before, highest, reportAt]);
      assert.equal(now.lastContact, lastContact);
    });

    it('is known at once by the challenge, which is no check', () => {
      const rig = new Rig().meet();
      rig.effects = [];
      rig.boot = C;
      rig.counter = 1;
      rig.pass(50);
      rig.request({ peerBoot: null });
      const { nonce } = rig.session.challenge!;
      rig.pass(1);
      const effects = rig.receive(rig.reply({ nonce, version: 1 }));
      assert.deepEqual(kinds(effects), ['rebooted', 'report', 'contact']);
      assert.deepEqual([rig.session.boot, rig.session.ended, rig.session.version], [C, [B], 1]);
      assert.equal(rig.path().recovering, 0);
    });

    it('is challenged once in an interval, and answered a few times in a while', () => {
      const rig = new Rig().meet();
      rig.boot = C;
      const types = (): readonly string[] => sent(rig.request({ peerBoot: null })).map(({ message }) => message.type);
      assert.deepEqual([types(), types(), types(), types()], [['request', 'reply'], ['reply'], ['reply'], ['reply']]);
      rig.ignores(() => rig.request({ peerBoot: null }), 'unverified');
      rig.pass(10);
      assert.deepEqual(types(), ['reply']);
      rig.pass(90);
      assert.deepEqual(types(), ['request', 'reply']);
    });

    it('is asked without a name as soon as a check has failed, and then known', () => {
      const rig = new Rig().meet();
      const named = rig.passToAsk();
      assert.deepEqual(
        sent(named).map(({ peerBoot, message }) => [peerBoot, message.type === 'request' && message.have]),
        [[B, 5]],
      );
      const unnamed = rig.pass(100);
      assert.deepEqual(
        sent(unnamed).map(({ peerBoot, message }) => [peerBoot, message.type === 'request' && message.have]),
        [[null, null]],
      );
      rig.boot = C;
      rig.counter = 1;
      assert.deepEqual(kinds(rig.answer({ version: 1 })), ['rebooted', 'report', 'contact']);
    });

    it('has nothing in common with the boot before, whose messages are refused for good', () => {
      const rig = new Rig().meet();
      rig.counter = 1000;
      rig.receive(PUSH);
      rig.passToAsk();
      rig.receive(rig.reply({ nonce: rig.path().asked!.nonce, version: 1, report: report({ role: 'starting' }) }), {
        boot: C,
        counter: 1,
      });
      assert.deepEqual([rig.session.report?.role, rig.session.highest], ['starting', 1]);
      for (const message of [PUSH, HAND, TOLD, { type: 'request', nonce: id('8'), have: null }] as const) {
        rig.ignores(() => rig.receive(message, { boot: B }), 'otherBoot');
      }
    });
  });

  describe('unasked', () => {
    it('counts from a verified boot, with a higher counter, once', () => {
      const rig = new Rig().meet();
      rig.pass(50);
      assert.deepEqual(rig.receive(PUSH, { counter: 90 }), [{ do: 'report', before: report() }]);
      assert.deepEqual(
        [rig.session.report?.role, rig.session.version, rig.session.reportAt, rig.session.direct],
        ['standby', 6, rig.now, { c: 12 }],
      );
      rig.ignores(() => rig.receive(PUSH, { counter: 90 }), 'replayed');
      rig.ignores(() => rig.receive({ ...PUSH, version: 7 }, { counter: 89 }), 'replayed');
    });

    it('counts for nothing before a nonce was exchanged', () => {
      const rig = new Rig().start();
      for (const message of [PUSH, HAND, TOLD]) rig.ignores(() => rig.receive(message), 'unverified');
      rig.request({ peerBoot: null });
      rig.ignores(() => rig.receive(PUSH), 'unverified');
    });

    it('counts for nothing if it names no receiver', () => {
      const rig = new Rig().meet();
      for (const message of [PUSH, HAND, TOLD]) {
        rig.ignores(() => rig.receive(message, { peerBoot: null }), 'unverified');
      }
    });

    it('a message of a handover is passed up, once for each datagram', () => {
      const rig = new Rig().meet();
      assert.deepEqual(rig.receive(HAND, { counter: 90 }), [{ do: 'handover', handover: HANDOVER }]);
      rig.ignores(() => rig.receive(HAND, { counter: 90 }), 'replayed');
    });

    it('a message of a handover that a push has overtaken is dropped as a replay, and its repetition counts', () => {
      const rig = new Rig(['192.0.2.2', '198.51.100.2']).meet();
      rig.receive(PUSH, { path: 1, counter: 91 });
      rig.ignores(() => rig.receive(HAND, { path: 0, counter: 90 }), 'replayed');
      assert.deepEqual(rig.receive(HAND, { path: 0, counter: 92 }), [{ do: 'handover', handover: HANDOVER }]);
    });

    it('the same report over a second path is no other report', () => {
      const rig = new Rig(['192.0.2.2', '198.51.100.2']).meet();
      rig.receive(PUSH);
      assert.deepEqual(rig.receive(PUSH, { path: 1 }), []);
    });
  });

  describe('in an answer', () => {
    it('counts only for a nonce of ours, and only over the path that was asked', () => {
      const rig = new Rig(['192.0.2.2', '198.51.100.2']).meet();
      rig.passToAsk();
      const { nonce } = rig.path(0).asked!;
      rig.ignores(() => rig.receive(rig.reply({ nonce: id('e') })), 'staleNonce');
      rig.ignores(() => rig.receive(rig.reply({ nonce }), { path: 1 }), 'wrongPath');
      rig.answer();
      rig.ignores(() => rig.receive(rig.reply({ nonce }), { counter: 1 }), 'replayed');
    });

    it('proves the path with a lower counter too, but brings no state', () => {
      const rig = new Rig().meet();
      rig.receive(PUSH, { counter: 90 });
      rig.passToAsk();
      rig.answer({ counter: 80, version: 5, report: report({ role: 'fault' }) });
      assert.equal(rig.path().failing, 0);
      assert.equal(rig.session.lastContact, rig.now);
      assert.deepEqual([rig.session.report?.role, rig.session.version, rig.session.highest], ['standby', 6, 90]);
    });
  });

  describe('with its last will', () => {
    it('ends its boot: told once, with the report before, and unhealthy at once', () => {
      const rig = new Rig(['192.0.2.2', '198.51.100.2']).meet();
      const effects = rig.receive(TOLD);
      assert.deepEqual(effects, [
        { do: 'told', before: report() },
        { do: 'pathHealth', path: 0, health: 'unhealthy' },
        { do: 'pathHealth', path: 1, health: 'unhealthy' },
        { do: 'health', health: 'unhealthy' },
      ]);
      assert.deepEqual([rig.session.report, rig.session.boot, rig.session.verified], [null, null, false]);
      assert.equal(peerBootOf(rig.session), null);
      rig.ignores(() => rig.receive(TOLD, { path: 1 }), 'otherBoot');
      for (const message of [PUSH, HAND]) rig.ignores(() => rig.receive(message), 'otherBoot');
    });

    it('and the boot after it recovers as every other', () => {
      const rig = new Rig().meet();
      rig.receive(TOLD);
      rig.boot = C;
      rig.passToAsk();
      assert.deepEqual(kinds(rig.answer()), ['rebooted', 'report', 'contact']);
      assert.equal(rig.session.health, 'unhealthy');
      rig.goodChecks(1);
      assert.equal(rig.session.health, 'healthy');
    });

    it('of a boot that is not the present one does nothing', () => {
      const rig = new Rig().meet();
      rig.ignores(() => rig.receive(TOLD, { boot: C }), 'unverified');
    });

    it('alone may use the reserved counter, and it uses no other', () => {
      const rig = new Rig().meet();
      rig.ignores(() => rig.receive(PUSH, { counter: FINAL_COUNTER }), 'malformed');
      rig.ignores(() => rig.receive(TOLD, { counter: 95 }), 'malformed');
    });
  });

  describe('and what we say', () => {
    it('a changed report goes out on every path, to a verified peer', () => {
      const rig = new Rig().start();
      assert.deepEqual(rig.step({ kind: 'push' }), []);
      rig.answer();
      const { version, report: ours, direct } = rig.orders;
      assert.deepEqual(rig.step({ kind: 'push' }), [
        { do: 'send', path: null, message: { type: 'push', version, report: ours, direct }, peerBoot: B },
      ]);
    });
  });

  it('counts what was refused below', () => {
    const rig = new Rig();
    rig.ignores(() => rig.step({ kind: 'ignored', reason: 'otherSecret' }), 'otherSecret');
  });

  it('over a path that there is not is refused', () => {
    const rig = new Rig().meet();
    rig.ignores(() => rig.request({ path: 3 }), 'wrongPath');
  });

  it('changes nothing if everything that was ever heard is sent again', () => {
    const rig = new Rig(['192.0.2.2', '198.51.100.2']);
    const heard: Extract<SessionEvent, { kind: 'received' }>[] = [];
    const step = rig.step.bind(rig);
    rig.step = (event) => {
      if (event.kind === 'received') heard.push(event);
      return step(event);
    };
    rig.meet();
    rig.goodChecks(3);
    rig.request();
    rig.request({ path: 1 });
    rig.receive(PUSH);
    rig.receive(HAND);
    rig.passToAsk();
    const { ignored: _before, ...rest } = rig.session;
    for (const event of [...heard, ...heard.toReversed()]) {
      const { session, effects } = stepSession(rig.session, event, rig.orders, rig.now);
      rig.session = session;
      assert.deepEqual(effects, []);
    }
    const { ignored, ...after } = rig.session;
    assert.deepEqual(after, rest);
    assert.equal(ignored.replayed, 2 * heard.length);
  });
});
