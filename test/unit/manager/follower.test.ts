import assert from 'node:assert/strict';
import type { JournalEntry, NewEntry } from '../../../core/api/journal.ts';
import type { TandemEvent } from '../../../core/event.ts';
import { engineEvents } from '../../../manager/engine-events.ts';
import type { Batch, Position } from '../../../manager/engine-events.ts';
import { createFollower, missedText } from '../../../manager/follower.ts';
import type { Follower } from '../../../manager/follower.ts';
import { until } from '../../../lab/clock.ts';
import { ApiRig, INFO } from '../daemon/api-rig.ts';

/** What a journal on disk does with events: each id once. */
class FakeJournal {
  readonly ids = new Set<string>();
  readonly events: TandemEvent[] = [];
  readonly notes: string[] = [];
  position: Position | null = null;
  batches = 0;
  failing = 0;

  appendAll = async (entries: readonly NewEntry[]): Promise<readonly JournalEntry[]> => {
    await Promise.resolve();
    if (this.failing-- > 0) throw new Error('disk full');
    this.batches++;
    for (const entry of entries) {
      if (!('event' in entry)) this.notes.push(entry.reason.text);
      else if (!this.ids.has(entry.event.id)) {
        this.ids.add(entry.event.id);
        this.events.push(entry.event);
        this.position = { log: entry.log ?? '', seq: entry.event.seq };
      }
    }
    return [];
  };
}

describe('the follower of the engine', () => {
  let rig: ApiRig;
  let journal: FakeJournal;
  const running: Follower[] = [];

  const follow = (socketPath = rig.socketPath): Follower => {
    const follower = createFollower({
      open: (from, signal): AsyncIterable<Batch> => engineEvents(socketPath, from, signal),
      journal,
      known: journal.position,
      onEvents: () => undefined,
      warn: () => undefined,
    });
    running.push(follower);
    follower.start();
    return follower;
  };
  const seqs = (): readonly number[] => journal.events.map(({ seq }) => seq);
  const has = (count: number): Promise<unknown> =>
    until(() => journal.events.length >= count || null, { what: `${count} events in the journal` });
  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);
  const append = (count: number): void => {
    for (let at = 0; at < count; at++) rig.log.append(INFO);
  };

  beforeEach(async () => {
    rig = new ApiRig();
    journal = new FakeJournal();
    await rig.api.start();
  });

  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
    await rig.remove();
  });

  it('writes every event once and in order, those that were there and those that come', async () => {
    append(1200);
    follow();
    await has(1200);
    append(3);
    await has(1203);
    assert.deepEqual(seqs(), numbers(1203));
    assert.deepEqual(journal.notes, []);
  });

  it('loses and repeats nothing when it ends between two events and another one begins', async () => {
    append(10);
    const first = follow();
    await has(10);
    await first.stop();
    append(10);
    follow();
    await has(20);
    assert.deepEqual(seqs(), numbers(20));
  });

  it('tries again until the journal takes what it has read', async () => {
    journal.failing = 2;
    append(5);
    follow();
    await has(5);
    assert.deepEqual(seqs(), numbers(5));
  });

  it('goes on with an engine that was started anew, whose numbers begin again', async () => {
    append(7);
    const first = follow();
    await has(7);
    await first.stop();
    const other = new ApiRig();
    await other.api.start();
    other.log.append(INFO);
    other.log.append(INFO);
    follow(other.socketPath);
    await has(9);
    assert.deepEqual(seqs(), [1, 2, 3, 4, 5, 6, 7, 1, 2]);
    assert.equal(journal.position?.log, other.log.id);
    assert.deepEqual(journal.notes, ['events were missed: what the engine before told after number 7']);
    await running.at(-1)?.stop();
    await other.remove();
  });

  it('says how many events are lost where the engine does not keep them any more', async () => {
    append(2);
    const first = follow();
    await has(2);
    await first.stop();
    append(5002);
    follow();
    await has(5002);
    assert.equal(journal.events[2]?.seq, 5);
    assert.deepEqual(journal.notes, ['events were missed: 2 between number 2 and 5']);
  });

  it('misses nothing where it has read one engine to its end and the next one from its beginning', () => {
    const from = { log: 'one', seq: 7 };
    assert.equal(missedText({ gap: true, log: 'two', first: 1, last: 3 }, from, true), null);
    assert.match(missedText({ gap: true, log: 'two', first: 9, last: 12 }, from, true) ?? '', /before number 9/);
    assert.equal(missedText({ gap: true, log: 'two', first: 1, last: 3 }, null, false), null);
  });
});
