import assert from 'node:assert/strict';
import type { EventBody, TandemEvent } from '../../../core/event.ts';
import { describeReason } from '../../../core/reason.ts';
import type { Reason } from '../../../core/reason.ts';
import type { Status } from '../../../core/status.ts';
import { createEventLog } from '../../../daemon/engine/event-log.ts';
import { systemClock } from '../../../core/clock.ts';
import { whyRole } from '../../../daemon/engine/why.ts';
import { sampleStatus } from './sample-status.ts';

const SINCE = '2026-11-21T01:00:00.000Z';

function eventsOf(...bodies: EventBody[]): readonly TandemEvent[] {
  const log = createEventLog({ instance: 'a', clock: systemClock });
  for (const body of bodies) log.append(body);
  return log.after(0).events;
}

const silent = (router: string) => ({ code: 'masterDown', router, silentMs: 3610 }) as const;
const status: Status = sampleStatus({ role: 'active', since: SINCE, reason: describeReason(silent('wan')) });

const role = (to: Status['role'], reason: Reason, from: Status['role'] = 'standby'): EventBody => ({
  kind: 'role',
  severity: 'warning',
  reason,
  from,
  to,
});
const router = (to: 'active' | 'backup' | 'fault', reason: Reason, name = 'wan'): EventBody => ({
  kind: 'router',
  severity: 'info',
  reason,
  router: name,
  from: to === 'active' ? 'backup' : 'active',
  to,
});

