import assert from 'node:assert/strict';
import { later } from '../../../core/clock.ts';
import {
  END_LIMIT,
  HOLD_BACKOFF_MOST,
  HOLD_LIMIT,
  HOLD_MARGIN,
  HOLD_STARTS,
  START_TRIES,
  due,
  serving,
} from '../../../daemon/guardian/life.ts';
import { Story } from './guardian-story.ts';

const begins = (story: Story) => story.told.filter((effect) => effect.kind === 'begin');
const inVain = (story: Story) =>
  story.told.filter((effect) => effect.kind === 'executeWill').map((effect) => effect.inVain);

/** An engine that held something has just died, and the next one was started. */
function held(): Story {
  const story = new Story().running().active(true);
  assert.deepEqual(story.dies(), ['holdWill', 'spawn 2', 'begin 2']);
  return story;
}

/** Lets what ends at its deadline end there: the engine is killed, and its end is reported. */
function endsInTime(story: Story): readonly string[] {
  const said = [...story.wait()];
  assert.deepEqual(said, ['drain']);
  said.push(...story.fact({ kind: 'drained' }));
  return [...said, ...story.dies()];
}

describe('a will that is held', () => {
  it('keeps nobody waiting: the next engine is started in the same step, and may adopt for a little less than the limit', () => {
    const story = held();
    assert.equal(begins(story)[1]?.adoptMs, HOLD_LIMIT - HOLD_MARGIN);
    assert.equal(begins(story)[1]?.resigned, false);
    assert.equal(story.state.phase, 'loading');
    assert.equal(due(story.state, story.now), later(story.now, HOLD_LIMIT));
  });

  it('ends when the new engine has adopted it: nothing is resigned, and that is no flap', () => {
    const story = held();
    story.tick().active(true);
    assert.deepEqual(story.fact({ kind: 'adopted', generation: 2 }), ['endHold']);
    assert.deepEqual(story.fact({ kind: 'adopted', generation: 2 }), [], 'once');
    assert.deepEqual(story.fact({ kind: 'ready', generation: 2 }), ['ready']);
    for (let t = 0; t < 2 * HOLD_LIMIT; t += 50) story.after(50).tick();
    assert.deepEqual(story.fact({ kind: 'time' }), []);
    assert.deepEqual(inVain(story), []);
    assert.equal(
      story.told.some((effect) => effect.kind === 'flap'),
      false,
    );
  });

  it('is followed by the will of the engine that adopted it', () => {
    const resigning = held();
    resigning.tick().active(false);
    resigning.fact({ kind: 'adopted', generation: 2 });
    assert.deepEqual(resigning.dies(), ['executeWill', 'flap']);
    assert.deepEqual(inVain(resigning), [false]);

    const again = held();
    again.tick().active(true);
    again.fact({ kind: 'adopted', generation: 2 });
    assert.deepEqual(again.dies(), ['holdWill']);
    assert.equal(again.state.held?.until, later(again.now, HOLD_LIMIT), 'a limit of its own');
    assert.deepEqual(again.wait(), ['spawn 3', 'begin 3']);
  });

  it('goes on when an engine dies before it has adopted, whatever that one had willed', () => {
    const story = held();
    const until = story.state.held?.until;
    story.active(false);
    assert.deepEqual(story.dies(), []);
    assert.equal(story.state.phase, 'waiting');
    assert.equal(story.state.held?.until, until, 'the limit is not moved');
    assert.deepEqual(story.after(100).fact({ kind: 'time' }), ['spawn 3', 'begin 3']);
    assert.equal(begins(story)[2]?.adoptMs, HOLD_LIMIT - HOLD_MARGIN - 100);
    story.tick();
    assert.deepEqual(story.fact({ kind: 'adopted', generation: 3 }), ['endHold']);
  });

  it('is given up when three engines have ended without adopting it, which is a flap', () => {
    const story = held();
    for (let failed = 1; failed < HOLD_STARTS; failed += 1) {
      assert.deepEqual(story.dies(), []);
      story.wait();
    }
    assert.equal(story.generation, 1 + HOLD_STARTS);
    assert.deepEqual(story.dies(), ['executeWill', 'flap']);
    assert.deepEqual(inVain(story), [true]);
    assert.equal(story.state.held, null);
    story.fact({ kind: 'willDone' });
    story.wait();
    assert.equal(begins(story).at(-1)?.adoptMs, null);
    assert.equal(begins(story).at(-1)?.resigned, true);
  });

  it('is given up when its time is over, after the engine that still loads was killed', () => {
    const story = held();
    assert.deepEqual(endsInTime(story), ['drain', 'kill 2', 'executeWill', 'flap']);
    assert.deepEqual(inVain(story), [true]);
    assert.deepEqual(story.fact({ kind: 'adopted', generation: 2 }), [], 'its word comes too late');
    assert.equal(story.state.phase, 'executing');
  });

  it('is given up when its time is over although the engine ticks', () => {
    const story = held();
    for (let t = 0; t < HOLD_LIMIT; t += 50) story.after(50).tick();
    assert.deepEqual(endsInTime(story), ['drain', 'kill 2', 'executeWill', 'flap']);
  });

  it('believes the word that is found in the channel at the last moment, and after the kill', () => {
    const inTime = held();
    assert.deepEqual(inTime.wait(), ['drain']);
    assert.deepEqual(inTime.fact({ kind: 'adopted', generation: 2 }), ['endHold']);
    assert.deepEqual(inTime.fact({ kind: 'drained' }), []);
    assert.equal(inTime.state.phase, 'loading');

    const killed = held();
    killed.wait();
    killed.fact({ kind: 'drained' });
    killed.active(false);
    assert.deepEqual(killed.fact({ kind: 'adopted', generation: 2 }), ['endHold']);
    assert.deepEqual(killed.dies(), ['executeWill', 'flap']);
    assert.deepEqual(inVain(killed), [false], 'the will of the engine that had adopted');
  });

  it('is given up between two engines too', () => {
    const story = held();
    story.after(HOLD_LIMIT - 10);
    assert.deepEqual(story.dies(), []);
    assert.deepEqual(story.wait(), ['executeWill', 'flap']);
    assert.deepEqual(inVain(story), [true]);
  });

  it('waits no longer for a start than its limit allows tries, however long the row of restarts is', () => {
    const story = new Story().running().active(true);
    for (let death = 0; death < 12; death += 1) {
      if (story.dies().length === 1) story.wait();
      story.tick().active(true);
      story.fact({ kind: 'adopted', generation: story.generation });
    }
    story.dies();
    assert.equal(story.state.deadline, later(story.now, HOLD_BACKOFF_MOST));
  });

  it('starts no engine beside a process that a kill does not end, and is given up without one', () => {
    const story = new Story().running().active(true);
    assert.deepEqual(story.fact({ kind: 'dying', generation: 1 }), ['kill 1', 'drain']);
    assert.deepEqual(story.fact({ kind: 'drained' }), ['holdWill']);
    assert.deepEqual(story.wait(), ['executeWill', 'flap']);
    assert.deepEqual(story.fact({ kind: 'willDone' }), []);
    story.fact({ kind: 'closed', generation: 1 });
    const gone = story.fact({ kind: 'exited', generation: 1, text: 'gone' });
    assert.deepEqual(gone, ['spawn 2', 'begin 2']);
  });

  it('starts the next engine when the dying one is gone', () => {
    const story = new Story().running().active(true);
    story.fact({ kind: 'dying', generation: 1 });
    assert.deepEqual(story.fact({ kind: 'drained' }), ['holdWill']);
    assert.deepEqual(story.fact({ kind: 'exited', generation: 1, text: 'gone' }), ['spawn 2', 'begin 2']);
    assert.deepEqual(story.fact({ kind: 'closed', generation: 1 }), []);
  });

  it('is over when another router was heard for all of it: the engine goes on, and nothing is resigned', () => {
    const story = held();
    assert.deepEqual(story.fact({ kind: 'yielded' }), []);
    assert.deepEqual(story.fact({ kind: 'adopted', generation: 2 }), []);
    story.tick();
    for (let t = 0; t < HOLD_LIMIT; t += 50) story.after(50).tick();
    assert.deepEqual(story.fact({ kind: 'time' }), []);
    assert.deepEqual(story.dies(), ['executeWill'], 'an empty will, and no flap');
  });

  it('is resigned before the daemon leaves: while an engine loads, while it ticks, and between two', () => {
    const loading = held();
    assert.deepEqual(loading.fact({ kind: 'terminate' }), ['kill 2']);
    assert.deepEqual(loading.dies(), ['executeWill', 'flap']);
    assert.deepEqual(loading.fact({ kind: 'willDone' }), ['finish 0']);

    const ticking = held().tick();
    assert.deepEqual(ticking.fact({ kind: 'terminate' }), ['kill 2']);
    assert.deepEqual(ticking.dies(), ['executeWill', 'flap']);
    assert.deepEqual(inVain(ticking), [true]);

    const between = held();
    between.dies();
    assert.deepEqual(between.fact({ kind: 'terminate' }), ['executeWill', 'flap']);
    assert.deepEqual(between.fact({ kind: 'willDone' }), ['finish 0']);
  });

  it('is no matter for an engine that dies while it stops: nobody comes after it', () => {
    const story = new Story().running().active(true);
    assert.deepEqual(story.fact({ kind: 'terminate' }), ['sendStop 1']);
    assert.deepEqual(story.dies(), ['executeWill', 'flap']);
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['finish 0']);
  });

  it('is not made for an engine of a daemon that was never ready', () => {
    const story = new Story();
    story.fact({ kind: 'start' });
    story.fact({ kind: 'planned', realtime: true });
    for (let death = 1; death < START_TRIES; death += 1) {
      assert.deepEqual(story.active(true).dies(), ['executeWill', 'flap']);
      if (story.fact({ kind: 'willDone' }).length === 0) story.wait();
    }
    story.active(true).dies();
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['finish 1']);
  });

  it('counts as serving, as an engine does that ticks; a resignation and a start do not', () => {
    const story = new Story().running().active(true);
    assert.equal(serving(story.state, story.now), true);
    story.dies();
    assert.equal(serving(story.state, later(story.now, HOLD_LIMIT - 1)), true);
    story.fact({ kind: 'adopted', generation: 2 });
    assert.equal(serving(story.state, story.now), false, 'it has not ticked');
    const resigning = new Story().running().active(false);
    resigning.dies();
    assert.equal(serving(resigning.state, resigning.now), false);
  });

  it('survives an engine that hangs: killed, held, and started again', () => {
    const story = new Story().running().active(true);
    story.after(100).fact({ kind: 'time' });
    assert.deepEqual(story.fact({ kind: 'drained' }), ['kill 1']);
    assert.equal(due(story.state, story.now), later(story.now, END_LIMIT));
    assert.deepEqual(story.dies(), ['holdWill', 'spawn 2', 'begin 2']);
  });
});

describe('a resignation in place of an engine', () => {
  it('is a flap and is told to the next engine, where a router was active', () => {
    const story = new Story().running().active(false);
    assert.deepEqual(story.dies(), ['executeWill', 'flap']);
    story.fact({ kind: 'willDone' });
    assert.deepEqual(
      begins(story).map((effect) => [effect.resigned, effect.adoptMs]),
      [
        [false, null],
        [true, null],
      ],
    );
    assert.deepEqual(story.dies(), ['executeWill'], 'the next one had nothing');
    story.wait();
    story.fact({ kind: 'willDone' });
    story.wait();
    assert.equal(begins(story).at(-1)?.resigned, false);
  });

  it('is none where its routers only let go, or the engine had resigned by itself', () => {
    const lettingGo = new Story().running().will();
    assert.deepEqual(lettingGo.dies(), ['executeWill']);
    const stopped = new Story().running().active(true);
    stopped.fact({ kind: 'terminate' });
    stopped.fact({ kind: 'stopped', generation: 1 });
    assert.deepEqual(stopped.dies(), ['executeWill']);
  });
});
