import assert from 'node:assert/strict';
import { type Instant, NEVER } from '../../../core/clock.ts';
import type { TrackPlan } from '../../../config/plan.ts';
import {
  type Tracks,
  abandoned,
  began,
  dueTracks,
  failedFor,
  newTracks,
  nextTrackAt,
  replanTracks,
  result,
  tracksStatus,
  weightOn,
} from '../../../monitors/tracks.ts';

const at = (ms: number): Instant => ms as Instant;

function plan(name: string, change: Partial<TrackPlan> = {}): TrackPlan {
  return {
    name,
    target: { type: 'ping', target: '203.0.113.1' },
    intervalMs: 1000,
    timeoutMs: 500,
    fall: 2,
    rise: 2,
    weight: 0,
    routers: [],
    ...change,
  };
}

const names = (plans: readonly TrackPlan[]): readonly string[] => plans.map((one) => one.name);

/** Checks of one track, each a second after the one before: S good, F bad. */
function checked(tracks: Tracks, name: string, results: string): Tracks {
  return results.split('').reduce((before, letter, n) => {
    const now = at(1000 * n);
    return result(began(before, name, now), name, letter === 'S', letter, now).tracks;
  }, tracks);
}

/** One track of this weight, after these results. */
const one = (weight: number, results: string, routers: readonly string[] = []): Tracks =>
  checked(newTracks([plan('gateway', { weight, routers })], at(0)), 'gateway', results);

describe('the schedule of tracks', () => {
  it('begins with every track at once', () => {
    assert.deepEqual(names(dueTracks(newTracks([plan('a'), plan('b')], at(5000)), at(5000))), ['a', 'b']);
  });

  it('does not drift: lateness of a check does not move the next ones', () => {
    let tracks = newTracks([plan('a')], at(0));
    for (const late of [0, 1040, 2070, 3010]) {
      assert.deepEqual(names(dueTracks(tracks, at(late))), ['a']);
      tracks = result(began(tracks, 'a', at(late)), 'a', true, '', at(late + 5)).tracks;
    }
    assert.equal(nextTrackAt(tracks), 4000);
    assert.deepEqual(dueTracks(tracks, at(3999)), []);
  });

  it('goes on with the next whole interval after a pause, and catches up on nothing', () => {
    const tracks = began(newTracks([plan('a')], at(0)), 'a', at(7300));
    assert.equal(nextTrackAt(result(tracks, 'a', true, '', at(7310)).tracks), 8000);
  });

  it('skips a check while the one before is still running, and does not count it', () => {
    let tracks = began(newTracks([plan('a')], at(0)), 'a', at(0));
    assert.deepEqual(dueTracks(tracks, at(1000)), []);
    assert.equal(nextTrackAt(tracks), NEVER);
    tracks = result(tracks, 'a', false, 'late', at(2500)).tracks;
    assert.equal(tracks[0]?.skipped, 2);
    assert.equal(tracks[0]?.threshold.failing, 1);
    assert.equal(nextTrackAt(tracks), 3000);
  });

  it('skips nothing where a check ended in time', () => {
    const tracks = result(began(newTracks([plan('a')], at(0)), 'a', at(0)), 'a', true, '', at(999)).tracks;
    assert.equal(tracks[0]?.skipped, 0);
  });

  it('has nothing due where there is no track', () => {
    assert.equal(nextTrackAt([]), NEVER);
  });

  it('takes no result that nobody waits for', () => {
    const tracks = newTracks([plan('a', { fall: 1 })], at(0));
    assert.equal(result(tracks, 'a', false, '', at(0)).changed, false);
    assert.equal(result(tracks, 'a', false, '', at(0)).tracks[0]?.threshold.up, null);
    assert.deepEqual(result(tracks, 'gone', false, '', at(0)).tracks, tracks);
  });

  it('does not count a check that could not be done', () => {
    const tracks = abandoned(began(newTracks([plan('a', { fall: 1 })], at(0)), 'a', at(0)), 'a', at(100));
    assert.equal(tracks[0]?.threshold.up, null);
    assert.equal(nextTrackAt(tracks), 1000);
  });

  it('tells when a track is decided or turns, and only then', () => {
    let tracks = newTracks([plan('a')], at(0));
    const told = 'SSSFFFSS'.split('').map((letter, n) => {
      const now = at(1000 * n);
      const outcome = result(began(tracks, 'a', now), 'a', letter === 'S', '', now);
      tracks = outcome.tracks;
      return outcome.changed ? '!' : '-';
    });
    assert.equal(told.join(''), '-!--!--!');
  });
});