describe('why', () => {
  it('tells the causes of the present role in order, and not its effects', () => {
    const events = eventsOf(
      role('standby', { code: 'started', priority: 100 }, 'starting'),
      { kind: 'advert', severity: 'warning', reason: { code: 'announcedAgain', router: 'wan', source: '192.0.2.2' } },
      router('active', silent('wan')),
      role('active', silent('wan')),
      { kind: 'address', severity: 'info', router: 'wan', reason: { code: 'addressesTaken', count: 1 } },
    );
    const why = whyRole(status, events);
    assert.deepEqual(why.chain, [
      'standby: started at priority 100, listening for another',
      '192.0.2.2 also claimed wan: addresses announced again',
      'active: no advert for wan for 3.61 s',
    ]);
    assert.deepEqual(
      [why.role, why.since, why.reason.code, why.incident],
      ['active', SINCE, 'masterDown', events[0]!.incident],
    );
  });

  it('tells how a link pair led to a fault, and the fault to the loss of the role', () => {
    const fault: Reason = {
      code: 'faulted',
      fault: 'linkPairs',
      router: '',
      detail: 'link pairs 0 of 1: wan1 down (eth0 no carrier)',
    };
    const events = eventsOf(
      {
        kind: 'link',
        severity: 'warning',
        reason: { code: 'pairChanged', pair: 'wan1', state: 'half', detail: 'no carrier: eth0' },
      },
      { kind: 'fault', severity: 'critical', reason: fault },
      { kind: 'flap', severity: 'warning', reason: { code: 'flapped', count: 1, max: 6 } },
      router('fault', fault),
      role('fault', fault, 'active'),
    );
    const inFault = sampleStatus({ role: 'fault', reason: describeReason(fault) });
    assert.deepEqual(whyRole(inFault, events).chain, [
      'link pair wan1 is half (no carrier: eth0)',
      'link pairs 0 of 1: wan1 down (eth0 no carrier)',
      'left the active role 1 time of 6 allowed',
      'fault: link pairs 0 of 1: wan1 down (eth0 no carrier)',
    ]);
  });

  it('tells that a peer fell silent on every path, and not of each path', () => {
    const of = { peer: 'b', missed: 3, of: 3 } as const;
    const gone: Reason = { code: 'peerUnhealthy', ...of };
    const events = eventsOf(
      { kind: 'peer', severity: 'warning', reason: { code: 'pathUnhealthy', ...of, path: '192.0.2.2' } },
      {
        kind: 'condition',
        severity: 'warning',
        router: 'b 192.0.2.2',
        reason: {
          code: 'conditionRaised',
          condition: 'pathDown',
          router: 'b 192.0.2.2',
          detail: '3 of 3 checks missed',
        },
      },
      { kind: 'peer', severity: 'warning', reason: gone },
      router('active', gone),
      role('active', gone),
    );
    const why = whyRole(sampleStatus({ role: 'active', reason: describeReason(gone) }), events);
    assert.deepEqual(why.chain, ['active: b missed 3 of 3 checks on every path']);
  });

  it('takes a handover that was only begun, or a claim that was refused, for no change of role', () => {
    const events = eventsOf(
      role('active', silent('wan')),
      {
        kind: 'role',
        severity: 'info',
        reason: { code: 'handoverBegun', peer: 'b', purpose: 'switchover', detail: '' },
      },
      { kind: 'role', severity: 'info', reason: { code: 'refused', refusal: 'backOff', detail: '' } },
    );
    assert.deepEqual(whyRole(status, events).chain, ['active: no advert for wan for 3.61 s']);
  });

  it('leaves out what was asked for and refused, and that what was asked for is done', () => {
    const action = (actionId: string, reason: Reason, ended: Pick<EventBody, 'ended'> = {}): EventBody => ({
      kind: 'action',
      severity: 'warning',
      actionId,
      reason,
      ...ended,
    });
    const stay: Reason = { code: 'maintenance', by: 'ann', until: 'until it is left' };
    const events = eventsOf(
      action('1', { code: 'actionAccepted', action: 'maintenance by bob' }),
      action('1', { code: 'actionRefused', action: 'enter maintenance', detail: 'x' }, { ended: 'failed' }),
      action('2', { code: 'actionAccepted', action: 'maintenance by ann' }),
      role('standby', { code: 'handedOver', peer: 'b', purpose: 'maintenance', detail: '' }, 'active'),
      action('2', stay, { ended: 'done' }),
      role('maintenance', stay),
    );
    const resting = sampleStatus({ role: 'maintenance', reason: describeReason(stay) });
    assert.deepEqual(whyRole(resting, events).chain, [
      'maintenance by ann accepted',
      'standby: handed over to b: maintenance',
      'maintenance: maintenance by ann until it is left',
    ]);
  });

  it('says once that a router follows the change of role', () => {
    const fault: Reason = { code: 'faulted', fault: 'linkPairs', router: '', detail: 'link pairs 0 of 1' };
    const events = eventsOf(
      role('fault', fault, 'active'),
      router('fault', fault),
      role('starting', { code: 'recovered' }, 'fault'),
    );
    const back = sampleStatus({ role: 'starting', reason: describeReason({ code: 'recovered' }) });
    assert.deepEqual(whyRole(back, events).chain, [
      'fault: link pairs 0 of 1',
      'starting: every fault is gone; listening for another',
    ]);
  });

  it('says once what is the same for many routers', () => {
    const events = eventsOf(
      {
        kind: 'fault',
        severity: 'warning',
        router: 'wan',
        reason: { code: 'faultCleared', fault: 'noSource', router: 'wan' },
      },
      ...['wan', 'lan', 'dmz'].map((name) => router('active', silent(name), name)),
      role('active', silent('wan')),
    );
    assert.deepEqual(whyRole(status, events).chain, [
      'wan: no longer: no source address for adverts',
      'active: no advert for wan for 3.61 s (and 2 more)',
    ]);
  });

  it('keeps two different faults apart, of one router or of two', () => {
    const fault = (name: 'noSource' | 'cannotSend', of = 'wan') =>
      ({ code: 'faulted', fault: name, router: of, detail: '' }) as const;
    const raised = (name: 'noSource' | 'cannotSend', of = 'wan'): EventBody => ({
      kind: 'fault',
      severity: 'critical',
      router: of,
      reason: fault(name, of),
    });
    const last = fault('cannotSend', 'lan');
    const events = eventsOf(
      raised('noSource'),
      raised('noSource', 'dmz'),
      raised('cannotSend'),
      raised('cannotSend', 'lan'),
      role('fault', last),
    );
    const inFault = sampleStatus({ role: 'fault', reason: describeReason(last) });
    assert.deepEqual(whyRole(inFault, events).chain, [
      'wan: no source address for adverts (and 1 more)',
      'fault: wan: adverts cannot be sent (and 1 more)',
    ]);
  });

  it('falls back to the reason when its events are not kept any more', () => {
    const { chain, steps, incident } = whyRole(status, []);
    assert.deepEqual(
      { chain, steps, incident },
      {
        chain: ['no advert for wan for 3.61 s'],
        steps: [{ at: SINCE, text: 'no advert for wan for 3.61 s' }],
        incident: null,
      },
    );
  });

  it('adds a reason that came after the change of role', () => {
    const events = eventsOf(role('active', { code: 'adopted', count: 1 }, 'starting'));
    assert.deepEqual(whyRole(status, events).chain, [
      'active: the engine before ended; its 1 address stays in service',
      'no advert for wan for 3.61 s',
    ]);
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
    const { chain } = whyRole(status, eventsOf(...bodies, role('active', silent('wan'))));
    assert.equal(chain.length, 21);
    assert.equal(chain[10], '31 more causes: see the events of the incident');
    assert.equal(chain.at(-1), 'active: no advert for wan for 3.61 s');
  });
});
