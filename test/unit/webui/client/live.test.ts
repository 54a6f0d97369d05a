import assert from 'node:assert/strict';
import type { JournalEntry } from '../../../../core/api/journal.ts';
import { createSseReader } from '../../../../webui/client/live/sse.ts';
import { createSampleRing, KEPT_SAMPLES } from '../../../../webui/client/live/samples.ts';
import { KEPT, NOTHING, merge, reduce } from '../../../../webui/client/live/state.ts';
import type { LiveEvent, LiveState } from '../../../../webui/client/live/state.ts';
import { entry as sampleEntry } from '../../../support/sample-entry.ts';
import { sampleSnapshot } from '../../../support/sample-stack.ts';

const snapshot = sampleSnapshot();
const after = (...events: readonly LiveEvent[]): LiveState => events.reduce(reduce, NOTHING);
const first: LiveEvent = { kind: 'snapshot', snapshot, at: 1000 };
const entry = (seq: number): JournalEntry => ({ ...sampleEntry(), id: `e${seq}`, seq });

describe('the live state of the page', () => {
  it('is connecting, then live with the first snapshot', () => {
    assert.equal(after({ kind: 'opening' }).contact, 'connecting');
    assert.equal(after({ kind: 'opening' }, { kind: 'heartbeat', at: 500 }).contact, 'connecting');
    const state = after({ kind: 'opening' }, first);
    assert.deepEqual([state.contact, state.heardAt, state.snapshot], ['live', 1000, snapshot]);
  });

  it('takes a patch that fits, and keeps the samples', () => {
    const patch = { base: 1, rev: 2, at: '2026-11-21T01:00:01.000Z', patch: { headline: { canLose: 0 } } };
    const state = after(first, { kind: 'patch', patch, at: 2000 });
    assert.equal(state.snapshot?.headline.canLose, 0);
    assert.equal(state.snapshot?.headline.text, snapshot.headline.text);
    assert.equal(state.snapshot?.rev, 2);
    assert.equal(state.snapshot?.samples, snapshot.samples);
  });

  it('wants the snapshot again where a patch is missing, and takes no patch twice', () => {
    const patch = { base: 4, rev: 5, at: '', patch: { rev: 5 } };
    const gap = after(first, { kind: 'patch', patch, at: 2000 });
    assert.deepEqual([gap.stale, gap.snapshot], [true, snapshot]);
    assert.equal(reduce(gap, { ...first, at: 3000 }).stale, false);
    const old = after(first, { kind: 'patch', patch: { ...patch, base: 0, rev: 1 }, at: 2000 });
    assert.deepEqual([old.stale, old.snapshot], [false, snapshot]);
  });

  it('keeps what it knew when it is disconnected, and since when that is', () => {
    const state = after(first, { kind: 'lost', at: 5000 }, { kind: 'lost', at: 7000 }, { kind: 'heartbeat', at: 8000 });
    assert.deepEqual(
      [state.contact, state.lostAt, state.heardAt, state.snapshot],
      ['disconnected', 5000, 1000, snapshot],
    );
    const back = reduce(state, { ...first, at: 9000 });
    assert.deepEqual([back.contact, back.lostAt], ['live', null]);
  });

  it('is delayed by polling until a stream speaks', () => {
    const polled = after({ ...first, polled: true });
    assert.equal(polled.contact, 'delayed');
    assert.equal(reduce(polled, { kind: 'entry', entry: entry(1), at: 2000 }).contact, 'delayed');
    assert.equal(reduce(polled, { ...first, at: 2000 }).contact, 'live');
  });

  it('keeps the newest entries, each once, newest first', () => {
    const tell = (seq: number): LiveEvent => ({ kind: 'entry', entry: entry(seq), at: 1 });
    assert.deepEqual(
      after(first, tell(2), tell(1), tell(3), tell(2)).entries.map(({ seq }) => seq),
      [3, 2, 1],
    );
    const many = after(first, ...Array.from({ length: KEPT + 5 }, (_, index) => tell(index + 1)));
    assert.deepEqual([many.entries.length, many.entries[0]?.seq], [KEPT, KEPT + 5]);
  });
});

describe('a merge patch', () => {
  it('merges objects and replaces everything else', () => {
    assert.deepEqual(merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: null }), {
      a: { b: 1, c: [3] },
      d: null,
    });
    assert.deepEqual(merge(null, { a: 1 }), { a: 1 });
    assert.deepEqual(merge({ a: 1 }, [2]), [2]);
  });

  it('does not touch what all objects share', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true},"a":1}') as unknown;
    assert.deepEqual(merge({}, patch), { a: 1 });
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});

describe('the reader of server-sent events', () => {
  it('puts messages together from pieces of any size', () => {
    const text = 'retry: 2000\nevent: snapshot\ndata: {"a":1}\n\nid: 7\r\nevent: event\r\ndata: x\r\ndata: y\r\n\r\n';
    for (const size of [1, 3, 7, 1000]) {
      const read = createSseReader();
      const found = (text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []).flatMap((piece) => [...read(piece)]);
      assert.deepEqual(
        found,
        [
          { event: 'snapshot', data: '{"a":1}' },
          { event: 'event', data: 'x\ny' },
        ],
        `in pieces of ${size}`,
      );
    }
  });

  it('passes over heartbeats, and takes a colon within the data as it is', () => {
    const read = createSseReader();
    assert.deepEqual(read(': still here\n\n'), []);
    assert.deepEqual(read('data:at: 12:30\n\n'), [{ event: 'message', data: 'at: 12:30' }]);
  });

  it('gives up on a line without an end', () => {
    const read = createSseReader();
    assert.throws(() => {
      for (let piece = 0; piece < 20; piece += 1) read('x'.repeat(1024 * 1024));
    }, /a line without an end/);
  });
});

describe('the ring of samples', () => {
  it('keeps fifteen minutes, takes no second twice, and tells who listens', () => {
    const ring = createSampleRing();
    let told = 0;
    const stop = ring.onChange(() => (told += 1));
    const sample = (second: number) => ({ at: new Date(second * 1000).toISOString(), bps: second, averageBps: null });
    ring.replace(Array.from({ length: KEPT_SAMPLES + 10 }, (_, second) => sample(second)));
    assert.deepEqual([ring.list().length, ring.list()[0]?.bps], [KEPT_SAMPLES, 10]);
    ring.add(sample(KEPT_SAMPLES + 9));
    ring.add(sample(KEPT_SAMPLES + 10));
    assert.deepEqual([ring.list().length, ring.list().at(-1)?.bps, told], [KEPT_SAMPLES, KEPT_SAMPLES + 10, 2]);
    stop();
    ring.add(sample(KEPT_SAMPLES + 11));
    assert.equal(told, 2);
  });
});
