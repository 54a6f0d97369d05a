import assert from 'node:assert/strict';
import type { JournalEntry, NewEntry } from '../../../core/api/journal.ts';
import { backOff } from '../../../alerts/back-off.ts';
import type { OpenJournal } from '../../../alerts/journal/journal.ts';
import { createQueue } from '../../../alerts/queue.ts';
import type { Queue, QueueOptions } from '../../../alerts/queue.ts';
import { GivenUp, TryLater } from '../../../alerts/sink.ts';
import type { Sink } from '../../../alerts/sink.ts';
import { events, journalRig, own } from './journal/rig.ts';
import { until } from '../../support/until.ts';

/** A receiver that does what the test says. */
function fakeSink(more: Partial<Sink> = {}) {
  const taken: number[] = [];
  const sink = {
    id: 'fake:1',
    kind: 'webhook' as const,
    target: '1',
    detail: 'fake',
    promised: true,
    taken,
    /** What the next deliveries answer; then all is well. */
    troubles: [] as Error[],
    down: false,
    wants: () => true,
    async deliver(entry: JournalEntry) {
      await Promise.resolve();
      if (sink.down) throw new Error('down');
      const trouble = sink.troubles.shift();
      if (trouble !== undefined) throw trouble;
      taken.push(entry.seq);
    },
    close: () => Promise.resolve(),
    ...more,
  };
  return sink;
}

describe('back-off', () => {
  it('doubles up to a minute, less up to half by chance, and minds what is asked for', () => {
    assert.deepEqual(
      [1, 2, 3, 7, 50].map((failures) => backOff(failures, 0)),
      [1000, 2000, 4000, 60_000, 60_000],
    );
    assert.equal(backOff(3, 1), 2000);
    assert.equal(backOff(1, 0, 5000), 5000);
    assert.equal(backOff(1, 0, 3_600_000), 60_000);
  });
});

