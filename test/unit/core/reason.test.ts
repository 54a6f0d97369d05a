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
