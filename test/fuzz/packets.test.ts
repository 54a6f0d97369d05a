/** `TANDEM_FUZZ_RUNS` says how many packets; ten million: `node --import=tsx test/fuzz/main.ts --runs 10000000 --seed 1`. */
import assert from 'node:assert/strict';
import { judge } from './reference.ts';
import { fuzzPackets } from './packets.ts';
import { hex } from '../unit/vrrp/edge-samples.ts';

const RUNS = Number(process.env['TANDEM_FUZZ_RUNS'] ?? '200000');

describe('hostile packets', () => {
  it(`${RUNS} of them crash nothing and move nothing that a valid advert would not`, function () {
    this.timeout(0);
    const { accepted, transitions, refused, wrong } = fuzzPackets({ runs: RUNS, seed: 1 });
    assert.deepEqual(wrong, []);
    assert.ok(accepted > RUNS / 10, `only ${accepted} of ${RUNS} were accepted: little is learnt about the machines`);
    assert.ok(transitions > RUNS / 1000, `only ${transitions} changes of state`);
    for (const [counter, times] of Object.entries(refused)) {
      assert.ok(times > RUNS / 10_000, `${counter}: ${times} of ${RUNS}: that check is hardly reached`);
    }
  });

  it('are the same for the same seed', () => {
    assert.deepEqual(fuzzPackets({ runs: 2000, seed: 7 }), fuzzPackets({ runs: 2000, seed: 7 }));
  });
});

describe('the reference', () => {
  const ipv4 = (message: string, header = '4500 0020 0000 0000 ff70 0000 c0000202 e0000012') =>
    judge({ family: 'ipv4', interface: 'eth0', bytes: hex(header + message), source: '' });
  // VRID 1, priority 200, 1 s, one address; without pseudo-header.
  const ADVERT = '3101c801 0064 4434 c0000264';

  it('takes an advert that is in order', () => {
    assert.deepEqual(
      { ...ipv4(ADVERT), source: null },
      { router: 'v3', priority: 200, intervalMs: 1000, source: null },
    );
  });

  it('takes none that breaks a rule', () => {
    assert.equal(ipv4(ADVERT.replace('4434', '4435')), null, 'checksum');
    assert.equal(ipv4(ADVERT, '4500 0020 0000 0000 fe70 0000 c0000202 e0000012'), null, 'TTL');
    assert.equal(ipv4(ADVERT, '4500 0020 0000 2000 ff70 0000 c0000202 e0000012'), null, 'a fragment');
    assert.equal(ipv4(ADVERT, '4500 0020 0000 0000 ff70 0000 c0000201 e0000012'), null, 'our own source');
    assert.equal(ipv4(ADVERT, '4500 0020 0000 0000 ff70 0000 c0000202 c0000201'), null, 'unicast');
    assert.equal(ipv4(ADVERT, '4500 001f 0000 0000 ff70 0000 c0000202 e0000012'), null, 'length');
  });
});