describe('the queue of a receiver', () => {
  const rig = journalRig();
  let journal: OpenJournal;
  let queues: Queue[];
  let notes: NewEntry[];

  beforeEach(async () => {
    journal = await rig.open();
    queues = [];
    notes = [];
  });
  rig.atEnd(async () => {
    for (const queue of queues) await queue.stop();
  });

  function make(sink: Sink, more: Partial<QueueOptions> = {}): Queue {
    const note = (entry: NewEntry): void => void notes.push(entry);
    const queue = createQueue({ sink, journal, note, now: () => rig.now, pause: () => 1, ...more });
    queues.push(queue);
    journal.onEntry((entry) => queue.take(entry));
    queue.start();
    return queue;
  }
  const codes = (): string[] => notes.map((entry) => ('event' in entry ? '' : entry.reason.code));

  it('hands over what happens from its first start on, in order', async () => {
    await journal.appendAll(events(3));
    const sink = fakeSink();
    const queue = make(sink);
    assert.equal(queue.view().state, 'idle');
    await journal.append(own('a'));
    await Promise.all([journal.append(own('b')), journal.append(own('c'))]);
    await until('three', () => sink.taken.length === 3);
    assert.deepEqual(sink.taken, [4, 5, 6]);
    await until('counted', () => queue.view().queued === 0);
    const { state, sent, dropped, lastSentAt } = queue.view();
    assert.deepEqual([state, sent, dropped, lastSentAt], ['ok', 3, 0, '2026-11-21T12:00:00.000Z']);
  });

  it('loses nothing while its receiver is down, keeps the order, and says so once', async () => {
    const sink = fakeSink();
    const queue = make(sink);
    sink.down = true;
    for (let at = 0; at < 30; at += 1) await journal.appendAll(Array.from({ length: 10 }, () => own('x')));
    await until('noted', () => codes().includes('sinkFailing'));
    const { state, queued, lastError } = queue.view();
    assert.deepEqual([state, queued, lastError], ['failing', 300, 'down']);
    sink.down = false;
    await until('all', () => sink.taken.length === 300);
    assert.deepEqual(
      sink.taken,
      Array.from({ length: 300 }, (_, at) => at + 1),
    );
    await until('back', () => codes().includes('sinkBack'));
    assert.deepEqual(codes(), ['sinkFailing', 'sinkBack']);
  });

  it('goes on after a restart where it was, with what came meanwhile', async () => {
    const sink = fakeSink();
    const queue = make(sink);
    await journal.append(own('a'));
    await until('one', () => sink.taken.length === 1);
    sink.down = true;
    await journal.append(own('b'));
    await until('failing', () => queue.view().state === 'failing');
    await queue.stop();
    await journal.append(own('c'));
    await journal.close();
    journal = await rig.open();
    const again = fakeSink();
    const second = make(again);
    await until('both', () => again.taken.length === 2);
    assert.deepEqual(again.taken, [2, 3]);
    await until('counted', () => second.view().sent === 3);
  });

  it('keeps the place of a receiver that was never reached', async () => {
    const sink = fakeSink();
    sink.down = true;
    const queue = make(sink);
    await journal.append(own('a'));
    await until('failing', () => queue.view().state === 'failing');
    // Killed here: nothing is written any more.
    await journal.append(own('b'));
    const again = fakeSink();
    make(again);
    await until('both', () => again.taken.length === 2);
    assert.deepEqual(again.taken, [1, 2]);
  });

  it('is bounded: the oldest are dropped and counted', async () => {
    const sink = fakeSink();
    sink.down = true;
    const queue = make(sink, { most: 10 });
    for (let at = 0; at < 30; at += 1) await journal.append(own(`x${at}`));
    await until('dropped', () => queue.view().dropped === 20);
    assert.equal(queue.view().queued, 10);
    sink.down = false;
    await until('the rest', () => sink.taken.length === 10);
    assert.deepEqual(
      sink.taken,
      Array.from({ length: 10 }, (_, at) => at + 21),
    );
    assert.equal(codes().filter((code) => code === 'sinkDropped').length, 1);
  });

  it('counts what retention took before it was handed over', async () => {
    const sink = fakeSink();
    sink.down = true;
    const queue = make(sink);
    for (let at = 0; at < 30; at += 1) await journal.append(own(`x${at}`));
    await journal.retain(90, 5);
    sink.down = false;
    await until('the rest', () => sink.taken.length === 5);
    assert.deepEqual([sink.taken[0], queue.view().dropped], [26, 25]);
  });

  it('does not repeat what a receiver refuses for good', async () => {
    const sink = fakeSink();
    sink.troubles = [new GivenUp('status 400')];
    const queue = make(sink);
    await journal.appendAll(events(3));
    await until('the others', () => sink.taken.length === 2);
    assert.deepEqual(sink.taken, [2, 3]);
    assert.equal(queue.view().dropped, 1);
    assert.deepEqual(codes(), ['sinkRefused']);
  });

  it('waits as long as the receiver asks for', async () => {
    const asked: number[] = [];
    const sink = fakeSink();
    sink.troubles = [new TryLater('busy', 7000), new Error('down')];
    make(sink, { pause: (_, ms) => (asked.push(ms), 1) });
    await journal.append(own('a'));
    await until('taken', () => sink.taken.length === 1);
    assert.deepEqual(asked, [7000, 0]);
  });

  it('hands over only what is wanted, and remembers its place without it', async () => {
    const sink = fakeSink({ wants: ({ kind }) => kind === 'user' });
    const queue = make(sink);
    await journal.appendAll(events(20));
    await journal.append(own('a'));
    await until('one', () => sink.taken.length === 1);
    assert.deepEqual(sink.taken, [21]);
    assert.equal(queue.view().queued, 0);
  });

  it('does not tell a receiver of its own trouble, but of another one', async () => {
    const sink = fakeSink();
    make(sink);
    for (const name of ['fake:1', 'fake:2']) {
      const reason = { code: 'sinkFailing', text: 'x' };
      await journal.append({ kind: 'alert', severity: 'warning', reason, incident: null, details: { sink: name } });
    }
    await until('one', () => sink.taken.length === 1);
    assert.deepEqual(sink.taken, [2]);
  });

  it('takes many at once where the receiver can, and goes on behind those that it took', async () => {
    const sizes: number[] = [];
    const sink = fakeSink({
      async deliverAll(entries) {
        sizes.push(entries.length);
        const some = entries.slice(0, 20);
        sink.taken.push(...some.map(({ seq }) => seq));
        return some.length;
      },
    });
    make(sink);
    await journal.appendAll(events(120));
    await until('all', () => sink.taken.length === 120);
    assert.deepEqual(
      sink.taken,
      Array.from({ length: 120 }, (_, at) => at + 1),
    );
    assert.ok(Math.max(...sizes) <= 50);
  });

  it('repeats what may not have arrived', async () => {
    let doubt: (seqs: readonly number[]) => void = () => undefined;
    const sink = fakeSink({ onDoubt: (listener) => void (doubt = listener) });
    const queue = make(sink);
    await journal.appendAll(events(4));
    await until('four', () => sink.taken.length === 4);
    await until('counted', () => queue.view().queued === 0);
    doubt([3, 4]);
    await until('again', () => sink.taken.length === 6);
    assert.deepEqual(sink.taken, [1, 2, 3, 4, 3, 4]);
    assert.equal(queue.view().sent, 4);
  });

  it('gives up a delivery that never ends, and tries again', async () => {
    let calls = 0;
    const sink = fakeSink({
      async deliver(entry) {
        calls += 1;
        if (calls === 1) await new Promise(() => undefined);
        sink.taken.push(entry.seq);
      },
    });
    make(sink, { deliveryMs: 20 });
    await journal.append(own('a'));
    await until('taken', () => sink.taken.length === 1);
  });

  it('hands over a test at once, though others wait for the receiver', async () => {
    const sink = fakeSink();
    sink.down = true;
    const queue = make(sink, { pause: () => 3_600_000 });
    await journal.append(own('a'));
    await until('failing', () => queue.view().state === 'failing');
    const reason = { code: 'testAlert', text: 'test alert, asked for by anna' };
    const entry = await journal.append({ kind: 'alert', severity: 'info', reason, incident: null });
    assert.deepEqual(await queue.test(entry), { sink: 'fake:1', ok: false, text: 'down' });
    sink.down = false;
    const result = await queue.test(entry);
    assert.equal(result.ok, true);
    assert.match(result.text, /^taken \(\d+ ms\)$/);
    // The receiver is back: what waited goes out without waiting for the hour.
    await until('the rest', () => sink.taken.length === 2);
    assert.deepEqual(sink.taken, [2, 1]);
  });
});
