/** Too little traffic on the active instance (brain 9): one move, and no second. */
import assert from 'node:assert/strict';
import { sleep } from '../../lab/clock.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import { PAIR } from '../../lab/topology.ts';
import { startStream } from '../../lab/traffic.ts';
import {
  claims,
  condition,
  ownedBy,
  stackOf,
  stage,
  startMember,
  startStack,
  watchAddress,
  withPairs,
} from './stage.ts';

const PLENTY = 10_000_000;
const MEASURED: StackChange = { bandwidth: { enabled: true, minimum: '4Mbps', window: '1s', cooldown: '1s' } };
/** Several windows and cool-downs. */
const WHILE = 4000;

describe('too little traffic', function () {
  this.timeout(60_000);
  const on = stage(withPairs, 'nft');

  it('moves the role once, by a handover, and not a second time; traffic that is back arms it again', async () => {
    const stream = await startStream(on.topology, PLENTY);
    const [a, b] = await startStack(on, MEASURED);
    const address = await watchAddress(on);
    const { bandwidth } = await a.waitStatus((status) => status.bandwidth.state === 'ok', 'a has measured a window');
    assert.ok((bandwidth.averageBps ?? 0) > 4_000_000, `${bandwidth.averageBps} bps`);
    assert.equal((await b.status()).bandwidth.averageBps, null, 'the standby measures nothing');

    stream.setRate(0);
    await b.waitRole('active');
    await ownedBy(on, 'b');
    assert.equal((await a.waitRole('standby')).reason.code, 'handedOver');
    assert.equal((await a.status()).flaps.count, 1, 'it is a flap (brain 8.1)');
    await sleep(WHILE);
    assert.deepEqual([await claims(a), await claims(b)], [1, 1], 'it is not taken back, and not moved again');
    assert.equal((await b.status()).bandwidth.disarmedBy, 'a');
    assert.equal((await a.status()).bandwidth.disarmedBy, 'a', 'on the whole stack');

    stream.setRate(PLENTY);
    await a.waitRole('active');
    await ownedBy(on, 'a');
    assert.equal((await a.status()).bandwidth.disarmedBy, null);
    await address.nothingLost();
  });

  it('moves nothing where nobody could take over: an alarm', async () => {
    const a = await startMember(on, on.a, MEASURED);
    await a.waitRole('active');
    await condition(a, 'bandwidthLow');
    await sleep(WHILE / 2);
    assert.deepEqual([(await a.status()).role, await claims(a)], ['active', 1]);
  });

  it('field "Enable bandwidth monitoring": off, a quiet night moves nothing', async () => {
    const [a, b] = await startStack(on, { bandwidth: { ...MEASURED.bandwidth, enabled: false } });
    await sleep(WHILE / 2);
    assert.deepEqual([(await a.status()).bandwidth.state, await claims(b)], ['off', 0]);
  });

  it('field "Minimum bandwidth": the same traffic is enough for a lower minimum, and too little for a higher one', async () => {
    await startStream(on.topology, 2_000_000);
    const [a, b] = await startStack(on, { bandwidth: { ...MEASURED.bandwidth, minimum: '500kbps' } });
    await a.waitStatus((status) => status.bandwidth.state === 'ok', 'a has measured a window');
    await sleep(WHILE / 2);
    assert.equal(await claims(b), 0);
    for (const tandem of [b, a]) {
      const higher = { bandwidth: { ...MEASURED.bandwidth, minimum: '20Mbps' } };
      const { code, stderr } = await tandem.reload(stackOf(on, tandem.host.name, higher));
      assert.equal(code, 0, stderr);
    }
    await b.waitRole('active');
  });

  it('field "Minimum bandwidth", its window: a pause shorter than the window is forgiven', async () => {
    const stream = await startStream(on.topology, PLENTY);
    const [a, b] = await startStack(on, {
      bandwidth: { ...MEASURED.bandwidth, window: '3s', interfaces: [PAIR.outside] },
    });
    await a.waitStatus((status) => status.bandwidth.state === 'ok', 'a has measured a window');
    stream.setRate(0);
    // More than the window of the other tests, less than half of this one: the average stays above the minimum.
    await sleep(1200);
    stream.setRate(PLENTY);
    await sleep(WHILE / 2);
    assert.deepEqual([(await a.status()).bandwidth.state, await claims(b)], ['ok', 0]);
  });
});
