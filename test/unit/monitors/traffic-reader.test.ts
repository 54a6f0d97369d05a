import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTrafficReader, parseNetDev } from '../../../monitors/traffic-reader.ts';

const TEXT = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  224418    1853    0    0    0     0          0         0   224418    1853    0    0    0     0       0          0
  eth0: 9007199254740993 12 0    0    0     0          0         0      900      12    0    0    0     0       0          0
eth0.10:123456789 12 0    0    0     0          0         0      900      12    0    0    0     0       0          0
`;

describe('the counters of /proc/net/dev', () => {
  it('are the bytes received, of the interfaces asked for', () => {
    assert.deepEqual(
      [...parseNetDev(TEXT, ['lo', 'eth0.10'])],
      [
        ['lo', 224_418],
        ['eth0.10', 123_456_789],
      ],
    );
  });

  it('lack an interface that is not there', () => {
    assert.deepEqual([...parseNetDev(TEXT, ['eth', 'h0', '10', 'eth0.1', 'face', 'eth1'])], []);
  });

  it('may be larger than a number holds exactly', () => {
    assert.equal(parseNetDev(TEXT, ['eth0']).get('eth0'), 9_007_199_254_740_992);
  });

  it('are left out where a line is none of the expected form', () => {
    assert.deepEqual([...parseNetDev('eth0:\neth0: x 1\neth0:-5 1\neth0 5', ['eth0'])], []);
  });
});

describe('the reader of traffic', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-traffic-'));
    file = join(folder, 'dev');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('finds the loopback of this namespace', () => {
    const reader = createTrafficReader();
    assert.ok(reader.read(['lo']).has('lo'));
    assert.ok(reader.read(['lo']).has('lo'), 'and again from the open file');
    reader.close();
  });

  it('reads anew each time, and what is longer than its buffer', () => {
    const reader = createTrafficReader(file);
    const lines = (bytes: number): string =>
      Array.from({ length: 2000 }, (_, n) => `port${n}: ${bytes + n} 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`).join('');
    writeFileSync(file, lines(1000));
    assert.equal(reader.read(['port1999']).get('port1999'), 2999);
    writeFileSync(file, lines(5000));
    assert.equal(reader.read(['port1999']).get('port1999'), 6999);
    assert.equal(reader.read(['port0']).get('port0'), 5000);
    reader.close();
  });

  it('answers with nothing while it cannot read, and reads again when it can', () => {
    const reader = createTrafficReader(join(folder, 'later'));
    assert.equal(reader.read(['eth0']).size, 0);
    writeFileSync(join(folder, 'later'), 'eth0: 7 0\n');
    assert.equal(reader.read(['eth0']).get('eth0'), 7);
    reader.close();
    assert.equal(reader.read(['eth0']).get('eth0'), 7, 'closing it is not for ever');
    reader.close();
  });
});
