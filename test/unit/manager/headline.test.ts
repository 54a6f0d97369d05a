import assert from 'node:assert/strict';
import type { PeerStatus, Status } from '../../../core/status.ts';
import { headlineOf } from '../../../manager/headline.ts';
import { instancesOf } from '../../../manager/instances.ts';
import { sampleRouter, sampleStatus } from '../daemon/sample-status.ts';

const sample = sampleStatus();
const GOOD: PeerStatus = {
  ...sample.peers[0]!,
  name: 'b',
  health: 'healthy',
  role: 'standby',
  eligible: true,
  standing: 'eligible',
  lastContactMs: 12,
  reason: { code: 'peerActive', text: 'a reports that it is active' },
  faults: [],
  configurationHash: sample.configuration.hash,
  version: sample.version,
  bypass: 'inline',
  activeGroups: [],
};
const peer = (more: Partial<PeerStatus>): readonly PeerStatus[] => [{ ...GOOD, ...more }];
const status = (more: Partial<Status> = {}): Status => ({
  ...sample,
  mode: 'active-passive',
  role: 'active',
  reason: { code: 'masterDown', text: 'no advert for wan for 3.61 s' },
  eligible: true,
  faults: [],
  conditions: [],
  maintenance: null,
  peers: [GOOD],
  bypass: { ...sample.bypass, holder: false },
  ...more,
});
const REACHABLE = { reachable: true, since: '2026-11-21T01:00:00.000Z', error: null };
const SILENT: Partial<PeerStatus> = {
  health: 'unhealthy',
  standing: 'gone',
  role: 'unknown',
  eligible: null,
  reason: null,
  activeGroups: null,
  bypass: null,
  configurationHash: null,
  version: null,
  lastContactMs: 72_000,
};
const IN_BYPASS: Status['bypass'] = {
  driver: 'bridge',
  state: 'bypass',
  latched: false,
  by: 'serviceDown',
  commanded: 'bypass',
  reason: { code: 'bypassBecause', text: 'no instance of the stack is eligible: wan1 down' },
  reasonSince: '2026-11-21T01:00:00.000Z',
  holder: true,
  since: null,
  detail: '',
  powerOff: 'blocked',
  watchdog: null,
};
const standby = sampleRouter({ state: 'backup', holdsAddresses: false, activeSource: '192.0.2.9' });
const idle = { ...standby, activeSource: null };
const condition = (name: string, text: string, more = {}): Status['conditions'] => [{ name, text, since: '', ...more }];
const fault = { name: 'linkPairs', scope: 'instance', hard: true, since: '', text: 'link pairs 0 of 1' } as const;

