import assert from 'node:assert/strict';
import { AnswerTrack, movesSince } from '../../../bench/answer-track.ts';
import { regularity, takeovers } from '../../../bench/adverts.ts';
import { advertFrames } from '../../../bench/nudge.ts';
import { cpuOfStat, memoryOfRollup, parentOfStat, processorsOfStat } from '../../../bench/proc.ts';
import {
  USUAL_STACK,
  keepalivedText,
  manyAddresses,
  manyRouters,
  stackChange,
  tandemConfig,
} from '../../../bench/spec.ts';
import { loadConfigText } from '../../../config/load.ts';
import { readFrame } from '../../../lab/frame.ts';

const advert = (at: number, source = 'a', priority = 200) => ({ at, source, priority });

describe('bench: adverts on the wire', () => {
  it('measures what gaps exceed the interval by, and counts what is missing in them', () => {
    const adverts = [0, 10, 20.5, 30, 61, 71].map((at) => advert(at));
    const found = regularity([...adverts, advert(25, 'b')], 'a', 10);
    assert.deepEqual({ ...found, p50: 0 }, { count: 6, p50: 0, p99: 21, worst: 21, missed: 2 });
    assert.equal(found.p50, 0);
  });

  it('finds nothing in silence', () => {
    assert.deepEqual(regularity([], 'a', 10), { count: 0, p50: 0, p99: 0, worst: 0, missed: 0 });
  });

  it('counts how often another began to advertise, not how often it did, and no resignation', () => {
    const a = advert(0);
    const b = advert(0, 'b', 100);
    assert.equal(takeovers([a, a], 'a'), 0);
    assert.equal(takeovers([a, b, b, a, b, a], 'a'), 2);
    assert.equal(takeovers([b], 'a'), 1);
    assert.equal(takeovers([a, advert(0, 'b', 0), a], 'a'), 0);
  });

  it('nudges with adverts that are right in every field', () => {
    const [frame] = advertFrames({ intervalMs: 1000, routers: [{ id: 51, addresses: ['10.77.0.100/24'] }] }, 0);
    const seen = readFrame(frame ?? Buffer.alloc(0));
    assert.ok(seen?.kind === 'advert');
    assert.deepEqual(
      [
        seen.vrid,
        seen.priority,
        seen.version,
        seen.intervalMs,
        seen.ttl,
        seen.addresses,
        seen.checksum.withPseudoHeader,
      ],
      [51, 0, 3, 1000, 255, ['10.77.0.100'], true],
    );
  });
});

describe('bench: many addresses', () => {
  it('tells who answers for an address, and for how long nobody did', () => {
    const track = new AnswerTrack(2, 15);
    track.answer(0, 1, 64);
    track.answer(0, 11, 64);
    track.answer(0, 50, 65);
    track.answer(7, 50, 65);
    assert.deepEqual(track.take(60), {
      upTo: 60,
      changes: [
        [0, 1, 64],
        [0, 50, 65],
      ],
      gaps: [[0, 11, 50]],
    });
    assert.deepEqual(track.take(80), { upTo: 80, changes: [], gaps: [] });
  });

  it('counts whoever answers after a long silence as new, even if it is the same', () => {
    const track = new AnswerTrack(1, 15);
    for (const at of [0, 100, 250]) track.answer(0, at, 64);
    assert.deepEqual(
      track.take(300).changes.map(([, at]) => at),
      [0, 250],
    );
  });

  it('finds the first and the last address that moved, and the longest silence since', () => {
    const batches = [
      {
        upTo: 100,
        changes: [
          [0, 5, 64],
          [1, 6, 64],
        ],
        gaps: [[0, 1, 90]],
      },
      { upTo: 200, changes: [[1, 150, 65]], gaps: [[1, 95, 150]] },
      {
        upTo: 300,
        changes: [
          [0, 210, 65],
          [0, 220, 64],
          [0, 230, 65],
        ],
        gaps: [],
      },
    ] as const;
    assert.deepEqual(movesSince(batches, 100), { moved: 2, first: 50, last: 110, silence: 55 });
    assert.deepEqual(movesSince([], 100), { moved: 0, first: 0, last: 0, silence: 0 });
  });
});

describe('bench: /proc', () => {
  const stat = '42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 7 0 100';

  it('reads CPU time and parent past a name with parentheses', () => {
    assert.equal(cpuOfStat(stat), 2000);
    assert.equal(parentOfStat(stat), 7);
  });

  it('reads memory in MB', () => {
    const found = memoryOfRollup('559e-7ffd ---p 0 00:00 0 [rollup]\nRss:  50000 kB\nPss:  20000 kB\nPss_Anon: 1 kB\n');
    assert.deepEqual([found.rss, found.pss], [51.2, 20.48]);
  });

  it('reads how busy the processors are', () => {
    assert.deepEqual(processorsOfStat('cpu  10 1 5 80 4 0 0 0 3 0\ncpu0 1 1 1 1\n'), { busy: 16, idle: 84 });
  });
});

describe('bench: configurations', () => {
  const spec = manyRouters(255, 100);

  it('has 255 different addresses', () => {
    assert.equal(new Set(manyAddresses(255)).size, 255);
    assert.equal(manyAddresses(255).at(-1), '10.80.0.255/32');
  });

  it('gives Tandem a valid configuration', () => {
    const loaded = loadConfigText(JSON.stringify(tandemConfig('a', spec)), 'bench.yaml');
    assert.ok(loaded.ok, JSON.stringify(loaded));
  });

  it('gives both programs the same routers, priorities and intervals', () => {
    const text = keepalivedText('b', spec);
    assert.equal(text.match(/^vrrp_instance /gm)?.length, 255);
    assert.equal(text.match(/^ {2}priority 100$/gm)?.length, 255);
    assert.equal(text.match(/^ {2}advert_int 0\.1$/gm)?.length, 255);
    assert.ok(text.includes('10.80.0.255/32 dev eth0'));
    assert.ok(!text.includes('vrrp_rt_priority'));
    assert.ok(keepalivedText('b', { ...spec, realtime: true }).includes('vrrp_rt_priority 50'));
    const config = JSON.stringify(tandemConfig('b', spec));
    assert.equal(config.match(/"priority":100,"advertInterval":"100ms"/g)?.length, 255);
  });

  it('gives peers the same routers as strangers, the paths that are meant, and other checks only where said', () => {
    const { routers, ...usual } = stackChange('b', spec, USUAL_STACK);
    assert.deepEqual(usual, { paths: ['ha', 'backup'] });
    assert.deepEqual(routers, tandemConfig('b', spec)['vrrp']);
    const often = stackChange('b', spec, { paths: ['ha'], checkMs: 10 });
    assert.deepEqual([often.paths, often.peerCheck], [['ha'], { interval: '10ms' }]);
  });

  it('has keepalived watch the ports of the link pair where Tandem does', () => {
    const tracked = (text: string) => /track_interface \{\s+([^}]*)\}/.exec(text)?.[1]?.trim().split(/\s+/);
    assert.deepEqual(tracked(keepalivedText('a', spec)), ['eth0']);
    assert.deepEqual(tracked(keepalivedText('a', { ...spec, pairs: true })), ['eth0', 'wan0', 'lan0']);
  });
});
