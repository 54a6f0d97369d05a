import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { checkConfig } from '../../../config/check.ts';
import { NOT_IN_EFFECT } from '../../../config/effect.ts';
import { formatConfigError } from '../../../config/error.ts';
import { LARGEST_FILE, loadConfigFile, loadConfigText } from '../../../config/load.ts';
import { resolvePlan } from '../../../config/resolve.ts';
import { masterDownMs } from '../../../config/router-facts.ts';
import { structure } from '../../../config/schema.ts';
import { suggest } from '../../../config/suggest.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const example = join(here, '../../../config/example.yaml');
const HEAD = 'instance: a\nstack: s\n';

function load(text: string) {
  const loaded = loadConfigText(text, 'test.yaml');
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.map(formatConfigError).join('\n'));
  return loaded.value;
}

function planOf(text: string) {
  const { config, warnings } = load(text);
  return resolvePlan(config, warnings);
}

describe('loading a configuration', () => {
  it('fills in every default of the design', () => {
    const { config } = load(HEAD);
    assert.equal(config.ha.mode, 'off');
    assert.equal(config.ha.port, 11_211);
    assert.deepEqual(config.ha.peerCheck, { interval: 100, failureThreshold: 3, recoveryThreshold: 2 });
    assert.deepEqual(config.links, { interval: 100, minimumActive: 0, pairs: [] });
    assert.deepEqual(config.bandwidth, {
      enabled: false,
      minimum: 1024,
      window: 10_000,
      interfaces: [],
      cooldown: 900_000,
    });
    assert.deepEqual(config.flaps, { max: 6, window: 900_000, action: 'bypass' });
    assert.deepEqual(config.realtime, { priority: 50, lockMemory: true });
    assert.ok(config.manager !== false);
    assert.deepEqual(config.manager.listen, ['0.0.0.0:8443']);
    assert.equal(config.manager.sessionLifetime, 43_200_000);
    assert.deepEqual(config.alerts.retention, { days: 90, maxEvents: 1_000_000 });
    assert.equal(config.store.lease, 15_000);
  });

  it('names in one warning the sections that have no effect yet, and only those in the file', () => {
    assert.deepEqual(load(HEAD).notInEffect, []);
    const { warnings } = load(
      `${HEAD}alerts: {}\nstore: { kind: etcd, endpoints: [https://192.0.2.7] }\nfleet: {}\nmanager: false\ndrills: []\n`,
    );
    assert.equal(warnings[0], 'store.endpoints, fleet: accepted, not in effect in this version');
  });

  it('does not warn of peers, link pairs, bandwidth, flaps, bypass and tracks: they are in effect', () => {
    const text = `${HEAD}ha: { mode: active-passive, interface: eth2, secretFile: /k, peers: [{ name: b, paths: [192.0.2.2] }], fastTakeover: false }
links: { pairs: [{ name: wan1, outside: eth0, inside: eth1 }] }
bandwidth: { enabled: true }
flaps: { max: 3 }
bypass: { driver: bridge }
tracks: [{ name: g, type: ping, target: 192.0.2.9 }]
`;
    assert.deepEqual(load(text).notInEffect, []);
  });

  it('knows every key of which it says that it has no effect', () => {
    for (const key of NOT_IN_EFFECT) {
      const [section = '', inner] = key.split('.');
      assert.ok(Object.hasOwn(structure.shape, section), key);
      const found = load(HEAD).config[section as 'store'];
      if (inner !== undefined) assert.ok(Object.hasOwn(found, inner), key);
    }
  });

  it('refuses a file of more than one MiB without parsing it', () => {
    const loaded = loadConfigText(`${HEAD}#${'x'.repeat(LARGEST_FILE)}`, 'big.yaml');
    assert.ok(!loaded.ok);
    assert.match(formatConfigError(loaded.error[0]!), /^big\.yaml: larger than 1048576 bytes/);
  });

  it('bounds what a hostile file costs', function () {
    this.timeout(60_000);
    const hostile = [
      '['.repeat(200_000),
      '- '.repeat(300_000),
      'a: '.repeat(200_000),
      Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'),
      `${HEAD}vrrp: [${'{},'.repeat(20_000)}]`,
      `${HEAD}x: &x 1\ny: [${'*x,'.repeat(20_000)}]`,
      `${HEAD}ha: {peers: [${'&a [*a],'.repeat(20_000)}]}`,
    ];
    for (const text of hostile) {
      const loaded = loadConfigText(text, 'hostile.yaml');
      assert.ok(!loaded.ok);
      assert.ok(loaded.error.length >= 1 && loaded.error.length <= 501);
    }
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 200 })), (text) => {
        const loaded = loadConfigText(text, 'fuzz.yaml');
        if (!loaded.ok) loaded.error.map(formatConfigError);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws on a mutated file, and what it accepts can be resolved', function () {
    this.timeout(60_000);
    const folder = join(here, 'good');
    const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
    const texts = [example, ...files.map((file) => join(folder, file))].map((file) => readFileSync(file, 'utf8'));
    const piece = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        '\n',
        '  ',
        '\t',
        ': ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        '&a ',
        '*a',
        '!x ',
        '|',
        '"',
        "'",
        '#',
        'null',
        '-1',
        '1e99',
        '~',
        '%',
      ),
    );
    const cut = fc.record({ at: fc.nat(5000), length: fc.nat(12), piece });
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(cut, { minLength: 1, maxLength: 4 }), (text, cuts) => {
        const mutated = cuts.reduce((all, { at, length, piece: by }) => {
          const begin = at % (all.length + 1);
          return all.slice(0, begin) + by + all.slice(begin + length);
        }, text);
        const loaded = loadConfigText(mutated, 'fuzz.yaml');
        if (loaded.ok) assert.equal(resolvePlan(loaded.value.config).hash.length, 16);
        else for (const error of loaded.error) assert.doesNotMatch(formatConfigError(error), /\n/);
      }),
      { numRuns: 600 },
    );
  });

  it('guesses what was meant', () => {
    const keys = ['preempt', 'preemptDelay', 'peers', 'mode'];
    assert.equal(suggest('prempt', keys), 'preempt');
    assert.equal(suggest('preempt_delay', keys), 'preemptDelay');
    assert.equal(suggest('PEERS', keys), 'peers');
    assert.equal(suggest('mdoe', keys), 'mode');
    assert.equal(suggest('colour', keys), null);
    assert.equal(suggest('x'.repeat(100_000), keys), null);
  });
});

