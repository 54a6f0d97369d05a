import assert from 'node:assert/strict';
import type { Executor } from '../../../daemon/guardian/executor.ts';
import { unhurried } from '../../../daemon/guardian/unhurried.ts';
import { LAN, WAN, willOf } from './guardian-wills.ts';

const rig = () => {
  const trace: string[] = [];
  const inner: Executor = {
    keep: (will) => void trace.push(`keep ${will.routers.map(({ name }) => name).join()}`),
    renew: () => void trace.push('renew'),
    execute: () => void trace.push('execute'),
    hold: () => void trace.push('hold'),
    held() {
      trace.push('held');
      return { routers: [], addresses: [] };
    },
    endHold: () => void trace.push('endHold'),
    close: () => void trace.push('close'),
  };
  return { trace, executor: unhurried(inner) };
};

describe('a will that has just come', () => {
  it('is worked out a moment later, the newest only', async () => {
    const { trace, executor } = rig();
    executor.keep(willOf(WAN));
    executor.keep(willOf(LAN));
    assert.deepEqual(trace, [], 'the engine has the processor first');
    while (trace.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    executor.close();
    assert.deepEqual(trace, ['keep lan', 'close']);
  });

  it('is worked out before anything is done that needs it, and once', () => {
    const acts: readonly [string, (executor: Executor) => void][] = [
      ['execute', (executor) => executor.execute(() => undefined)],
      ['hold', (executor) => executor.hold(() => undefined)],
      ['held', (executor) => executor.held()],
      ['endHold', (executor) => executor.endHold()],
      ['renew', (executor) => executor.renew()],
    ];
    for (const [name, act] of acts) {
      const { trace, executor } = rig();
      executor.keep(willOf(WAN));
      act(executor);
      executor.close();
      assert.deepEqual(trace, ['keep wan', name, 'close']);
    }
  });
});
