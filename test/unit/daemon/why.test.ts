import assert from 'node:assert/strict';
import type { EventBody, TandemEvent } from '../../../core/event.ts';
import { describeReason } from '../../../core/reason.ts';
import { createEventLog } from '../../../daemon/engine/event-log.ts';
import { systemClock } from '../../../core/clock.ts';
import { whyRole } from '../../../daemon/engine/why.ts';

const SINCE = '2026-11-21T01:00:00.000Z';

function eventsOf(...bodies: EventBody[]): readonly TandemEvent[] {
  const log = createEventLog({ instance: 'a', clock: systemClock });
  for (const body of bodies) log.append(body);
  return log.after(0).events;
}

const silent = (router: string) => ({ code: 'masterDown', router, silentMs: 3610 }) as const;
const status = { role: 'active', since: SINCE, reason: describeReason(silent('wan')) } as const;

describe('why', () => {
  it('tells the causes of the present role in order, and not its effects', () => {
    const events = eventsOf(
      { kind: 'role', severity: 'info', reason: { code: 'started', priority: 100 } },
      { kind: 'advert', severity: 'warning', reason: { code: 'announcedAgain', router: 'wan', source: '192.0.2.2' } },
      { kind: 'router', severity: 'info', router: 'wan', reason: silent('wan') },
      { kind: 'role', severity: 'warning', reason: silent('wan') },
      { kind: 'address', severity: 'info', router: 'wan', reason: { code: 'addressesTaken', count: 1 } },
    );
    const why = whyRole(status, events);
    assert.deepEqual(why.chain, [
      'started at priority 100, listening for another',
      '192.0.2.2 also claimed wan: addresses announced again',
      'no advert for wan for 3.61 s',
    ]);
    assert.deepEqual(
      [why.role, why.since, why.reason.code, why.incident],
      ['active', SINCE, 'masterDown', events[0]!.incident],
    );
  });

  it('says once what is the same for many routers', () => {
    const routers = ['wan', 'lan', 'dmz'].map((router): EventBody => ({
      kind: 'router',
      severity: 'info',
      router,
      reason: silent(router),
    }));
    const events = eventsOf(
      {
        kind: 'fault',
        severity: 'warning',
        router: 'wan',
        reason: { code: 'faultCleared', fault: 'noSource', router: 'wan' },
      },
      ...routers,
      { kind: 'role', severity: 'warning', reason: silent('wan') },
    );
    assert.deepEqual(whyRole(status, events).chain, [
      'wan: no longer: no source address for adverts',
      'no advert for wan for 3.61 s (and 2 more)',
    ]);
  });

  it('keeps two different faults of one router apart', () => {
    const fault = (name: 'noSource' | 'cannotSend') =>
      ({ code: 'faulted', fault: name, router: 'wan', detail: '' }) as const;
    const events = eventsOf(
      { kind: 'fault', severity: 'critical', router: 'wan', reason: fault('noSource') },
      { kind: 'fault', severity: 'critical', router: 'wan', reason: fault('cannotSend') },
      { kind: 'role', severity: 'critical', reason: fault('cannotSend') },
    );
    const reason = describeReason(fault('cannotSend'));
    assert.deepEqual(whyRole({ role: 'fault', since: SINCE, reason }, events).chain, [
      'wan: no source address for adverts',
      'wan: adverts cannot be sent',
    ]);
  });

  it('falls back to the reason when its events are not kept any more', () => {
    assert.deepEqual(whyRole(status, []), {
      ...status,
      chain: ['no advert for wan for 3.61 s'],
      steps: [{ at: SINCE, text: 'no advert for wan for 3.61 s' }],
      incident: null,
    });
  });

  it('adds a reason that came after the change of role', () => {
    const events = eventsOf({ kind: 'role', severity: 'info', reason: { code: 'starting' } });
    assert.deepEqual(whyRole(status, events).chain, ['starting', 'no advert for wan for 3.61 s']);
  });

  it('leaves out the middle of a very long chain', () => {
    const bodies: EventBody[] = [];
    for (let i = 0; i < 50; i++) {
      bodies.push({
        kind: 'fault',
        severity: 'critical',
        reason: { code: 'faulted', fault: 'cannotSend', router: 'wan', detail: `${i}` },
      });
    }
    const { chain } = whyRole(status, eventsOf(...bodies, { kind: 'role', severity: 'info', reason: silent('wan') }));
    assert.equal(chain.length, 21);
    assert.equal(chain[10], '31 more causes: see the events of the incident');
    assert.equal(chain.at(-1), 'no advert for wan for 3.61 s');
  });
});
