import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { interfaceNames, namesIn } from '../../../manager/host.ts';

const DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 19006964   22903    0    0    0     0          0         0 19006964   22903    0    0    0     0       0          0
eth0.10: 584831820   15106    0    0    0     0          0         0  1279614   10204    0    0    0     0       0          0
  bond0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
`;

describe('the interfaces of this machine', () => {
  it('are those that the kernel lists, with and without an address', () => {
    assert.deepEqual(namesIn(DEV), ['bond0', 'eth0.10', 'lo']);
    assert.deepEqual(namesIn(''), []);
    const names = interfaceNames();
    assert.ok(!names.includes('lo'));
    for (const name of Object.keys(networkInterfaces())) assert.ok(name === 'lo' || names.includes(name), name);
  });
});
