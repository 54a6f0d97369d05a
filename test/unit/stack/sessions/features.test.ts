import assert from 'node:assert/strict';
import { readPrefix } from '../../../../core/prefix.ts';
import { readFeatures, readSources, readTarget } from '../../../../stack/sessions/asked.ts';
import { featureTable, notHa } from '../../../../stack/sessions/features.ts';

const FACTS = {
  captureHa: false,
  commands: [
    { name: 'scrubber', ha: true },
    { name: 'learn', ha: false },
  ],
};
const target = readPrefix('203.0.113.0/24');
const TARGET = target.ok ? target.value : assert.fail();

describe('what survives a failover', () => {
  it('is a table: the rules do, a capture does where it is asked for, a command as its configuration says', () => {
    const ha = (captureHa: boolean): unknown => featureTable({ ...FACTS, captureHa }).map((row) => [row.name, row.ha]);
    const rest = [
      ['scrubber', true],
      ['learn', false],
    ];
    assert.deepEqual(ha(false), [
      ['blocklist', true],
      ['ratelimit', true],
      ['copy', true],
      ['capture', false],
      ...rest,
    ]);
    assert.deepEqual(ha(true), [['blocklist', true], ['ratelimit', true], ['copy', true], ['capture', true], ...rest]);
  });

  it('names what does not, and a command that is not known here is one of them', () => {
    const features = [
      { name: 'blocklist' },
      { name: 'capture', megabytes: 1 },
      { name: 'command', command: 'scrubber' },
      { name: 'command', command: 'learn' },
      { name: 'command', command: 'gone' },
    ] as const;
    assert.deepEqual(notHa(features, FACTS), ['capture', 'learn', 'gone']);
  });
});

describe('what is asked of a session', () => {
  it('has its networks in one form', () => {
    const cases: readonly (readonly [string, string | RegExp])[] = [
      ['198.51.100.7', '198.51.100.7'],
      ['198.51.100.7/32', '198.51.100.7'],
      ['198.51.100.0/24', '198.51.100.0/24'],
      ['0.0.0.0/0', '0.0.0.0/0'],
      ['2001:DB8:0::/32', '2001:db8::/32'],
      ['2001:db8::1/128', '2001:db8::1'],
      ['198.51.100.7/24', /did you mean 198\.51\.100\.0\/24/],
      ['198.51.100.0/33', /a network/],
      ['198.51.100.0/', /a network/],
      ['198.51.100.0/24/1', /a network/],
      ['fe80::1%eth0', /a network/],
      ['host.example', /a network/],
      ['', /a network/],
    ];
    for (const [text, wanted] of cases) {
      const read = readPrefix(text);
      if (typeof wanted === 'string') assert.deepEqual([text, read.ok && read.value.text], [text, wanted]);
      else assert.match(read.ok ? '' : read.error, wanted, text);
    }
    assert.match(
      readTarget('x').ok ? '' : (readTarget('x') as { error: string }).error,
      /^target: expected a network .*, found x$/,
    );
  });

  it('gets its defaults, the later of two equal features, and the sources of both', () => {
    const read = readFeatures(
      [
        { name: 'blocklist', sources: ['198.51.100.7/32'] },
        { name: 'ratelimit', rate: '10Mbps' },
        { name: 'blocklist', sources: ['198.51.100.7', '192.0.2.0/24'] },
        { name: 'ratelimit', per: 'source', packetsPerSecond: 50 },
        { name: 'capture' },
      ],
      TARGET,
      FACTS,
    );
    assert.deepEqual(read, {
      ok: true,
      value: {
        features: [
          { name: 'blocklist' },
          { name: 'ratelimit', per: 'source', bitsPerSecond: null, packetsPerSecond: 50 },
          { name: 'capture', megabytes: 100 },
        ],
        sources: ['198.51.100.7', '192.0.2.0/24'],
      },
    });
  });

  it('is refused with the field that is wrong', () => {
    const error = (...asked: Parameters<typeof readFeatures>[0][number][]): string => {
      const read = readFeatures(asked, TARGET, FACTS);
      return read.ok ? '' : read.error;
    };
    assert.match(error(), /^features: /);
    assert.match(error({ name: 'blocklist', sources: ['2001:db8::1'] }), /^sources: .*different families/);
    assert.match(error({ name: 'ratelimit' }), /^ratelimit: /);
    assert.match(error({ name: 'ratelimit', rate: 'fast' }), /^ratelimit\.rate: .*found fast/);
    assert.match(error({ name: 'ratelimit', rate: 12 }), /^ratelimit\.rate: expected 8kbps/);
    assert.match(error({ name: 'command', command: 'scruber' }), /^command: .*declares scrubber, learn/);
    assert.equal(readSources(['192.0.2.1/24'], TARGET).ok, false);
  });
});