/** Situation, health, what may be lost, sentence, problems (beginning of the text, part of the advice). */
const TABLE: readonly (readonly [
  string,
  Status,
  string,
  number,
  RegExp,
  readonly (readonly ['critical' | 'warning', RegExp, RegExp])[],
])[] = [
  ['all is well', status(), 'protected', 1, /^a is active: no advert for wan for 3\.61 s$/, []],
  [
    'the peer is active',
    status({
      role: 'standby',
      routers: [standby],
      peers: peer({ role: 'active', activeGroups: ['stack'], reason: { code: 'tookOver', text: 'took over from a' } }),
    }),
    'protected',
    1,
    /^b is active: took over from a$/,
    [],
  ],
  [
    'two actives',
    status({ peers: peer({ role: 'active', activeGroups: ['wan'] }) }),
    'degraded',
    1,
    /^a and b are active$/,
    [['critical', /^Two instances are active: a and b$/, /blocks multicast.*Put b into maintenance/]],
  ],
  [
    'no active',
    status({
      role: 'fault',
      eligible: false,
      faults: [fault],
      routers: [idle],
      peers: peer({ role: 'fault', standing: 'ineligible', eligible: false, faults: ['track gateway fails'] }),
    }),
    'serviceDown',
    0,
    /^No instance is active: the addresses are not served$/,
    [
      ['critical', /not served\. a: link pairs 0 of 1; b: track gateway fails$/, /Mend the faults/],
      ['warning', /^a: link pairs 0 of 1$/, /cables and switch ports/],
      ['warning', /^b cannot take over: track gateway fails$/, /page of b/],
    ],
  ],
  [
    'bypassed',
    status({ role: 'bypass', eligible: false, routers: [idle], peers: peer(SILENT), bypass: IN_BYPASS }),
    'serviceDown',
    0,
    /traffic passes uninspected/,
    [
      ['critical', /^No instance is active/, /Mend the faults/],
      ['critical', /^Traffic passes a uninspected/, /ends by itself/],
      ['warning', /^b answers no checks: last heard 72 s ago$/, /is it running/i],
    ],
  ],
  [
    'the peer is lost',
    status({ peers: peer(SILENT) }),
    'unprotected',
    0,
    /^a is active/,
    [['warning', /^b answers no checks/, /cables/]],
  ],
  [
    'the peer was never seen',
    status({ peers: peer({ ...SILENT, health: 'unknown', lastContactMs: null }) }),
    'unprotected',
    0,
    /^a is active/,
    [['warning', /^b has not been seen yet$/, /secret/]],
  ],
  [
    'two primaries, or none',
    status({ conditions: condition('primaryConflict', 'a and b are both primary') }),
    'degraded',
    1,
    /^a is active/,
    [['critical', /^a: a and b are both primary$/, /exactly one instance/]],
  ],
  [
    'other settings on the peer',
    status({ peers: peer({ configurationHash: 'ffff' }) }),
    'degraded',
    1,
    /^a is active/,
    [['warning', /^The settings of a and b differ$/, /same on both/]],
  ],
  [
    'another version on the peer',
    status({ peers: peer({ version: '9.9.9' }) }),
    'degraded',
    1,
    /^a is active/,
    [['warning', /b runs 9\.9\.9$/, /Upgrade/]],
  ],
  [
    'another secret on the peer',
    status({ conditions: condition('otherSecret', 'signs with another secret', { peer: 'b' }), peers: peer(SILENT) }),
    'unprotected',
    0,
    /^a is active/,
    [
      ['warning', /^a: b: signs with another secret$/, /Copy the stack secret/],
      ['warning', /^b answers no checks/, /running/],
    ],
  ],
  [
    'one path of two is down',
    status({ conditions: condition('pathDown', 'a path to the peer does not answer (b 192.0.2.2)', { peer: 'b' }) }),
    'degraded',
    1,
    /^a is active/,
    [['warning', /^a: a path to the peer/, /other paths still work/]],
  ],
  [
    'every path is down',
    status({
      conditions: condition('pathDown', 'a path to the peer does not answer (b 192.0.2.2)', { peer: 'b' }),
      peers: peer(SILENT),
    }),
    'unprotected',
    0,
    /^a is active/,
    [['warning', /^b answers no checks/, /running/]],
  ],
  [
    'maintenance',
    status({
      role: 'maintenance',
      eligible: false,
      routers: [standby],
      maintenance: { by: 'ann', since: '', until: null },
      peers: peer({ role: 'active', activeGroups: ['stack'] }),
    }),
    'unprotected',
    0,
    /^b is active/,
    [['warning', /^a is in maintenance \(ann, until it is left\)$/, /takes nothing over/]],
  ],
  [
    'an active that is no Tandem instance',
    status({ role: 'standby', routers: [standby], peers: [] }),
    'protected',
    0,
    /^192\.0\.2\.9 is active, which is no Tandem instance; a is standby$/,
    [],
  ],
  ['HA off', status({ mode: 'off', peers: [] }), 'unprotected', 0, /^HA is off on a: it runs alone/, []],
  ['starting', status({ role: 'starting', routers: [idle], peers: [] }), 'unknown', 0, /^a is starting/, []],
  [
    'a bypass that cannot be read',
    status({ bypass: { ...IN_BYPASS, state: 'unknown', by: null, detail: 'bpctl_util: not found' } }),
    'degraded',
    1,
    /^a is active/,
    [['warning', /^The bypass of a \(bridge\): bpctl_util: not found$/, /card/]],
  ],
];

