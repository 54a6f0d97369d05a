import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LEAST_UNUSED_MS, SETUP_MS } from '../../../../core/api/sessions.ts';
import type { Instant } from '../../../../core/clock.ts';
import { begin, deadline, due, elapsed, resume, step, unusedAfter } from '../../../../stack/sessions/life.ts';
import type { Life, LifeFact } from '../../../../stack/sessions/life.ts';
import type { SessionRecord } from '../../../../stack/sessions/record.ts';
import { RECORD, WALL } from './sample-record.ts';

const at = (ms: number): Instant => ms as Instant;
const HOUR = 3_600_000;

const time = (life: Life, ms: number): Life => step(life, { kind: 'time' }, at(ms), WALL);
const tell = (life: Life, fact: LifeFact, ms: number): Life => step(life, fact, at(ms), WALL);
const reason = ({ record }: Life): string | null => record.ended?.reason ?? null;
/** Lets time go by until nothing more happens or something ends it; gives when that was. */
function runOut(life: Life, limit = 100 * HOUR): { readonly life: Life; readonly at: number } {
  let now = 0;
  let next = life;
  while (next.record.ended === null && due(next) <= limit) {
    now = Math.max(now, due(next));
    next = time(next, now);
  }
  return { life: next, at: now };
}

describe('the life of a session', () => {
  it('ends with SetupDeadlineExceeded when no client is heard within 180 s', () => {
    const { life, at: when } = runOut(begin(RECORD, at(0)));
    assert.deepEqual([reason(life), when], ['SetupDeadlineExceeded', SETUP_MS]);
    assert.equal(life.record.elapsedMs, SETUP_MS);
    assert.equal(life.record.state, 'ended');
  });

  it('is in use from the first heartbeat, and ends with Unused 30 s after the last', () => {
    let life = tell(begin(RECORD, at(0)), { kind: 'heartbeat' }, 170_000);
    assert.equal(life.record.state, 'inUse');
    life = tell(life, { kind: 'heartbeat' }, 190_000);
    assert.equal(reason(time(life, 219_999)), null);
    assert.equal(reason(time(life, 220_000)), 'Unused');
  });

  it('is not ended as unused sooner than 6 s, whatever was asked for', () => {
    assert.equal(unusedAfter(1), LEAST_UNUSED_MS);
    assert.equal(unusedAfter(7000), 7000);
  });

  it('ends with TimeLimitExceeded even in use', () => {
    let life = begin({ ...RECORD, maxTimeMs: 60_000 }, at(0));
    for (let now = 0; now < 60_000; now += 3000) life = time(tell(life, { kind: 'heartbeat' }, now), now);
    assert.equal(reason(life), null);
    assert.equal(reason(time(life, 60_000)), 'TimeLimitExceeded');
  });

  it('lasts without a client where it is held, but not beyond its time', () => {
    const held = { ...RECORD, hold: true, state: 'inUse' } as const;
    assert.equal(due(begin(held, at(0))), Number.POSITIVE_INFINITY);
    const { life, at: when } = runOut(begin({ ...held, maxTimeMs: HOUR }, at(0)));
    assert.deepEqual([reason(life), when], ['TimeLimitExceeded', HOUR]);
  });

  it('stays ended: a renewal that comes after a kill changes nothing', () => {
    const killed = tell(begin(RECORD, at(0)), { kind: 'kill', by: 'admin' }, 5);
    assert.deepEqual(killed.record.ended, { reason: 'Killed', text: 'killed by admin', feature: null, at: WALL });
    for (const fact of [{ kind: 'heartbeat' }, { kind: 'time' }, { kind: 'kill', by: 'other' }] as const)
      assert.equal(tell(killed, fact, 10), killed);
  });

  it('names the feature that did not survive, and the instance that it was on', () => {
    const life = tell(begin(RECORD, at(0)), { kind: 'lost', feature: 'capture', from: 'b' }, 5);
    assert.deepEqual([life.record.ended?.reason, life.record.ended?.feature], ['StateLost', 'capture']);
    assert.match(life.record.ended?.text ?? '', /capture .* b /);
  });

  it('has to be written when it changes, and now and then where a deadline depends on how long it has run', () => {
    const fresh = { ...begin(RECORD, at(0)), dirty: false };
    assert.equal(time(fresh, 9_000).dirty, false);
    assert.equal(time(fresh, 10_000).dirty, true);
    assert.equal(time(fresh, 10_000).record.elapsedMs, 10_000);
    const used = { ...tell(fresh, { kind: 'heartbeat' }, 11_000), dirty: false };
    assert.equal(tell(used, { kind: 'heartbeat' }, 14_000).dirty, false, 'a heartbeat alone is not worth a writing');
  });

  it('says what ends it next, and in how long', () => {
    const life = begin({ ...RECORD, maxTimeMs: 200_000 }, at(0));
    assert.deepEqual(deadline(life, at(30_000)), { reason: 'SetupDeadlineExceeded', inMs: 150_000 });
    const used = tell(life, { kind: 'heartbeat' }, 179_000);
    assert.deepEqual(deadline(used, at(180_000)), { reason: 'TimeLimitExceeded', inMs: 20_000 });
    assert.equal(deadline(begin({ ...RECORD, hold: true, state: 'inUse' }, at(0)), at(1)), null);
  });

  it('forgives the silence of clients while this process itself did not run', () => {
    const used = tell(begin(RECORD, at(0)), { kind: 'heartbeat' }, 0);
    const woken = tell(used, { kind: 'stalled', ms: 60_000 }, 60_000);
    assert.equal(reason(time(woken, 60_001)), null);
    assert.equal(reason(time(woken, 90_000)), 'Unused');
  });
});

