import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { HaSettings } from '../../../core/api/settings.ts';
import { editSettings } from '../../../config/edit.ts';
import { loadConfigText } from '../../../config/load.ts';
import { packageFolder } from '../../../daemon/where.ts';

const example = readFileSync(`${packageFolder}config/example.yaml`, 'utf8');

function edited(text: string, values: Partial<HaSettings>): string {
  const result = editSettings(text, values);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

const EVERY: HaSettings = {
  mode: 'active-passive',
  primary: false,
  interface: 'eth9',
  port: 12_000,
  peerCheckIntervalMs: 250,
  peerFailureThreshold: 4,
  peerRecoveryThreshold: 5,
  maximumFlaps: 0,
  bandwidthEnabled: false,
  minimumBandwidth: 50_000_000,
  bandwidthWindowSeconds: 60,
  linkIntervalMs: 2000,
  minimumActiveLinks: 0,
};

describe('an edit of the configuration file', () => {
  it('changes the value alone: comments, order, spacing and quotes stay', () => {
    const text = [
      '# top',
      'instance: a   # ours',
      'stack: "edge"',
      'ha:',
      "  mode: 'off'      # one of four",
      '  peerCheck: { interval: 100ms,   failureThreshold: 3 } # both',
      '  port:   11211',
      '',
      '# the end',
      '',
    ].join('\n');
    assert.equal(
      edited(text, { mode: 'active-passive', peerCheckIntervalMs: 50, port: 11212 }),
      text.replace("'off'", "'active-passive'").replace('100ms', '50ms').replace('11211', '11212'),
    );
  });

  it('adds what is missing at the end of its section, and the section where there is none', () => {
    const text = [
      'instance: a',
      'stack: edge',
      'ha:',
      '  mode: off',
      '  peers:',
      '    - name: b',
      '      paths: [192.0.2.2]   # the HA port',
      '  # nothing below',
      '',
      'vrrp: []',
      '',
    ].join('\n');
    assert.equal(
      edited(text, { peerFailureThreshold: 5, peerRecoveryThreshold: 4, minimumBandwidth: 50_000_000 }),
      [
        'instance: a',
        'stack: edge',
        'ha:',
        '  mode: off',
        '  peers:',
        '    - name: b',
        '      paths: [192.0.2.2]   # the HA port',
        '  peerCheck:',
        '    failureThreshold: 5',
        '    recoveryThreshold: 4',
        '  # nothing below',
        '',
        'vrrp: []',
        'bandwidth:',
        '  minimum: 50Mbps',
        '',
      ].join('\n'),
    );
  });

  it('keeps a file that is JSON as JSON', () => {
    const text = JSON.stringify({ instance: 'a', stack: 'edge', ha: { mode: 'off' } }, null, 2);
    const after = edited(text, { peerCheckIntervalMs: 20, interface: 'eth2', maximumFlaps: 2 });
    assert.deepEqual(JSON.parse(after), {
      instance: 'a',
      stack: 'edge',
      ha: { mode: 'off', interface: 'eth2', peerCheck: { interval: '20ms' } },
      flaps: { max: 2 },
    });
  });

  it('fills a section that stands there empty, and a key without a value', () => {
    assert.equal(
      edited('instance: a\nha: # later\nstack: e\n', { port: 5 }),
      'instance: a\nha: # later\n  port: 5\nstack: e\n',
    );
    assert.equal(edited('ha:\n  interface:\n', { interface: 'eth0' }), 'ha:\n  interface: eth0\n');
    assert.equal(edited('ha: {}\n', { port: 5 }), 'ha: { port: 5 }\n');
    assert.equal(edited('ha:\n  port: 1', { primary: true }), 'ha:\n  port: 1\n  primary: true\n');
    assert.equal(edited('ha:\r\n  port: 1\r\n', { primary: true }), 'ha:\r\n  port: 1\r\n  primary: true\r\n');
  });

  it('writes values as a person would', () => {
    const after = edited('instance: a\n', {
      peerCheckIntervalMs: 1500,
      minimumBandwidth: 1024,
      bandwidthWindowSeconds: 90,
      interface: '007',
    });
    assert.match(after, /interval: 1\.5s\n/);
    assert.match(after, /minimum: 1024\n/);
    assert.match(after, /window: 90s\n/);
    assert.match(after, /interface: "007"\n/);
    assert.match(edited(after, { interface: '' }), /interface: null\n/);
  });

  it('puts all of them into the file that is shipped, and every comment is still there', () => {
    const after = edited(example, EVERY);
    const loaded = loadConfigText(after, 'x.yaml');
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const { ha, flaps, bandwidth, links } = loaded.value.config;
    assert.deepEqual([ha.mode, ha.primary, ha.interface, ha.port], ['active-passive', false, 'eth9', 12_000]);
    assert.deepEqual(ha.peerCheck, { interval: 250, failureThreshold: 4, recoveryThreshold: 5 });
    assert.deepEqual(
      [flaps.max, bandwidth.enabled, bandwidth.minimum, bandwidth.window],
      [0, false, 50_000_000, 60_000],
    );
    assert.deepEqual([links.interval, links.minimumActive], [2000, 0]);
    const comments = (text: string): readonly string[] => text.match(/#.*/g) ?? [];
    assert.deepEqual(comments(after), comments(example));
    assert.equal(edited(after, EVERY), after, 'a second time changes nothing');
  });

  it('refuses where a change would change more than that', () => {
    const twice = 'ha: &x\n  port: 1\nlinks: *x\n';
    const result = editSettings(twice, { port: 2 });
    assert.ok(!result.ok);
    assert.match(result.error, /ha\.port stands in a part of the file that is used twice/);
    assert.ok(!editSettings('ha: [1]\n', { port: 2 }).ok);
    assert.ok(!editSettings('ha: {\n', { port: 2 }).ok);
  });
});
