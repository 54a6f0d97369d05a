import assert from 'node:assert/strict';
import type { FaultStatus, Status } from '../../../core/status.ts';
import { whatNext } from '../../../daemon/engine/why-next.ts';
import { samplePeer, sampleRouter, sampleStatus } from './sample-status.ts';

const UNTIL = '2026-11-21T01:14:00.000Z';

/** `text [until …] [ended by …]` of everything that would change the role. */
function next(change: Partial<Status>): string[] {
  return whatNext(sampleStatus(change)).map(
    ({ text, until, endedBy }) =>
      `${text}${until === null ? '' : ` [until ${until}]`}${endedBy === null ? '' : ` [${endedBy}]`}`,
  );
}

const fault = (name: FaultStatus['name'], text: string): FaultStatus => ({
  name,
  scope: 'instance',
  hard: true,
  since: UNTIL,
  text,
});

describe('what would change the role', () => {
  it('of an active instance is the peer that would take over', () => {
    assert.deepEqual(next({ peers: [samplePeer()] }), ['b would take over: it is standby, healthy and eligible']);
  });

  const unfit: [Parameters<typeof samplePeer>[0], string][] = [
    [{ health: 'unhealthy' }, 'b does not answer checks'],
    [{ health: 'unknown' }, 'b has not answered a check yet'],
    [{ role: 'unknown', reason: null, eligible: null }, 'b has not reported'],
    [{ role: 'maintenance', eligible: false }, 'b is in maintenance'],
    [{ role: 'fault', eligible: false, faults: ['link pairs 0 of 1'] }, 'b is in fault: link pairs 0 of 1'],
    [{ role: 'starting' }, 'b is starting'],
    [
      { role: 'bypass', eligible: false, reason: { code: 'bypassRead', text: 'bypass reads bypass' } },
      'b is not eligible: bypass reads bypass',
    ],
  ];
  for (const [change, text] of unfit) {
    it(`says why nobody would take over: ${text}`, () => {
      assert.deepEqual(next({ peers: [samplePeer(change)] }), [`nobody else is eligible: ${text}`]);
    });
  }

  it('tells of the others beside the one that would take over', () => {
    const peers = [samplePeer({ name: 'c', health: 'unhealthy' }), samplePeer()];
    assert.deepEqual(next({ peers }), [
      'b would take over: it is standby, healthy and eligible',
      'not eligible: c does not answer checks',
    ]);
  });

  it('names the last resort first', () => {
    const conditions = [
      { name: 'lastResort', router: 'wan', since: UNTIL, text: 'wan: in service in spite of a fault' },
    ];
    assert.equal(next({ conditions, peers: [samplePeer({ health: 'unhealthy' })] })[0], conditions[0]!.text);
  });

  it('says that VRRP alone decides where there are no peers', () => {
    assert.match(next({})[0]!, /^no peer is configured: another VRRP speaker takes over/);
  });

  it('says until when preemption is held, and what ends it', () => {
    const peers = [samplePeer({ role: 'active' })];
    assert.deepEqual(next({ role: 'standby', peers, preemptionHeldUntil: UNTIL }), [
      'b is active: this instance takes over when b gives up or falls silent',
      `preemption is held [until ${UNTIL}] [tandem switchover --release-hold]`,
    ]);
    assert.equal(
      next({ role: 'standby', peers, preemptionHeldUntil: 'released' })[1],
      'preemption is held until it is released [tandem switchover --release-hold]',
    );
  });

  it('of a standby names who is heard as active, or that nobody is', () => {
    const routers = [sampleRouter({ state: 'backup', activeSource: '192.0.2.9' })];
    assert.match(next({ role: 'standby', routers })[0]!, /^192\.0\.2\.9 is heard as active: this instance takes over/);
    assert.match(next({ role: 'standby' })[0]!, /^nobody is heard as active/);
  });

  it('of a fault is its end, or the operator', () => {
    const faults = [fault('linkPairs', 'link pairs 0 of 1')];
    assert.deepEqual(next({ role: 'fault', faults }), ['it takes part again without this fault: link pairs 0 of 1']);
    const flaps = { role: 'fault', faults: [fault('flapLimit', 'left the active role too often')] } as const;
    assert.match(next(flaps)[0]!, /^it stays out of service: .* \[tandem flaps reset\]$/);
    const bypass = { ...sampleStatus().bypass, latched: true };
    assert.match(next({ ...flaps, bypass })[0]!, /\[tandem bypass release\]$/);
  });

  it('of maintenance is its end', () => {
    const stay = (until: string | null): string[] =>
      next({ role: 'maintenance', maintenance: { by: 'ann', since: UNTIL, until } });
    assert.deepEqual(
      [stay(null), stay('reboot'), stay(UNTIL)],
      [
        ['maintenance lasts until it is left [tandem maintenance off]'],
        ['maintenance lasts until the next reboot [tandem maintenance off]'],
        [`maintenance lasts [until ${UNTIL}] [tandem maintenance off]`],
      ],
    );
  });

  it('of a bypass depends on who engaged it', () => {
    const of = (by: Status['bypass']['by']): string =>
      next({ role: 'bypass', bypass: { ...sampleStatus().bypass, driver: 'bridge', state: 'bypass', by } })[0]!;
    assert.match(of('flaps'), /too often \[tandem bypass release\]$/);
    assert.match(of('operator'), /an operator wants it \[tandem bypass release\]$/);
    assert.match(of('serviceDown'), /ends by itself when an instance of the stack is eligible$/);
    assert.match(of('unknown'), /nobody here wants it/);
    assert.equal(of(null), of('unknown'));
  });
});
