import assert from 'node:assert/strict';
import { parseIpv4 } from '../../vrrp/ip-header.ts';
import { awkward, fuzzPackets } from './packets.ts';

const RUNS = Number(process.env['TANDEM_FUZZ_RUNS'] ?? '200000');

describe('hostile packets', () => {
  it(`${RUNS} of them crash nothing and move nothing that a valid advert would not`, function () {
    this.timeout(0);
    const { accepted, wrong } = fuzzPackets({ runs: RUNS, seed: 1 });
    assert.deepEqual(wrong, []);
    assert.ok(accepted > RUNS / 100, `only ${accepted} of ${RUNS} were accepted: the deeper checks are not reached`);
  });

  it('are the same for the same seed', () => {
    assert.deepEqual(fuzzPackets({ runs: 2000, seed: 7 }), fuzzPackets({ runs: 2000, seed: 7 }));
  });

  it('padded to the least length of a frame are read by the length that the header says', () => {
    const parsed = parseIpv4(awkward());
    assert.ok(parsed.ok);
    assert.equal(parsed.value.payload.length, 12);
  });
});