describe('the headline', () => {
  for (const [what, given, health, canLose, text, problems] of TABLE) {
    it(`says how the stack is: ${what}`, () => {
      const headline = headlineOf({ status: given, engine: REACHABLE, ageMs: 100, fileError: null });
      assert.deepEqual([headline.health, headline.canLose], [health, canLose]);
      assert.match(headline.text, text);
      assert.equal(headline.problems.length, problems.length, JSON.stringify(headline.problems));
      for (const [at, [severity, said, advice]] of problems.entries()) {
        const problem = headline.problems[at];
        assert.equal(problem?.severity, severity);
        assert.match(problem?.text ?? '', said);
        assert.match(problem?.advice ?? '', advice);
      }
    });
  }

  it('counts instances that share the work as no conflict, two for the same routers as one', () => {
    const shared = (groups: readonly string[]): Status =>
      status({ mode: 'active-active', peers: peer({ role: 'active', activeGroups: groups }) });
    const own = sample.routers[0]?.group ?? '';
    assert.equal(
      headlineOf({ status: shared(['lan']), engine: REACHABLE, ageMs: 0, fileError: null }).health,
      'protected',
    );
    const both = headlineOf({ status: shared([own]), engine: REACHABLE, ageMs: 0, fileError: null });
    assert.match(both.problems[0]?.text ?? '', /Two instances are active: a and b/);
  });

  it('claims nothing about an engine that does not answer, and says how old what it shows is', () => {
    const engine = { reachable: false, since: '', error: 'the engine does not answer: it hangs' };
    const gone = headlineOf({ status: status(), engine, ageMs: 8000, fileError: null });
    assert.deepEqual([gone.health, gone.canLose, gone.actives], ['unknown', 0, []]);
    assert.match(gone.text, /has not answered for 8\.0 s/);
    assert.match(gone.problems[0]?.text ?? '', /it hangs\. What is shown is 8\.0 s old\./);
    const never = headlineOf({ status: null, engine, ageMs: 0, fileError: null });
    assert.deepEqual([never.health, never.problems.length], ['unknown', 1]);
  });

  it('says that the file cannot be used', () => {
    const fileError = 'tandem.yaml:3:1: ha: unknown key';
    const { health, problems } = headlineOf({ status: status(), engine: REACHABLE, ageMs: 0, fileError });
    assert.equal(health, 'degraded');
    assert.match(problems[0]?.text ?? '', /tandem\.yaml:3:1/);
  });
});

describe('the rows of the instances', () => {
  it('say of a peer only what it says now', () => {
    const [own, known] = instancesOf(status(), 100, () => '2026-11-21T02:00:00.000Z');
    assert.deepEqual([own?.self, own?.name, own?.ownsAddresses, own?.ageMs], [true, 'a', own?.addresses, 100]);
    assert.deepEqual(
      [known?.self, known?.role, known?.since, known?.ownsAddresses, known?.ageMs, known?.check],
      [false, 'standby', '2026-11-21T02:00:00.000Z', 0, 112, 'healthy'],
    );
    const [, lost] = instancesOf(status({ peers: peer({ ...SILENT, primary: null, links: null }) }), 100, () => 'x');
    assert.deepEqual(
      [lost?.role, lost?.since, lost?.reason, lost?.ownsAddresses, lost?.bypass, lost?.version, lost?.ageMs],
      ['unknown', null, null, null, null, null, 72_100],
    );
    assert.deepEqual(
      instancesOf(null, 0, () => null),
      [],
    );
  });
});
