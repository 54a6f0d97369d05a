import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry, JournalQuery } from '../../../../core/api/journal.ts';
import { event, events, journalRig, own } from './rig.ts';

const seqs = (entries: readonly JournalEntry[]): number[] => entries.map(({ seq }) => seq);

describe('the journal', () => {
  const rig = journalRig();

  it('numbers entries of engine and manager in one row, and goes on after a restart', async () => {
    const first = await rig.open();
    assert.deepEqual(seqs(await first.appendAll(events(3))), [1, 2, 3]);
    const mine = await first.append(own('anna logged in'));
    assert.deepEqual([mine.seq, mine.engineSeq, mine.instance, mine.at], [4, null, 'a', '2026-11-21T12:00:00.000Z']);
    await first.close();
    const second = await rig.open();
    assert.equal((await second.append({ event: event(4), log: 'L1' })).seq, 5);
    assert.deepEqual(seqs(second.query({ order: 'oldest' }).entries), [1, 2, 3, 4, 5]);
    assert.deepEqual(second.get(mine.id), mine);
    assert.equal(second.get('none'), null);
  });

  it('keeps every field of an event', async () => {
    const journal = await rig.open();
    const whole = event(7, {
      router: 'wan',
      from: 'standby',
      to: 'active',
      actionId: 'x',
      ended: 'done',
      incident: 'i',
    });
    const { seq: _, ...rest } = whole;
    assert.deepEqual(await journal.append({ event: whole }), { ...rest, seq: 1, engineSeq: 7 });
    assert.deepEqual(journal.get('e7'), { ...rest, seq: 1, engineSeq: 7 });
  });

  it('takes an event of the engine once, whether it comes again later, at the same time or in the same batch', async () => {
    const journal = await rig.open();
    const told: number[] = [];
    journal.onEntry(({ seq }) => told.push(seq));
    const one = { event: event(1), log: 'L1' };
    const answers = await Promise.all([journal.append(one), journal.append(one), journal.appendAll([one, one])]);
    assert.deepEqual(seqs(answers.flat()), [1, 1, 1, 1]);
    assert.equal((await journal.append(one)).seq, 1);
    assert.deepEqual(told, [1]);
  });

  it('knows after a restart where it ends in the log of the engine', async () => {
    const journal = await rig.open();
    assert.equal(journal.lastEngine(), null);
    await journal.appendAll(events(3));
    await journal.append({ event: event(1, { id: 'other' }), log: 'L2' });
    assert.deepEqual(journal.lastEngine(), { log: 'L2', seq: 1 });
    await journal.append(own('anna logged in'));
    await journal.close();
    assert.deepEqual((await rig.open()).lastEngine(), { log: 'L2', seq: 1 });
  });

  it('tells listeners in order, after the entry can be read, and survives one that throws', async () => {
    const journal = await rig.open();
    const told: number[] = [];
    journal.onEntry((entry) => {
      assert.deepEqual(journal.get(entry.id), entry);
      told.push(entry.seq);
    });
    const stop = journal.onEntry(() => told.push(-1));
    stop();
    await Promise.all([journal.appendAll(events(3)), journal.append(own('x')), journal.append(own('y'))]);
    assert.deepEqual(told, [1, 2, 3, 4, 5]);
  });

  it('is for the eyes of its user alone', async () => {
    await rig.open();
    assert.equal(statSync(rig.folder).mode & 0o777, 0o700);
    for (const file of ['data.mdb', 'lock.mdb']) assert.equal(statSync(join(rig.folder, file)).mode & 0o777, 0o600);
  });

  it('cuts a text that is too long for whoever it is sent to', async () => {
    const journal = await rig.open();
    const { reason } = await journal.append(own('😀'.repeat(10_000)));
    assert.ok(reason.text.length <= 4096 && reason.text.endsWith('😀…'));
  });
});