describe('a session that another instance takes over', () => {
  it('keeps its id and its start, has a new home, and counts on', () => {
    const life = resume({ ...RECORD, state: 'inUse', elapsedMs: 5000 }, 'b', at(1e9));
    assert.deepEqual(life.record, { ...RECORD, state: 'inUse', elapsedMs: 5000, home: 'b', takeovers: 1 });
    assert.equal(life.dirty, true);
    assert.equal(elapsed(life, at(1e9 + 700)), 5700);
  });

  it('gives its client the whole time again to find the new leader', () => {
    const used = resume({ ...RECORD, state: 'inUse' }, 'b', at(0));
    assert.equal(due(used), 30_000);
    const late = resume({ ...RECORD, elapsedMs: 179_900 }, 'b', at(0));
    assert.equal(reason(time(late, 29_999)), null);
    assert.equal(reason(time(late, 30_000)), 'SetupDeadlineExceeded');
  });

  it('is not written anew where the same instance goes on', () => {
    const life = resume({ ...RECORD, state: 'inUse' }, 'a', at(0));
    assert.deepEqual([life.dirty, life.record.takeovers], [false, 0]);
  });

  it('never ends before its time, whenever and however often it moves, and whatever the clocks of the instances say', () => {
    const stay = fc.record({ forMs: fc.integer({ min: 0, max: 90_000 }), origin: fc.integer({ min: 0, max: 1e12 }) });
    const beats = fc.boolean();
    fc.assert(
      fc.property(
        fc.array(stay, { minLength: 1, maxLength: 8 }),
        beats,
        fc.option(fc.integer({ min: 1000, max: 300_000 })),
        (stays, beating, maxTimeMs) => {
          let stored: SessionRecord = { ...RECORD, maxTimeMs };
          let truth = 0;
          let heardAt: number | null = null;
          let takenAt = 0;
          stays.forEach(({ forMs, origin }, nth) => {
            const own = (trueMs: number): Instant => at(origin + trueMs - takenAt);
            takenAt = truth;
            let life = nth === 0 ? begin(stored, own(truth)) : resume(stored, nth % 2 === 0 ? 'a' : 'b', own(truth));
            if (life.dirty) stored = life.record;
            const until = truth + forMs;
            for (; truth < until && stored.ended === null; truth += 500) {
              if (beating && truth % 3000 === 0) {
                life = step(life, { kind: 'heartbeat' }, own(truth), WALL);
                heardAt = truth;
              }
              life = step(life, { kind: 'time' }, own(truth), WALL);
              if (life.dirty) {
                stored = life.record;
                life = { ...life, dirty: false };
              }
            }
          });
          const { ended } = stored;
          if (ended === null) return;
          const when = truth - 500;
          if (ended.reason === 'TimeLimitExceeded') assert.ok(when >= (maxTimeMs ?? Number.POSITIVE_INFINITY));
          if (ended.reason === 'SetupDeadlineExceeded') assert.ok(when >= SETUP_MS && heardAt === null);
          if (ended.reason === 'Unused')
            assert.ok(when - (heardAt ?? Number.POSITIVE_INFINITY) >= 30_000 || when - takenAt >= 30_000);
        },
      ),
      { numRuns: 300 },
    );
  });
});
