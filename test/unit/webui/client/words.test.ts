import assert from 'node:assert/strict';
import type { HaSettings, SettingName, SettingsView } from '../../../../core/api/settings.ts';
import type { Status } from '../../../../core/status.ts';
import { giving, taking } from '../../../../webui/client/dialogs/preconditions.ts';
import { changed, drastic, effectOf } from '../../../../webui/client/words/effects.ts';
import { bytes, count, duration, rate, roundTrip, span, stripText } from '../../../../webui/client/words/format.ts';
import { BYPASS, HEALTH, KINDS, PAIR, ROLE, SEVERITY, check } from '../../../../webui/client/words/words.ts';
import { MANAGER_KINDS } from '../../../../core/api/journal.ts';
import { SAMPLE_SETTINGS } from '../../../support/sample-settings.ts';
import { sampleSnapshot } from '../../../support/sample-stack.ts';
import type { Scenario } from '../../../support/sample-stack.ts';

const statusOf = (scenario: Scenario): Status => sampleSnapshot(scenario).status!;

describe('numbers and times as the page says them', () => {
  it('rates, durations, ages and sizes', () => {
    assert.deepEqual([null, 0, 999, 1000, 50_000_000, 1_234_567_890].map(rate), [
      '–',
      '0 b/s',
      '999 b/s',
      '1 kb/s',
      '50 Mb/s',
      '1.23 Gb/s',
    ]);
    assert.deepEqual([5, 99.5, 300, 2000, 900_000, 7_200_000].map(duration), [
      '5 ms',
      '99.5 ms',
      '0.3 s',
      '2 s',
      '15 min',
      '2 h',
    ]);
    assert.deepEqual([-5, 400, 12_000, 200_000, 15_120_000, 273_600_000].map(span), [
      '0.0 s',
      '0.4 s',
      '12 s',
      '3 min 20 s',
      '4 h 12 min',
      '3 d 4 h',
    ]);
    assert.deepEqual([null, 0.42, 12.6].map(roundTrip), ['–', '0.4 ms', '13 ms']);
    assert.deepEqual([512, 2048, 5 * 2 ** 30].map(bytes), ['512 B', '2 KiB', '5 GiB']);
    assert.deepEqual([count(1, 'instance'), count(2, 'instance')], ['1 instance', '2 instances']);
  });

  it('the strip of checks in words', () => {
    assert.equal(stripText(''), 'no checks yet');
    assert.equal(stripText('pppp'), '4 of 4 passed');
    assert.equal(stripText('pfpp'), '3 of 4 passed, the last failure 2 checks ago');
    assert.equal(stripText('ppff'), '2 of 4 passed, the last one failed');
  });
});

describe('the page’s words', () => {
  it('tell every two apart by their shape, not by colour alone', () => {
    for (const words of [ROLE, HEALTH, PAIR, BYPASS, SEVERITY]) {
      const shapes = Object.values(words).map(({ shape }) => shape);
      assert.equal(new Set(shapes).size, shapes.length, shapes.join(' '));
    }
  });

  it('say how a check goes, with its numbers', () => {
    const limits = { failureThreshold: 3, recoveryThreshold: 2 };
    const say = (health: 'healthy' | 'unhealthy' | 'unknown', failing: number, recovering: number): string =>
      check({ health, failing, recovering, ...limits }).text;
    assert.deepEqual(
      [
        say('healthy', 0, 0),
        say('healthy', 2, 0),
        say('unhealthy', 3, 0),
        say('unhealthy', 0, 1),
        say('unknown', 0, 0),
      ],
      ['Pass', 'Failing (2 of 3)', 'Failed', 'Recovering (1 of 2)', 'Unknown'],
    );
  });

  it('have a filter for every kind of the manager’s entries, and none twice', () => {
    const kinds = KINDS.flatMap((group) => group.kinds);
    assert.equal(new Set(kinds).size, kinds.length);
    for (const kind of MANAGER_KINDS) assert.ok(kinds.includes(kind), kind);
  });
});

const VIEW: SettingsView = {
  revision: 'r1',
  values: SAMPLE_SETTINGS,
  fields: [],
  interfaces: [],
  pairsConfigured: 2,
  flapsAction: 'bypass',
  bypassDriver: 'bridge',
  flapsWindowSeconds: 900,
  fileErrors: [],
  pending: false,
  warnings: [],
};

