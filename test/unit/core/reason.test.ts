import assert from 'node:assert/strict';
import { type Reason, type ReasonCode, describeReason, formatReason } from '../../../core/reason.ts';

type Texts = { readonly [C in ReasonCode]: readonly (readonly [Extract<Reason, { code: C }>, string])[] };

const wan = { router: 'wan' } as const;
const other = { ...wan, source: '192.0.2.9' } as const;
const where = { address: '192.0.2.100', interface: 'eth0' } as const;

/** Every reason there is, and how it reads. The compiler sees to it that none is missing. */
const TEXTS: Texts = {
  starting: [[{ code: 'starting' }, 'starting']],
  started: [[{ code: 'started', priority: 100 }, 'started at priority 100, listening for another']],
  masterDown: [
    [{ code: 'masterDown', ...wan, silentMs: 3609.375 }, 'no advert for wan for 3.61 s'],
    [{ code: 'masterDown', ...wan, silentMs: 36.09 }, 'no advert for wan for 36 ms'],
    [{ code: 'masterDown', ...wan, silentMs: 61_234 }, 'no advert for wan for 61 s'],
  ],
  activeHeard: [[{ code: 'activeHeard', ...other, priority: 200 }, '192.0.2.9 is active for wan (priority 200)']],
  resigned: [[{ code: 'resigned', ...other }, '192.0.2.9 gave up wan (priority 0)']],
  preempting: [
    [
      { code: 'preempting', ...other, theirs: 50, ours: 100 },
      'our priority 100 is better than 50 of 192.0.2.9 for wan',
    ],
  ],
  owner: [[{ code: 'owner', ...wan }, 'owner of the addresses of wan (priority 255)']],
  nobodyHasIt: [[{ code: 'nobodyHasIt', ...wan }, 'nobody has the addresses of wan (mode off)']],
  betterHeard: [
    [
      { code: 'betterHeard', ...other, theirs: 200, ours: 100 },
      '192.0.2.9 is better for wan: priority 200 against our 100',
    ],
  ],
  peerHealthy: [[{ code: 'peerHealthy', peer: 'b' }, 'b answers checks']],
  peerUnhealthy: [[{ code: 'peerUnhealthy', peer: 'b', missed: 3, of: 3 }, 'b missed 3 of 3 checks on every path']],
  pathHealthy: [[{ code: 'pathHealthy', peer: 'b', path: '192.0.2.2' }, 'b answers checks on 192.0.2.2']],
  pathUnhealthy: [
    [{ code: 'pathUnhealthy', peer: 'b', path: '192.0.2.2', missed: 3, of: 3 }, 'b missed 3 of 3 checks on 192.0.2.2'],
  ],
  peerRestarted: [[{ code: 'peerRestarted', peer: 'b' }, 'the engine of b was started anew']],
  peerGaveUp: [
    [{ code: 'peerGaveUp', peer: 'b', detail: 'its engine ended' }, 'b gave up: its engine ended'],
    [{ code: 'peerGaveUp', peer: 'b', detail: '' }, 'b gave up'],
  ],
  peerActive: [
    [{ code: 'peerActive', peer: 'b', ...wan, priority: 200 }, 'b reports that it is active for wan (priority 200)'],
  ],
  betterReported: [
    [
      { code: 'betterReported', peer: 'b', ...wan, theirs: 200, ours: 100 },
      'b reports that it is active for wan and is better: priority 200 against our 100',
    ],
  ],
  handoverBegun: [
    [
      { code: 'handoverBegun', peer: 'b', purpose: 'switchover', detail: 'switched over by eva' },
      'handing over to b: switchover (switched over by eva)',
    ],
    [{ code: 'handoverBegun', peer: 'b', purpose: 'stop', detail: '' }, 'handing over to b: stop of the daemon'],
  ],
  handedOver: [
    [{ code: 'handedOver', peer: 'b', purpose: 'maintenance', detail: '' }, 'handed over to b: maintenance'],
    [{ code: 'handedOver', peer: 'b', purpose: 'bandwidth', detail: '' }, 'handed over to b: too little traffic'],
  ],
  tookOver: [
    [
      { code: 'tookOver', peer: 'b', purpose: 'preemption', detail: '' },
      'took over from b: preemption by the better instance',
    ],
  ],
  handoverAborted: [
    [
      { code: 'handoverAborted', peer: 'b', purpose: 'switchover', detail: 'b did not take over in time' },
      'handover to b aborted, nothing has changed: b did not take over in time',
    ],
  ],
  adopted: [
    [{ code: 'adopted', count: 1 }, 'the engine before ended; its 1 address stays in service'],
    [{ code: 'adopted', count: 2 }, 'the engine before ended; its 2 addresses stay in service'],
  ],
  pairChanged: [
    [
      { code: 'pairChanged', pair: 'wan1', state: 'half', detail: 'no carrier: eth1' },
      'link pair wan1 is half (no carrier: eth1)',
    ],
    [{ code: 'pairChanged', pair: 'wan1', state: 'up', detail: '' }, 'link pair wan1 is up'],
  ],
  trackChanged: [
    [{ code: 'trackChanged', track: 'gateway', up: false, detail: 'no answer' }, 'track gateway is down (no answer)'],
    [{ code: 'trackChanged', track: 'gateway', up: true, detail: '' }, 'track gateway is up'],
  ],
  bandwidthLow: [
    [
      { code: 'bandwidthLow', averageBps: 12_300_000, minimum: 50_000_000, windowMs: 10_000 },
      '12.30 Mbps received on average over 10 s, less than 50.00 Mbps',
    ],
    [
      { code: 'bandwidthLow', averageBps: 0, minimum: 1024, windowMs: 10_000 },
      '0 bps received on average over 10 s, less than 1.0 kbps',
    ],
    [
      { code: 'bandwidthLow', averageBps: 999e6, minimum: 1e9, windowMs: 10_000 },
      '999.00 Mbps received on average over 10 s, less than 1.00 Gbps',
    ],
  ],
  bandwidthDisarmed: [
    [
      { code: 'bandwidthDisarmed', by: 'b' },
      'b moved the role for lack of traffic: no further move until traffic is back',
    ],
  ],
  bandwidthArmed: [[{ code: 'bandwidthArmed' }, 'traffic is back: too little of it moves the role again']],
  flapped: [
    [{ code: 'flapped', count: 1, max: 6 }, 'left the active role 1 time of 6 allowed'],
    [{ code: 'flapped', count: 2, max: 0 }, 'left the active role 2 times'],
  ],
  flapsReset: [[{ code: 'flapsReset', by: 'eva' }, 'flaps reset by eva']],
  latched: [
    [
      { code: 'latched', count: 7, max: 6, action: 'bypass' },
      'left the active role 7 times, 6 are allowed: in bypass until released',
    ],
    [
      { code: 'latched', count: 7, max: 6, action: 'fault' },
      'left the active role 7 times, 6 are allowed: out of service until reset',
    ],
  ],
  serviceDown: [
    [{ code: 'serviceDown', detail: 'link pairs 0 of 1' }, 'no instance of the stack is eligible: link pairs 0 of 1'],
  ],
  serviceRestored: [[{ code: 'serviceRestored', detail: 'b is eligible again' }, 'b is eligible again']],
  bypassWanted: [
    [{ code: 'bypassWanted', by: 'eva', position: 'bypass' }, 'bypass: bypass wanted by eva'],
    [{ code: 'bypassWanted', by: 'eva', position: 'inline' }, 'bypass: inline wanted by eva'],
  ],
  bypassRead: [
    [{ code: 'bypassRead', state: 'inline', detail: '' }, 'bypass reads inline'],
    [{ code: 'bypassRead', state: 'unknown', detail: 'exit 3' }, 'bypass reads unknown (exit 3)'],
  ],
  bypassBecause: [
    [
      { code: 'bypassBecause', by: 'flaps', detail: 'more than 6 within 15m' },
      'too many flaps: more than 6 within 15m',
    ],
    [{ code: 'bypassBecause', by: 'serviceDown', detail: '' }, 'no instance of the stack is eligible'],
    [{ code: 'bypassBecause', by: 'serviceDown', detail: 'wan1' }, 'no instance of the stack is eligible: wan1'],
    [{ code: 'bypassBecause', by: 'operator', detail: 'ann' }, 'asked for by ann'],
    [{ code: 'bypassBecause', by: 'unknown', detail: '' }, 'found engaged: nobody here asked for it'],
  ],
  bypassFound: [
    [{ code: 'bypassFound', detail: '' }, 'bypass found engaged'],
    [{ code: 'bypassFound', detail: 'wan1' }, 'bypass found engaged: wan1'],
  ],
  maintenance: [
    [{ code: 'maintenance', by: 'eva', until: 'until the next reboot' }, 'maintenance by eva until the next reboot'],
  ],
  maintenanceEnded: [[{ code: 'maintenanceEnded', by: 'eva' }, 'maintenance ended by eva']],
  activeHeardAfterPause: [
    [
      { code: 'activeHeardAfterPause', ...other, gapMs: 5000 },
      '192.0.2.9 took over wan while this instance stood still for 5.00 s',
    ],
  ],
  switchover: [[{ code: 'switchover', by: 'eva' }, 'switched over by eva']],
  switchoverAborted: [[{ code: 'switchoverAborted', waitedMs: 1996 }, 'nobody took over within 2.00 s; still active']],
  faulted: [
    [
      { code: 'faulted', fault: 'noSource', ...wan, detail: 'eth2 has no address' },
      'wan: no source address for adverts (eth2 has no address)',
    ],
    [{ code: 'faulted', fault: 'addressInterfaceDown', ...wan, detail: '' }, 'wan: the address interface is down'],
    [{ code: 'faulted', fault: 'cannotSend', ...wan, detail: '' }, 'wan: adverts cannot be sent'],
    [{ code: 'faulted', fault: 'addressInUse', ...wan, detail: '' }, 'wan: somebody else answers for the address'],
    [{ code: 'faulted', fault: 'duplicateSource', ...wan, detail: '' }, 'wan: another machine uses our source address'],
    [
      { code: 'faulted', fault: 'linkPairs', router: '', detail: 'link pairs 0 of 1: wan1 down (eth0 no carrier)' },
      'link pairs 0 of 1: wan1 down (eth0 no carrier)',
    ],
    [{ code: 'faulted', fault: 'linkPairs', router: '', detail: '' }, 'too few link pairs are up'],
    [
      { code: 'faulted', fault: 'track', router: '', detail: 'gateway: no answer' },
      'a check fails (gateway: no answer)',
    ],
    [{ code: 'faulted', fault: 'bypassStuck', router: '', detail: '' }, 'the bypass does not go back inline'],
    [{ code: 'faulted', fault: 'bypassUnknown', router: '', detail: '' }, 'the state of the bypass cannot be read'],
    [{ code: 'faulted', fault: 'flapLimit', router: '', detail: '' }, 'left the active role too often'],
  ],
  faultCleared: [
    [{ code: 'faultCleared', fault: 'noSource', ...wan }, 'wan: no longer: no source address for adverts'],
  ],
  conditionRaised: [
    [
      { code: 'conditionRaised', condition: 'mute', ...wan, detail: 'eth2 has no carrier' },
      'wan: mute: adverts can be neither sent nor heard (eth2 has no carrier)',
    ],
    [
      { code: 'conditionRaised', condition: 'partlyHeard', ...wan, detail: '' },
      'wan: only some routers of the group hear an active',
    ],
    [
      { code: 'conditionRaised', condition: 'intervalMismatch', ...wan, detail: '' },
      'wan: another router advertises at another interval',
    ],
    [
      { code: 'conditionRaised', condition: 'twoOwners', ...wan, detail: '' },
      'wan: another router claims to own the address too (priority 255)',
    ],
    [
      { code: 'conditionRaised', condition: 'addressInUseWhileMute', ...wan, detail: '' },
      'wan: somebody answers for the address while we are mute',
    ],
    ...(
      [
        ['pathDown', 'a path to the peer does not answer'],
        ['advertsBlocked', 'the active is known by its reports only: its adverts do not arrive'],
        ['checksBlocked', 'the peer advertises, but does not answer checks'],
        ['otherSecret', 'signs with another secret: compare the secret files, then reload'],
        ['otherStack', 'belongs to another stack'],
        ['lateChecks', 'this machine is too busy for its check interval: failures are judged more slowly'],
        ['lastResort', 'in service in spite of a fault, because no other instance is eligible'],
        [
          'flapLimitReached',
          'left the active role too often, and stays in service because no other instance is eligible',
        ],
        ['primaryConflict', 'exactly one instance has to be primary'],
        ['serviceDown', 'no instance of the stack is eligible'],
        ['bandwidthLow', 'less traffic than the minimum, and no other instance is eligible'],
      ] as const
    ).map(([condition, text]) => [{ code: 'conditionRaised', condition, router: '', detail: '' }, text] as const),
    [
      { code: 'conditionRaised', condition: 'otherStack', router: 'b', detail: 'edge2' },
      'b: belongs to another stack (edge2)',
    ],
  ],
  conditionCleared: [
    [
      { code: 'conditionCleared', condition: 'mute', ...wan },
      'wan: no longer: mute: adverts can be neither sent nor heard',
    ],
  ],
  recovered: [[{ code: 'recovered' }, 'every fault is gone; listening for another']],
  stopping: [[{ code: 'stopping', by: 'SIGTERM' }, 'stopped by SIGTERM']],
  refused: [
    [
      { code: 'refused', refusal: 'fault', detail: 'noSource' },
      'not allowed to become active: this instance is in fault (noSource)',
    ],
    ...(
      [
        ['stopping', 'the daemon is stopping'],
        ['held', 'preemption is held'],
        ['backOff', 'waiting longer after yielding right after a claim'],
        ['modeOff', 'mode off claims nothing until the next start'],
        ['probing', 'still asking the network who has the address'],
        ['notAlone', 'somebody else answers for the address'],
        ['listening', 'listening after a pause'],
        ['maintenance', 'this instance is in maintenance'],
        ['bypass', 'the bypass is not inline'],
        ['reported', 'a peer reports that it is active'],
        ['heardSince', 'somebody advertises'],
        ['thirdParty', 'another instance is in contact with the active'],
        ['adopting', 'addresses of the engine before are held'],
      ] as const
    ).map(
      ([refusal, text]) => [{ code: 'refused', refusal, detail: '' }, `not allowed to become active: ${text}`] as const,
    ),
  ],
  addressesTaken: [
    [{ code: 'addressesTaken', count: 1 }, '1 address taken'],
    [{ code: 'addressesTaken', count: 2 }, '2 addresses taken'],
  ],
  addressesLetGo: [
    [{ code: 'addressesLetGo', count: 1, heard: null }, '1 address let go'],
    [{ code: 'addressesLetGo', count: 3, heard: '192.0.2.9' }, '3 addresses let go after 192.0.2.9 was heard'],
  ],
  addressLost: [[{ code: 'addressLost', ...where }, 'somebody removed 192.0.2.100 from eth0']],
  addressRestored: [[{ code: 'addressRestored', ...where }, '192.0.2.100 put back on eth0']],
  addressFailed: [
    [{ code: 'addressFailed', ...where, error: 'no such device' }, '192.0.2.100 cannot be put on eth0: no such device'],
  ],
  leftoverRemoved: [[{ code: 'leftoverRemoved', ...where }, '192.0.2.100 on eth0, left by an earlier run, removed']],
  announcedAgain: [[{ code: 'announcedAgain', ...other }, '192.0.2.9 also claimed wan: addresses announced again']],
  advertIgnored: [
    [{ code: 'advertIgnored', source: '192.0.2.9', error: 'TTL 254' }, 'advert of 192.0.2.9 ignored: TTL 254'],
  ],
  addressListDiffers: [
    [
      { code: 'addressListDiffers', source: '192.0.2.9' },
      '192.0.2.9 advertises other addresses than this instance has configured',
    ],
  ],
  ownSourceHeard: [
    [
      { code: 'ownSourceHeard', source: '192.0.2.5' },
      'an advert from our own source address 192.0.2.5 was heard: duplicate address or a loop',
    ],
  ],
  checksumStyle: [
    [
      { code: 'checksumStyle', source: '192.0.2.9', style: 'rfc9568' },
      '192.0.2.9 uses the checksum of RFC 9568: answering in the same',
    ],
    [
      { code: 'checksumStyle', source: '192.0.2.9', style: 'rfc5798' },
      '192.0.2.9 uses the checksum of RFC 5798: answering in the same',
    ],
  ],
  sendFailed: [[{ code: 'sendFailed', interface: 'eth2', error: 'ENOBUFS' }, 'cannot send on eth2: ENOBUFS']],
  flood: [[{ code: 'flood', interface: 'eth2' }, 'more adverts than can be read on eth2: some were dropped']],
  paused: [[{ code: 'paused', gapMs: 12_345 }, 'this instance stood still for 12 s']],
  predecessorEnded: [[{ code: 'predecessorEnded', detail: 'the engine was killed' }, 'the engine was killed']],
  configLoaded: [[{ code: 'configLoaded', hash: 'ff', changes: 'nothing' }, 'configuration ff in effect: nothing']],
  configRefused: [
    [{ code: 'configRefused', errors: ['a:1:2: x', 'a:3:4: y'] }, 'configuration refused: a:1:2: x; a:3:4: y'],
  ],
  configWarning: [[{ code: 'configWarning', detail: 'alerts: not in effect' }, 'alerts: not in effect']],
  actionAccepted: [[{ code: 'actionAccepted', action: 'switchover' }, 'switchover accepted']],
  actionRefused: [
    [{ code: 'actionRefused', action: 'switch over', detail: 'not active' }, 'cannot switch over: not active'],
  ],
  preemptionHeld: [[{ code: 'preemptionHeld', until: 'for 600 s' }, 'preemption held for 600 s']],
  preemptionReleased: [[{ code: 'preemptionReleased' }, 'preemption no longer held']],
};

describe('a reason', () => {
  for (const [code, cases] of Object.entries(TEXTS)) {
    for (const [reason, text] of cases) {
      it(`reads '${text}'`, () => {
        assert.equal(reason.code, code);
        assert.equal(formatReason(reason), text);
        assert.deepEqual(describeReason(reason), { code, text });
      });
    }
  }

  it('has a text for every code', () => {
    for (const [code, cases] of Object.entries(TEXTS)) assert.ok(cases.length > 0, code);
  });

  it('is one sentence, without a full stop at its end or anything that is not said', () => {
    for (const [reason] of Object.values<readonly (readonly [Reason, string])[]>(TEXTS).flat()) {
      assert.doesNotMatch(formatReason(reason), /\.$|\n|undefined|NaN|\[object/);
    }
  });
});
