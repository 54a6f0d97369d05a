import assert from 'node:assert/strict';
import { NEVER, later } from '../../../core/clock.ts';
import {
  BACKOFF_MOST,
  CALM,
  DRAIN_LIMIT,
  END_LIMIT,
  EXIT_LIMIT,
  START_LIMIT,
  START_TRIES,
  STOP_MARGIN,
  YOUNG,
  backOff,
  due,
  ticking,
} from '../../../daemon/guardian/life.ts';
import { Story } from './guardian-story.ts';

describe('the life of the engine', () => {
  it('starts the engine at once and lets it begin when the configuration is there', () => {
    const story = new Story();
    assert.deepEqual(story.fact({ kind: 'start' }), ['spawn 1']);
    assert.equal(due(story.state, story.now), NEVER);
    assert.deepEqual(story.after(150).fact({ kind: 'planned', realtime: true }), ['begin 1']);
    assert.equal(due(story.state, story.now), later(story.now, START_LIMIT));
  });

  it('ends the waiting engine and leaves with 2 when the configuration is wrong', () => {
    const story = new Story();
    story.fact({ kind: 'start' });
    assert.deepEqual(story.fact({ kind: 'unplannable', code: 2 }), ['kill 1']);
    assert.deepEqual(story.dies(), ['executeWill']);
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['finish 2']);
  });

  it('kills, executes the will and starts, in this order, when the engine is silent', () => {
    const story = new Story().running().will();
    assert.deepEqual(story.after(100).fact({ kind: 'time' }), ['drain']);
    assert.deepEqual(story.fact({ kind: 'drained' }), ['kill 1']);
    assert.deepEqual(story.fact({ kind: 'exited', generation: 1, text: 'the engine was ended by SIGKILL' }), []);
    assert.deepEqual(story.fact({ kind: 'closed', generation: 1 }), ['executeWill']);
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['spawn 2', 'begin 2']);
    const begin = story.told.find((effect) => effect.kind === 'begin' && effect.generation === 2);
    assert.equal(begin?.kind === 'begin' && begin.predecessor, 'the engine was silent for 100 ms and was killed');
  });

  it('executes the will as soon as the kernel takes the engine apart, after reading the channel, and starts only when it is gone', () => {
    const story = new Story().running().will();
    assert.deepEqual(story.fact({ kind: 'dying', generation: 1 }), ['kill 1', 'drain']);
    assert.deepEqual(story.will(2).fact({ kind: 'drained' }), ['executeWill']);
    assert.equal(story.state.holding, 2);
    assert.deepEqual(story.fact({ kind: 'willDone' }), []);
    assert.deepEqual(story.dies('the engine ended with exit code 7'), ['spawn 2', 'begin 2']);
    assert.deepEqual(
      story.told.filter((effect) => effect.kind === 'begin').map((effect) => effect.predecessor),
      [null, 'the engine ended with exit code 7'],
    );
  });

  it('waits for both the end of the process and the end of its channel', () => {
    const story = new Story().running();
    assert.deepEqual(story.fact({ kind: 'exited', generation: 1, text: 'gone' }), []);
    assert.equal(due(story.state, story.now), later(story.now, DRAIN_LIMIT));
    assert.deepEqual(story.will(3).fact({ kind: 'closed', generation: 1 }), ['executeWill']);
    assert.equal(story.state.holding, 3);
  });

  it('does not wait for ever for a channel that stays open', () => {
    const story = new Story().running();
    story.fact({ kind: 'exited', generation: 1, text: 'gone' });
    assert.deepEqual(story.wait(), ['executeWill']);
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['spawn 2', 'begin 2']);
    assert.deepEqual(story.fact({ kind: 'closed', generation: 1 }), []);
  });

  it('kills an engine that closes its channel', () => {
    const story = new Story().running();
    assert.deepEqual(story.fact({ kind: 'closed', generation: 1 }), ['kill 1']);
    assert.deepEqual(story.fact({ kind: 'exited', generation: 1, text: 'gone' }), ['executeWill']);
  });

  it('executes the will of a process that a kill does not end, but starts no other beside it', () => {
    const story = new Story().running().will();
    story.after(100).fact({ kind: 'time' });
    story.fact({ kind: 'drained' });
    assert.equal(due(story.state, story.now), later(story.now, END_LIMIT));
    assert.deepEqual(story.wait(), ['executeWill']);
    assert.deepEqual(story.fact({ kind: 'willDone' }), []);
    assert.equal(due(story.state, story.now), NEVER);
    story.fact({ kind: 'closed', generation: 1 });
    assert.deepEqual(story.fact({ kind: 'exited', generation: 1, text: 'gone' }), ['spawn 2', 'begin 2']);
  });

  it('ignores what another generation says', () => {
    const story = new Story().running();
    story.dies();
    story.fact({ kind: 'willDone' });
    assert.equal(story.generation, 2);
    for (const kind of ['tick', 'ready', 'stopped', 'closed', 'dying'] as const) {
      const before = story.state;
      assert.deepEqual(story.fact({ kind, generation: 1 }), []);
      assert.equal(story.state, before, kind);
    }
    story.fact({ kind: 'will', generation: 1, holding: 9, active: true, letGoMs: 9, hold: true });
    assert.equal(story.state.holding, 0);
  });

  it('gives one amnesty when the guardian itself was late, and no second one before a tick', () => {
    const story = new Story().running();
    assert.deepEqual(story.after(500).fact({ kind: 'time' }), ['drain']);
    assert.deepEqual(story.fact({ kind: 'drained' }), []);
    assert.equal(story.state.phase, 'running');
    assert.deepEqual(story.after(500).fact({ kind: 'time' }), ['drain']);
    assert.deepEqual(story.fact({ kind: 'drained' }), ['kill 1']);

    const other = new Story().running();
    other.after(500).fact({ kind: 'time' });
    other.fact({ kind: 'drained' });
    other.tick().after(5000).fact({ kind: 'time' });
    assert.deepEqual(other.fact({ kind: 'drained' }), []);
    assert.equal(other.state.phase, 'running');
  });

  it('believes a tick that was found in the channel', () => {
    const story = new Story().running();
    assert.deepEqual(story.after(100).fact({ kind: 'time' }), ['drain']);
    assert.deepEqual(story.tick().fact({ kind: 'drained' }), []);
    assert.equal(story.state.phase, 'running');
  });

  it('stretches the hang limit for the successor of an engine that was too slow', () => {
    const story = new Story().running();
    story.after(105).fact({ kind: 'time' });
    story.fact({ kind: 'drained' });
    story.dies();
    story.fact({ kind: 'willDone' });
    story.after(50).tick();
    for (let ms = 0; ms < YOUNG; ms += 10) story.after(10).tick();
    assert.equal(due(story.state, story.now), later(story.now, 315));
  });

  it('judges a young engine as one without real time: it runs its code for the first time', () => {
    const story = new Story().running(true, true);
    assert.ok(due(story.state, story.now) >= later(story.now, 1000));
    for (let ms = 0; ms < YOUNG; ms += 10) story.after(10).tick();
    assert.equal(due(story.state, story.now), later(story.now, 100));
  });

  it('allows a starting engine more time than a running one', () => {
    const story = new Story();
    story.fact({ kind: 'start' });
    story.fact({ kind: 'planned', realtime: true });
    story.after(START_LIMIT - 1).fact({ kind: 'time' });
    assert.equal(story.state.draining, false);
    assert.deepEqual(story.after(1).fact({ kind: 'time' }), ['drain']);
    assert.deepEqual(story.fact({ kind: 'drained' }), ['kill 1']);
  });

  it('restarts at once, then after 100 ms doubling to 10 s, and at once again after a minute of running', () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20].map(backOff), [
      0,
      100,
      200,
      400,
      800,
      1600,
      3200,
      6400,
      BACKOFF_MOST,
      BACKOFF_MOST,
      BACKOFF_MOST,
    ]);
    const story = new Story().running();
    story.dies();
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['spawn 2', 'begin 2']);
    story.tick().dies();
    assert.deepEqual(story.fact({ kind: 'willDone' }), []);
    assert.equal(due(story.state, story.now), later(story.now, 100));
    assert.deepEqual(story.wait(), ['spawn 3', 'begin 3']);
    story.tick().after(CALM).tick().dies();
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['spawn 4', 'begin 4']);
  });

  it('gives up with 1 when no engine was ever ready', () => {
    const story = new Story();
    story.fact({ kind: 'start' });
    story.fact({ kind: 'planned', realtime: true });
    for (let death = 1; death < START_TRIES; death += 1) {
      story.dies();
      if (story.fact({ kind: 'willDone' }).length === 0) story.wait();
    }
    assert.equal(story.generation, START_TRIES);
    story.dies();
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['finish 1']);
  });

  it('leaves with 1 and one sentence when the first engine says that it cannot work', () => {
    const story = new Story();
    story.fact({ kind: 'start' });
    story.fact({ kind: 'planned', realtime: true });
    assert.deepEqual(story.fact({ kind: 'fatal', generation: 1, text: 'socket in use' }), ['kill 1']);
    story.dies();
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['finish 1']);
    const said = story.told.filter((effect) => effect.kind === 'say').map((effect) => effect.text);
    assert.deepEqual(said, ['socket in use']);
  });

  it('tries again when an engine says so after the daemon was ready', () => {
    const story = new Story().running().will();
    story.fact({ kind: 'fatal', generation: 1, text: 'socket in use' });
    assert.deepEqual(story.dies(), ['executeWill']);
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['spawn 2', 'begin 2']);
  });

  it('lets the engine stop by itself, and executes no will after it said that it did', () => {
    const story = new Story().running().will();
    assert.deepEqual(story.fact({ kind: 'terminate' }), ['sendStop 1']);
    assert.equal(story.state.deadline, later(story.now, 200 + STOP_MARGIN));
    assert.deepEqual(story.fact({ kind: 'terminate' }), [], 'a second signal changes nothing');
    story.fact({ kind: 'stopped', generation: 1 });
    assert.equal(story.state.holding, 0);
    story.dies('the engine ended with exit code 0');
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['finish 0']);
    assert.equal(
      story.told.some((effect) => effect.kind === 'say'),
      false,
    );
  });

  it('executes the will of an engine that does not stop in time', () => {
    const story = new Story().running().will();
    story.fact({ kind: 'terminate' });
    for (let t = 0; t < 200 + STOP_MARGIN; t += 50) story.after(50).tick();
    assert.deepEqual(story.fact({ kind: 'time' }), ['kill 1']);
    assert.deepEqual(story.dies(), ['executeWill']);
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['finish 0']);
  });

  it('does not wait for an engine that hangs while it stops', () => {
    const story = new Story().running().will();
    story.fact({ kind: 'terminate' });
    assert.deepEqual(story.wait(), ['drain']);
    assert.deepEqual(story.fact({ kind: 'drained' }), ['kill 1']);
  });

  it('ends an engine that stopped but does not leave', () => {
    const story = new Story().running();
    story.fact({ kind: 'terminate' });
    story.fact({ kind: 'stopped', generation: 1 });
    assert.equal(due(story.state, story.now), later(story.now, EXIT_LIMIT));
    assert.deepEqual(story.wait(), ['kill 1']);
  });

  it('finishes the will first when it is told to stop in the middle of one', () => {
    const story = new Story().running().will();
    story.dies();
    assert.deepEqual(story.fact({ kind: 'terminate' }), []);
    assert.deepEqual(story.fact({ kind: 'willDone' }), ['finish 0']);
  });

  it('leaves at once between two engines, and before the configuration is there', () => {
    const waiting = new Story().running();
    waiting.dies();
    waiting.fact({ kind: 'willDone' });
    waiting.tick().dies();
    waiting.fact({ kind: 'willDone' });
    assert.deepEqual(waiting.fact({ kind: 'terminate' }), ['finish 0']);

    const early = new Story();
    early.fact({ kind: 'start' });
    assert.deepEqual(early.fact({ kind: 'terminate' }), ['kill 1']);
    assert.deepEqual(early.fact({ kind: 'planned', realtime: true }), []);
    early.dies();
    assert.deepEqual(early.fact({ kind: 'willDone' }), ['finish 0']);
  });

  it('tells only the first readiness as such', () => {
    const story = new Story().running();
    story.dies();
    story.fact({ kind: 'willDone' });
    story.fact({ kind: 'ready', generation: 2 });
    const ready = story.told.filter((effect) => effect.kind === 'ready').map((effect) => effect.first);
    assert.deepEqual(ready, [true, false]);
  });

  it('counts as ticking only within the hang limit', () => {
    const story = new Story().running(false);
    assert.equal(ticking(story.state, later(story.now, 1000)), true);
    assert.equal(ticking(story.state, later(story.now, 1001)), false);
    story.dies();
    assert.equal(ticking(story.state, story.now), false);
  });
});