/** Field, what is typed, what the stack is like, what is said. */
const EFFECTS: readonly (readonly [SettingName, Partial<HaSettings>, Scenario, string, RegExp])[] = [
  ['mode', { mode: 'off' }, 'protected', 'plain', /runs alone/],
  ['primary', { primary: true }, 'standby', 'error', /^b is the primary already/],
  ['primary', { primary: false }, 'protected', 'warning', /no instance of the stack would be the primary/],
  ['port', {}, 'protected', 'plain', /same on every instance/],
  ['port', { port: 11300 }, 'protected', 'warning', /^b uses port 11211: it must change there too/],
  ['peerCheckIntervalMs', { peerCheckIntervalMs: 100 }, 'protected', 'plain', /^10 checks a second/],
  ['peerCheckIntervalMs', { peerCheckIntervalMs: 2000 }, 'protected', 'plain', /^a check every 2 s/],
  ['peerFailureThreshold', { peerFailureThreshold: 5 }, 'protected', 'plain', /about 0\.5 s of silence/],
  ['peerRecoveryThreshold', {}, 'protected', 'plain', /about 0\.2 s of answers/],
  ['maximumFlaps', { maximumFlaps: 0 }, 'protected', 'plain', /^no limit/],
  ['maximumFlaps', {}, 'protected', 'plain', /beyond 6 flaps in 15 min the primary goes into bypass/],
  ['minimumBandwidth', { bandwidthEnabled: false }, 'protected', 'plain', /used only while/],
  ['minimumBandwidth', { minimumBandwidth: 9e11 }, 'protected', 'warning', /would trigger a failover now$/],
  ['minimumBandwidth', { minimumBandwidth: 9e11 }, 'standby', 'plain', /^= 900 Gb\/s, now 400 Mb\/s$/],
  ['minimumActiveLinks', { minimumActiveLinks: 3 }, 'protected', 'error', /more than there are/],
  ['minimumActiveLinks', { minimumActiveLinks: 2 }, 'protected', 'warning', /would mark itself down now$/],
  ['minimumActiveLinks', { minimumActiveLinks: 0 }, 'protected', 'plain', /links never mark it down/],
];

describe('what a setting comes to', () => {
  for (const [name, change, scenario, level, text] of EFFECTS) {
    it(`${name} ${JSON.stringify(change)} (${scenario})`, () => {
      const values = { ...SAMPLE_SETTINGS, ...change };
      const effect = effectOf(name, { values, view: VIEW, status: statusOf(scenario) });
      assert.equal(effect?.level, level, effect?.text);
      assert.match(effect?.text ?? '', text);
    });
  }

  it('is asked about again where it would cost the role at once', () => {
    const ground = {
      values: { ...SAMPLE_SETTINGS, minimumBandwidth: 9e11 },
      view: VIEW,
      status: statusOf('protected'),
    };
    assert.equal(drastic(ground).length, 1);
    assert.deepEqual(drastic({ ...ground, values: SAMPLE_SETTINGS }), []);
  });

  it('is about what differs', () => {
    assert.deepEqual(changed(SAMPLE_SETTINGS, { ...SAMPLE_SETTINGS, port: 1, maximumFlaps: 2 }), [
      'port',
      'maximumFlaps',
    ]);
  });
});

describe('what is looked at before a switchover', () => {
  const failing = (list: ReturnType<typeof giving>): readonly string[] =>
    list.filter(({ ok }) => !ok).map(({ text, hard }) => `${hard ? 'hard' : 'soft'}: ${text}`);

  it('nothing is in the way in a healthy stack', () => {
    const status = statusOf('protected');
    assert.deepEqual(failing(giving('b', status)), []);
    assert.deepEqual(failing(taking('b', statusOf('standby'))), []);
  });

  it('a peer that does not answer, may not, or is not there cannot take over', () => {
    assert.deepEqual(failing(giving('b', statusOf('degraded'))), [
      'hard: b does not answer',
      'hard: b may not become active',
    ]);
    assert.deepEqual(failing(giving('b', statusOf('serviceDown'))), ['hard: b may not become active: linkPairs']);
    assert.deepEqual(failing(giving('c', statusOf('protected'))), ['hard: no peer is known']);
  });

  it('different settings and too few link pairs are said, and stop nobody', () => {
    const status = statusOf('protected');
    const [peer] = status.peers;
    const changedPeer = { ...peer!, configurationHash: 'other', links: { active: 0, minimum: 1 } };
    assert.deepEqual(failing(giving('b', { ...status, peers: [changedPeer] })), [
      'soft: 0 of 1 required link pairs',
      'soft: settings differ',
    ]);
  });

  it('an instance with a fault does not take over, and says which', () => {
    const status = { ...statusOf('standby'), eligible: false };
    assert.deepEqual(failing(taking('b', status)), ['hard: a may not become active']);
  });
});
