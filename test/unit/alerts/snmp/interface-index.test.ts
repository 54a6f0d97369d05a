import assert from 'node:assert/strict';
import { createInterfaceIndex, findIndex } from '../../../../alerts/snmp/interface-index.ts';

const DEV_MCAST = `2    ifb0            1     0     333300000001
4    eth0            1     0     333300000001
4    eth0            1     0     01005e000001
112  a-name-of-15-ch 1     0     01005e000001
`;
const IGMP = `Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter
1\tlo        :     1      V3
\t\t\t\t010000E0     1 0:00000000\t\t0
112\ta-name-of-15-ch:     1      V3
`;

describe('the number of an interface', () => {
  it('is found in both tables of the kernel, by the whole name', () => {
    assert.equal(findIndex(DEV_MCAST, 'eth0'), 4);
    assert.equal(findIndex(DEV_MCAST, 'a-name-of-15-ch'), 112);
    assert.equal(findIndex(IGMP, 'lo'), 1);
    assert.equal(findIndex(IGMP, 'a-name-of-15-ch'), 112);
    for (const table of [DEV_MCAST, IGMP, '']) assert.equal(findIndex(table, 'eth'), null);
  });

  it('is not known of what is no interface', () => {
    const index = createInterfaceIndex();
    assert.deepEqual(['no-such', '../../etc', '.', ''].map(index), [null, null, null, null]);
    assert.ok(index('lo')! > 0);
  });
});