describe('a query of the journal', () => {
  const rig = journalRig();
  const KINDS = ['role', 'fault', 'peer'] as const;

  const filled = async () => {
    const journal = await rig.open();
    await journal.appendAll(
      events(30, (seq) => ({
        kind: KINDS[seq % 3]!,
        severity: seq % 10 === 0 ? 'critical' : 'info',
        instance: seq % 2 === 0 ? 'a' : 'b',
        incident: seq > 20 && seq <= 25 ? 'i1' : null,
        at: new Date(Date.parse('2026-11-01T00:00:00Z') + seq * 3_600_000 * 6).toISOString(),
        ...(seq % 7 === 0 ? { actionId: 'act' } : {}),
      })),
    );
    return journal;
  };

  const CASES: readonly (readonly [what: string, query: JournalQuery, seqs: readonly number[]])[] = [
    ['everything, newest first', { limit: 3 }, [30, 29, 28]],
    ['oldest first', { order: 'oldest', limit: 3 }, [1, 2, 3]],
    ['after a number', { after: 27, order: 'oldest' }, [28, 29, 30]],
    ['before a number', { before: 3 }, [2, 1]],
    ['between two', { after: 10, before: 13 }, [12, 11]],
    ['a kind', { kinds: ['fault'], limit: 3 }, [28, 25, 22]],
    ['two kinds in one order', { kinds: ['fault', 'peer'], limit: 5 }, [29, 28, 26, 25, 23]],
    ['two kinds, oldest first', { kinds: ['peer', 'fault'], order: 'oldest', limit: 4 }, [1, 2, 4, 5]],
    ['a severity', { severities: ['critical'] }, [30, 20, 10]],
    ['an instance', { instances: ['b'], limit: 2 }, [29, 27]],
    ['an incident', { incident: 'i1' }, [25, 24, 23, 22, 21]],
    ['an action', { actionId: 'act' }, [28, 21, 14, 7]],
    ['a text, without regard to case', { text: 'TEXT 1', order: 'oldest', limit: 2 }, [1, 10]],
    ['from a time', { from: '2026-11-08T06:00:00.000Z' }, [30, 29]],
    ['to a time', { to: '2026-11-01T12:00:00Z' }, [2, 1]],
    ['between times', { from: '2026-11-03T00:00:00Z', to: '2026-11-03T06:00:00Z' }, [9, 8]],
    ['a time with an offset', { from: '2026-11-08T13:00:00+01:00' }, [30]],
    ['a time that is none', { from: 'yesterday' }, []],
    ['several filters at once', { kinds: ['role'], instances: ['a'], severities: ['info'], before: 20 }, [18, 12, 6]],
    ['empty lists as no filter', { kinds: [], severities: [], limit: 1 }, [30]],
    ['a kind of which there is none', { kinds: ['drill'] }, []],
    ['an incident of which there is none', { incident: 'none' }, []],
    ['numbers beyond the journal', { after: 1000 }, []],
  ];

  it('finds by each filter what is asked for', async () => {
    const journal = await filled();
    for (const [what, query, expected] of CASES) assert.deepEqual(seqs(journal.query(query).entries), expected, what);
  });

  it('streams the same as it finds', async () => {
    const journal = await filled();
    for (const [what, query, expected] of CASES) {
      const found: number[] = [];
      for await (const { seq } of journal.stream(query)) found.push(seq);
      assert.deepEqual(found, expected, what);
    }
  });

  it('says whether there is more, and where', async () => {
    const journal = await filled();
    const first = journal.query({ kinds: ['fault'], limit: 4 });
    assert.deepEqual(
      [seqs(first.entries), first.more, first.next, first.first, first.last],
      [[28, 25, 22, 19], true, 16, 1, 30],
    );
    const second = journal.query({ kinds: ['fault'], before: first.next! + 1 });
    assert.deepEqual([seqs(second.entries), second.more, second.next], [[16, 13, 10, 7, 4, 1], false, null]);
    const empty = await rig.open().then((other) => other.query({ after: 30 }));
    assert.deepEqual([empty.entries, empty.more], [[], false]);
  });

  it('looks at a bounded number of entries, and can be gone on with', async () => {
    const journal = await rig.open();
    for (let at = 0; at < 12; at += 1) await journal.appendAll(Array.from({ length: 1000 }, () => own('nothing')));
    await journal.append(own('needle'));
    const page = journal.query({ text: 'needle', order: 'oldest' });
    assert.deepEqual([page.entries, page.more, page.next], [[], true, 10_001]);
    assert.deepEqual(seqs(journal.query({ text: 'needle', order: 'oldest', after: page.next! - 1 }).entries), [12_001]);
    const streamed: number[] = [];
    for await (const { seq } of journal.stream({ text: 'needle' })) streamed.push(seq);
    assert.deepEqual(streamed, [12_001]);
  });

  it('finds by time whatever the clock did meanwhile', async () => {
    const journal = await rig.open();
    const at = ['2026-11-20T10:00:00Z', '2031-01-01T00:00:00Z', '1970-01-01T00:00:05Z', '2026-11-20T11:00:00Z'];
    await journal.appendAll(events(4, (seq) => ({ at: at[seq - 1]! })));
    assert.deepEqual(seqs(journal.query({ from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' }).entries), [4, 1]);
    assert.deepEqual(seqs(journal.query({ to: '1999-01-01T00:00:00Z' }).entries), [3]);
  });

  it('ends a stream though entries go on coming', async () => {
    const journal = await rig.open();
    await journal.appendAll(events(5));
    let count = 0;
    for await (const _ of journal.stream({ order: 'oldest' })) {
      count += 1;
      await journal.append(own('meanwhile'));
    }
    assert.equal(count, 5);
  });
});

describe('retention of the journal', () => {
  const rig = journalRig();

  it('drops the oldest beyond a number, and numbers go on', async () => {
    const journal = await rig.open();
    await journal.appendAll(events(1800, () => ({ incident: 'i' })));
    assert.equal(await journal.retain(90, 100), 1700);
    const { entries, first, last } = journal.query({ order: 'oldest', incident: 'i', limit: 1 });
    assert.deepEqual([seqs(entries), first, last], [[1701], 1701, 1800]);
    assert.equal(journal.get('e1'), null);
    assert.equal(await journal.retain(90, 100), 0);
  });

  it('drops what is older than so many days, and knows its number when all are gone', async () => {
    const journal = await rig.open();
    await journal.appendAll(events(3));
    rig.now += 91 * 86_400_000;
    assert.equal(await journal.retain(90, 1000), 3);
    assert.deepEqual(journal.query({}), { entries: [], more: false, next: null, first: null, last: null });
    await journal.close();
    const again = await rig.open();
    assert.equal((await again.append(own('x'))).seq, 4);
    assert.deepEqual(again.lastEngine(), { log: 'L1', seq: 3 });
  });

  it('goes together with entries that come meanwhile', async () => {
    const journal = await rig.open();
    await journal.appendAll(events(3000));
    const dropping = journal.retain(90, 10);
    const added = await Promise.all(Array.from({ length: 20 }, (_, at) => journal.append(own(`x${at}`))));
    await dropping;
    assert.deepEqual(
      seqs(added),
      Array.from({ length: 20 }, (_, at) => 3001 + at),
    );
    await journal.retain(90, 10);
    assert.deepEqual(
      seqs(journal.query({ order: 'oldest' }).entries),
      Array.from({ length: 10 }, (_, at) => 3011 + at),
    );
  });
});
