import assert from 'node:assert/strict';
import type { Clock, Instant } from '../../../core/clock.ts';
import type { EventBody, TandemEvent } from '../../../core/event.ts';
import { createEventLog, incidentOf } from '../../../daemon/engine/event-log.ts';

const INFO: EventBody = { kind: 'address', severity: 'info', reason: { code: 'addressesTaken', count: 1 } };
const WARNING: EventBody = {
  kind: 'advert',
  severity: 'warning',
  reason: { code: 'sendFailed', interface: 'eth2', error: 'ENETDOWN' },
};
const ROLE: EventBody = { kind: 'role', severity: 'info', reason: { code: 'started', priority: 200 } };

class HandClock implements Clock {
  ms = 0;
  now(): Instant {
    return this.ms as Instant;
  }
  wall(): number {
    return 1_700_000_000_000 + this.ms;
  }
}

const at = (ms: number): Instant => ms as Instant;

describe('incidentOf', () => {
  const open = { id: 'i1', lastAt: at(1000) };
  const table = [
    { name: 'an info event opens none', open: null, event: INFO, now: 0, expected: null },
    { name: 'a warning opens one', open: null, event: WARNING, now: 5, expected: { id: 'new', lastAt: 5 } },
    {
      name: 'a change of role opens one, however quiet',
      open: null,
      event: ROLE,
      now: 5,
      expected: { id: 'new', lastAt: 5 },
    },
    {
      name: 'an info event belongs to an open one',
      open,
      event: INFO,
      now: 2000,
      expected: { id: 'i1', lastAt: 2000 },
    },
    {
      name: 'ten seconds after its last event still',
      open,
      event: INFO,
      now: 11_000,
      expected: { id: 'i1', lastAt: 11_000 },
    },
    { name: 'later an info event is outside', open, event: INFO, now: 11_001, expected: null },
    {
      name: 'later a warning opens the next',
      open,
      event: WARNING,
      now: 11_001,
      expected: { id: 'new', lastAt: 11_001 },
    },
  ];
  for (const row of table) {
    it(row.name, () =>
      assert.deepEqual(
        incidentOf(row.open, row.event, at(row.now), () => 'new'),
        row.expected,
      ),
    );
  }
});

describe('the event log', () => {
  it('numbers events from one and writes them as the contract says', () => {
    const clock = new HandClock();
    const log = createEventLog({ instance: 'a', clock });
    const event = log.append({ ...ROLE, router: 'wan', actionId: 'x', ended: 'done' });
    assert.deepEqual(
      { ...event, id: '', incident: '' },
      {
        id: '',
        seq: 1,
        at: '2023-11-14T22:13:20.000Z',
        instance: 'a',
        kind: 'role',
        severity: 'info',
        reason: { code: 'started', text: 'started at priority 200, listening for another' },
        incident: '',
        router: 'wan',
        actionId: 'x',
        ended: 'done',
      },
    );
    assert.equal(log.append(INFO).seq, 2);
    assert.equal(log.last, 2);
  });

  it('leaves out what an event has not', () => {
    const log = createEventLog({ instance: 'a', clock: new HandClock() });
    assert.deepEqual(Object.keys(log.append(INFO)), [
      'id',
      'seq',
      'at',
      'instance',
      'kind',
      'severity',
      'reason',
      'incident',
    ]);
  });

  it('gives causes and effects of one failover the same incident, and the next failover another', () => {
    const clock = new HandClock();
    const log = createEventLog({ instance: 'a', clock });
    const first = [WARNING, ROLE, INFO].map((body) => ((clock.ms += 100), log.append(body).incident));
    clock.ms += 60_000;
    assert.equal(log.append(INFO).incident, null);
    assert.equal(new Set(first).size, 1);
    assert.notEqual(log.append(ROLE).incident, first[0]);
  });

  it('keeps the newest events and says when some asked for are gone', () => {
    const log = createEventLog({ instance: 'a', clock: new HandClock(), limit: 3 });
    const seqs = (events: readonly TandemEvent[]): number[] => events.map((e) => e.seq);
    assert.deepEqual(log.after(0), { gap: false, events: [] });
    for (let i = 0; i < 5; i++) log.append(INFO);
    assert.equal(log.first, 3);
    assert.deepEqual(seqs(log.after(2).events), [3, 4, 5]);
    assert.equal(log.after(2).gap, false);
    assert.equal(log.after(1).gap, true);
    assert.deepEqual(seqs(log.after(1).events), [3, 4, 5]);
    assert.deepEqual(seqs(log.after(2, 2).events), [3, 4]);
    assert.deepEqual(log.after(5), { gap: false, events: [] });
    assert.deepEqual(seqs(log.latest(2)), [4, 5]);
    assert.deepEqual(seqs(log.latest(100)), [3, 4, 5]);
    assert.deepEqual(seqs(log.latest(0)), []);
  });

  it('takes a number from the future for one of another log', () => {
    const log = createEventLog({ instance: 'a', clock: new HandClock() });
    log.append(INFO);
    const { gap, events } = log.after(7000);
    assert.deepEqual([gap, events.length], [true, 1]);
  });

  it('tells subscribers of every event until they leave', () => {
    const log = createEventLog({ instance: 'a', clock: new HandClock() });
    const heard: number[] = [];
    const leave = log.subscribe((event) => heard.push(event.seq));
    log.append(INFO);
    leave();
    log.append(INFO);
    assert.deepEqual(heard, [1]);
  });
});