describe('the weight of a track', () => {
  it('is taken while a negative one is down', () => {
    assert.equal(weightOn(one(-20, 'FF'), 'wan'), -20);
    assert.equal(weightOn(one(-20, 'FFSS'), 'wan'), 0);
  });

  it('is given while a positive one is up', () => {
    assert.equal(weightOn(one(20, 'SS'), 'wan'), 20);
    assert.equal(weightOn(one(20, 'SSFF'), 'wan'), 0);
  });

  it('is neither taken nor given until it is decided', () => {
    assert.equal(weightOn(one(-20, 'F'), 'wan'), 0);
    assert.equal(weightOn(one(20, 'S'), 'wan'), 0);
  });

  it('is for the routers that it is bound to, or for all', () => {
    assert.equal(weightOn(one(-20, 'FF', ['wan', 'lan']), 'wan'), -20);
    assert.equal(weightOn(one(-20, 'FF', ['wan', 'lan']), 'dmz'), 0);
    assert.equal(weightOn(one(-20, 'FF', []), 'dmz'), -20);
  });

  it('is added to the others', () => {
    let tracks = newTracks([plan('a', { weight: -30 }), plan('b', { weight: 10 }), plan('c', { weight: -5 })], at(0));
    tracks = checked(checked(checked(tracks, 'a', 'FF'), 'b', 'SS'), 'c', 'FF');
    assert.equal(weightOn(tracks, 'wan'), -25);
  });

  it('is nothing where it is 0: being down is a fault then', () => {
    assert.equal(weightOn(one(0, 'FF'), 'wan'), 0);
  });
});

describe('the fault track', () => {
  const failed = (tracks: Tracks, router: string | null): readonly string[] =>
    failedFor(tracks, router).map((track) => track.plan.name);

  it('stands while a track of weight 0 is down', () => {
    assert.deepEqual(failed(one(0, 'FF'), null), ['gateway']);
    assert.deepEqual(failed(one(0, 'FFSS'), null), []);
    assert.deepEqual(failed(one(-20, 'FF'), null), []);
  });

  it('does not stand until the track is decided', () => {
    assert.deepEqual(failed(one(0, ''), null), []);
    assert.deepEqual(failed(one(0, 'F'), null), []);
  });

  it("is the routers' where the track is bound to some, and the instance's otherwise", () => {
    const bound = one(0, 'FF', ['wan']);
    assert.deepEqual(failed(bound, null), []);
    assert.deepEqual(failed(bound, 'wan'), ['gateway']);
    assert.deepEqual(failed(bound, 'lan'), []);
    assert.deepEqual(failed(one(0, 'FF'), 'wan'), []);
  });
});

describe('tracks after a reload', () => {
  const before = one(0, 'FF');

  it('keep what is known of them, whatever has changed but their target', () => {
    const after = replanTracks(before, [plan('b'), plan('gateway', { weight: -5, fall: 4 })], at(1500));
    assert.equal(after[1]?.threshold.up, false);
    assert.equal(after[1]?.detail, 'F');
    assert.equal(nextTrackAt(after.slice(1)), 2000);
    assert.equal(after[0]?.threshold.up, null);
  });

  it('are unknown where the target is another', () => {
    const after = replanTracks(before, [plan('gateway', { target: { type: 'ping', target: '192.0.2.1' } })], at(1500));
    assert.equal(after[0]?.threshold.up, null);
    assert.deepEqual(names(dueTracks(after, at(1500))), ['gateway']);
  });

  it('take no result of a check that was begun for another target, and run no second one beside it', () => {
    const running = began(newTracks([plan('gateway', { fall: 1 })], at(0)), 'gateway', at(0));
    const target = { type: 'ping', target: '192.0.2.1' } as const;
    let tracks = replanTracks(running, [plan('gateway', { target, fall: 1 })], at(100));
    assert.deepEqual(dueTracks(tracks, at(100)), []);
    tracks = result(tracks, 'gateway', false, 'of the old one', at(200)).tracks;
    assert.equal(tracks[0]?.threshold.up, null);
    assert.deepEqual(names(dueTracks(tracks, at(200))), ['gateway']);
  });

  it('take the result of a check that was under way', () => {
    const running = began(newTracks([plan('gateway', { fall: 1 })], at(0)), 'gateway', at(0));
    const tracks = replanTracks(running, [plan('gateway', { fall: 1, weight: 10 })], at(100));
    assert.equal(result(tracks, 'gateway', false, '', at(200)).tracks[0]?.threshold.up, false);
  });

  it('are checked sooner at once where the interval is shorter', () => {
    const slow = newTracks([plan('gateway', { intervalMs: 60_000 })], at(0));
    const after = replanTracks(began(slow, 'gateway', at(0)), [plan('gateway')], at(500));
    assert.equal(nextTrackAt(result(after, 'gateway', true, '', at(600)).tracks), 1500);
  });
});

describe('the tracks of the status', () => {
  it('show what is known of each', () => {
    assert.deepEqual(tracksStatus(one(-20, 'SSF', ['wan'])), [
      {
        name: 'gateway',
        type: 'ping',
        up: true,
        failing: 1,
        rising: 0,
        weight: -20,
        routers: ['wan'],
        detail: 'F',
      },
    ]);
  });
});
