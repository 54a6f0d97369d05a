import assert from 'node:assert/strict';
import { diagnose } from '../../../cli/doctor-checks.ts';
import type { Check, ConfigFound, Findings } from '../../../cli/doctor-checks.ts';
import { readSetting } from '../../../cli/doctor-findings.ts';
import { checksText } from '../../../cli/doctor.ts';
import type { Status } from '../../../core/status.ts';
import { samplePeer, sampleRouter, sampleStatus } from '../daemon/sample-status.ts';

const SOUND: Readonly<Record<string, string>> = {
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.eth2.rp_filter': '2',
  'net.ipv4.conf.all.promote_secondaries': '0',
  'net.ipv4.conf.eth0.promote_secondaries': '1',
  'net.ipv4.ip_nonlocal_bind': '1',
  'net.ipv6.ip_nonlocal_bind': '1',
};

function findings(
  status: Findings['status'],
  settings: Readonly<Record<string, string>> = {},
  change: Partial<Findings> = {},
): Findings {
  const all = { ...SOUND, ...settings };
  return {
    status,
    configFile: '/etc/tandem/tandem.yaml',
    config: { kind: 'valid', hash: '0123456789abcdef' },
    sameNetwork: true,
    setting: (name) => all[name] ?? null,
    machine: null,
    groupExists: true,
    ...change,
  };
}

/** `level name` of everything that is not ok. */
function complaints(found: Findings): string[] {
  return diagnose(found)
    .filter((check) => check.level !== 'ok')
    .map((check) => `${check.level} ${check.name}`);
}

const withStatus = (change: Partial<Status>): string[] => complaints(findings(sampleStatus(change)));
const withSettings = (settings: Readonly<Record<string, string>>, change: Partial<Status> = {}): string[] =>
  complaints(findings(sampleStatus(change), settings));
const withConfig = (config: ConfigFound): string[] => complaints(findings(sampleStatus(), {}, { config }));