describe('resolving a plan', () => {
  const router = (extra = '') =>
    `${HEAD}ha: { mode: active-passive, interface: eth0 }\nvrrp: [{ name: wan, id: 1, addresses: [192.0.2.1/24]${extra} }]\n`;

  it('gives instances that run the same settings the same hash', () => {
    const a = planOf(router(', priority: 200, sourceAddress: 192.0.2.11, unicastPeers: [192.0.2.12]'));
    const b = planOf(
      router(', priority: 100, sourceAddress: 192.0.2.12, unicastPeers: [192.0.2.11]').replace(
        'instance: a',
        'instance: b',
      ),
    );
    assert.equal(a.hash, b.hash);
    assert.match(a.hash, /^[0-9a-f]{16}$/);
  });

  it('gives another hash to another setting', () => {
    const hashes = [
      '',
      ', accept: false',
      ', advertInterval: 2s',
      ', unicastPeers: [192.0.2.12]',
      ', virtualMac: true',
    ].map((extra) => planOf(router(extra)).hash);
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('puts all routers of active-passive into one group, and each into its own otherwise', () => {
    assert.equal(planOf(router()).routers[0]?.group, 'stack');
    assert.equal(planOf(router().replace('active-passive', 'off')).routers[0]?.group, 'wan');
  });

  it('warns of a weight that can never move an address', () => {
    const track = 'tracks: [{ name: gw, type: ping, target: x, weight: -20 }]\n';
    assert.ok(!load(router() + track).warnings.some((text) => text.includes('weight')));
    const held = load(router().replace('interface: eth0', 'interface: eth0, preempt: false') + track).warnings;
    assert.ok(held.some((text) => text.startsWith('track gw: with ha.preempt false')));
  });

  it('warns of an IPv6 router whose first address is not link-local', () => {
    const six = (addresses: string) => load(router().replace('[192.0.2.1/24]', addresses)).warnings.join('\n');
    assert.match(six('["2001:db8::1/64"]'), /router wan: its first address is not link-local/);
    assert.doesNotMatch(six('["fe80::1/64", "2001:db8::1/64"]'), /link-local/);
  });

  it('computes Master_Down as RFC 9568 and RFC 3768 do', () => {
    assert.equal(masterDownMs(3, 1000, 100), 3000 + (156 * 1000) / 256);
    assert.equal(masterDownMs(3, 10, 254), 30 + 20 / 256);
    assert.equal(masterDownMs(2, 2000, 100), 6000 + (156 * 1000) / 256);
  });
});

describe('tandemd check', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-check-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('sums up a valid file', async () => {
    const { exitCode, stdout, stderr } = await checkConfig(example, { print: 'text' });
    assert.deepEqual([exitCode, stderr], [0, '']);
    const lines = stdout.split('\n');
    assert.equal(lines[0], `${example}: configuration OK`);
    assert.equal(lines[1], 'instance a, stack edge, mode active-passive, primary');
    assert.match(
      lines[2]!,
      /^router wan: VRID 51, IPv4, version 3 on eth2, addresses on eth0, 1 address, priority 200, group stack, advert every 1s, Master_Down 3\.219s$/,
    );
    assert.match(stdout, /peer detection time 300ms = interval 100ms × failureThreshold 3/);
  });

  it('prints the plans of engine and manager, a line of JSON each', async () => {
    const { exitCode, stdout } = await checkConfig(example, { print: 'plan' });
    assert.equal(exitCode, 0);
    const plans = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(plans.length, 2);
    assert.deepEqual(
      plans.map((plan) => [plan['instance'], 'routers' in plan, 'alerts' in plan]),
      [
        ['a', true, false],
        ['a', false, true],
      ],
    );
  });

  it('prints every error on its own line and exits with 2', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'instance: a\nha: { mode: of }\n');
    const { exitCode, stdout, stderr } = await checkConfig(file, { print: 'text' });
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /bad\.yaml:1:1: stack: required key is missing/);
    assert.match(stderr, /bad\.yaml:2:13: ha\.mode: expected one of .*, found "of" \(did you mean off\?\)\n/);
  });

  it('says what is the matter with a file that cannot be read', async () => {
    const binary = join(folder, 'latin1.yaml');
    writeFileSync(binary, Buffer.from([0x61, 0x3a, 0x20, 0xe4, 0x0a]));
    const texts = await Promise.all(
      [join(folder, 'missing.yaml'), folder, binary].map(async (path) => {
        const loaded = await loadConfigFile(path);
        assert.ok(!loaded.ok);
        return formatConfigError(loaded.error[0]!).slice(folder.length);
      }),
    );
    assert.match(texts[0]!, /^\/missing\.yaml: no such file/);
    assert.match(texts[1]!, /^: not a file/);
    assert.match(texts[2]!, /^\/latin1\.yaml: not UTF-8/);
  });

  it('shows no password', async () => {
    const file = join(folder, 'password.yaml');
    writeFileSync(
      file,
      `${HEAD}ha: { interface: eth0 }\nvrrp: [{ name: w, id: 1, version: 2, addresses: [192.0.2.1/24], authentication: { type: pass, password: hunter2 } }]\n`,
    );
    const { exitCode, stdout } = await checkConfig(file, { print: 'text' });
    assert.equal(exitCode, 0);
    assert.doesNotMatch(stdout, /hunter2/);
  });
});