describe('doctor', () => {
  it('has nothing to say against a sound instance', () => {
    assert.deepEqual(withStatus({}), []);
  });

  it('fails for a daemon that does not answer, and looks at the rest', () => {
    assert.deepEqual(complaints(findings({ unreachable: 'no daemon' }, {}, { groupExists: false })), [
      'fail daemon',
      'warn access',
    ]);
  });

  it('fails for a guardian that is gone, and for every fault', () => {
    assert.deepEqual(withStatus({ processes: { guardian: null, engine: 1, helper: null, manager: null } }), [
      'fail processes',
    ]);
    const fault = { scope: 'router', router: 'wan', hard: true, since: '', text: 'x' } as const;
    assert.deepEqual(
      withStatus({
        faults: [
          { ...fault, name: 'noSource' },
          { ...fault, name: 'cannotSend' },
        ],
      }),
      ['fail faults', 'fail faults'],
    );
  });

  it('warns of conditions and of warnings of the configuration', () => {
    assert.deepEqual(withStatus({ conditions: [{ name: 'mute', since: '', text: 'x' }] }), ['warn conditions']);
    const configuration = {
      ...sampleStatus().configuration,
      warnings: ['alerts: accepted, not in effect in this version'],
    };
    assert.deepEqual(withStatus({ configuration }), ['warn configuration']);
  });

  it('warns when nobody is known to be active', () => {
    const routers = [sampleRouter({ state: 'backup', activeSource: null })];
    assert.deepEqual(withStatus({ role: 'standby', routers }), ['warn service']);
    assert.deepEqual(withStatus({ role: 'starting', routers }), []);
    const peers = [samplePeer({ role: 'active' })];
    assert.deepEqual(withStatus({ role: 'standby', routers, peers }), [], 'a report says it as well as an advert');
  });

  it('warns of a peer that does not answer, runs other settings or another version', () => {
    const withPeer = (change: Parameters<typeof samplePeer>[0]): string[] =>
      withStatus({ peers: [samplePeer(change)] });
    assert.deepEqual(withPeer({}), []);
    assert.deepEqual(withPeer({ health: 'unhealthy', role: 'unknown' }), ['warn peers']);
    assert.deepEqual(withPeer({ configurationHash: 'other' }), ['warn peers']);
    assert.deepEqual(withPeer({ version: '0.2.0' }), ['warn peers']);
    assert.deepEqual(withPeer({ configurationHash: null, version: null }), [], 'nothing is known of it');
  });

  it('says what to do about every fault', () => {
    const names = [
      'linkPairs',
      'track',
      'bypassStuck',
      'bypassUnknown',
      'flapLimit',
      'noSource',
      'cannotSend',
    ] as const;
    const rest = { scope: 'instance', hard: true, since: '', text: 'x' } as const;
    const checks = diagnose(findings(sampleStatus({ faults: names.map((name) => ({ ...rest, name })) })));
    const advised = checks.filter((check) => check.name === 'faults' && check.advice !== undefined);
    assert.equal(advised.length, names.length);
  });

  it('warns without real time and locked memory', () => {
    assert.deepEqual(withStatus({ realtime: { scheduling: false, memoryLocked: false } }), [
      'warn realtime',
      'warn realtime',
    ]);
  });

  const lateness: [string, Status['lateness'], number, string[]][] = [
    ['a little late', { p50: 0, p99: 4, worst: 9 }, 10, []],
    ['an advert missed', { p50: 0, p99: 4, worst: 11 }, 10, ['warn lateness']],
    ['often late', { p50: 0, p99: 6, worst: 9 }, 10, ['warn lateness']],
    ['the same with slow adverts', { p50: 0, p99: 6, worst: 11 }, 1000, []],
  ];
  for (const [name, late, advertIntervalMs, expected] of lateness) {
    it(`judges lateness by the interval of adverts: ${name}`, () => {
      assert.deepEqual(withStatus({ lateness: late, routers: [sampleRouter({ advertIntervalMs })] }), expected);
    });
  }

  it('compares the file with what is in effect', () => {
    assert.deepEqual(withConfig({ kind: 'valid', hash: 'other' }), ['warn configuration']);
    assert.deepEqual(withConfig({ kind: 'missing' }), ['warn configuration']);
    assert.deepEqual(withConfig({ kind: 'unreadable', text: 'EACCES' }), ['warn configuration']);
    assert.deepEqual(withConfig({ kind: 'invalid', errors: 'f:1:1: x' }), ['fail configuration']);
  });

  it('looks at the settings of the kernel', () => {
    assert.deepEqual(withSettings({ 'net.ipv4.conf.eth2.rp_filter': '1' }), ['warn kernel']);
    assert.deepEqual(
      withSettings({ 'net.ipv4.conf.all.rp_filter': '1' }),
      [],
      'the larger value counts, and 2 is loose',
    );
    const many = { routers: [sampleRouter({ addresses: ['192.0.2.8/24', '192.0.2.9/24'] })] };
    assert.deepEqual(withSettings({ 'net.ipv4.conf.eth0.promote_secondaries': '0' }, many), ['warn kernel']);
    assert.deepEqual(
      withSettings({ 'net.ipv4.conf.eth0.promote_secondaries': '0' }),
      [],
      'one address has no secondaries',
    );
    const six = { routers: [sampleRouter({ family: 'ipv6', addresses: ['2001:db8::1/64'] })] };
    assert.deepEqual(withSettings({ 'net.ipv6.conf.eth0.disable_ipv6': '1' }, six), ['fail kernel']);
    const elsewhere = findings(sampleStatus(), { 'net.ipv4.conf.eth2.rp_filter': '1' }, { sameNetwork: false });
    assert.deepEqual(complaints(elsewhere), [], 'settings of another network namespace say nothing');
  });

  it('names ip_nonlocal_bind without calling it a mistake', () => {
    const checks = diagnose(findings(sampleStatus(), { 'net.ipv4.ip_nonlocal_bind': '0' }));
    const found = checks.find((check) => check.advice?.includes('ip_nonlocal_bind=1'));
    assert.equal(found?.level, 'ok');
  });

  it('reads settings of interfaces with dots in their names', () => {
    assert.match(readSetting('net.ipv4.conf.lo.rp_filter') ?? '', /^\d$/);
    assert.equal(readSetting('net.ipv4.conf.no.such.eth0.rp_filter'), null);
  });

  it('prints a line a check, with what to do below it', () => {
    const checks: Check[] = [
      { name: 'daemon', level: 'ok', text: 'a answers' },
      { name: 'faults', level: 'fail', text: 'no source address for adverts', advice: 'give it one' },
    ];
    const plain = (_style: string, text: string): string => text;
    assert.equal(
      checksText(checks, Infinity, plain),
      'ok    daemon: a answers\nfail  faults: no source address for adverts\n      -> give it one\n',
    );
    assert.equal(checksText(checks, 30, plain).split('\n')[2], '      address for adverts');
  });
});
