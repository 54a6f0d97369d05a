import assert from 'node:assert/strict';
import { loadConfigText } from '../../../config/load.ts';
import { managerPlan } from '../../../config/manager-plan.ts';
import type { ManagerPlan } from '../../../config/manager-plan.ts';

const HEAD = 'instance: a\nstack: s\n';

function plan(text: string): ManagerPlan | null {
  const loaded = loadConfigText(HEAD + text, 'test.yaml');
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return managerPlan(loaded.value.config);
}

describe('what the manager is told of the configuration', () => {
  it('names every file with a secret that its alerts need, once', () => {
    const files = plan(`
alerts:
  snmp:
    agent: { listen: 192.0.2.1:1161, communityFile: /s/community, user: reader, authFile: /s/auth, privFile: /s/priv }
    traps:
      - { version: 3, host: 192.0.2.9, user: tandem, authFile: /s/auth, privFile: /s/trap-priv }
      - { version: 2c, host: 192.0.2.9, communityFile: /s/trap-community }
  webhooks: [{ url: https://192.0.2.9/, secretFile: /s/hook, caFile: /s/hook-ca }]
`)?.files;
    assert.deepEqual(files?.toSorted(), [
      '/s/auth',
      '/s/community',
      '/s/hook',
      '/s/hook-ca',
      '/s/priv',
      '/s/trap-community',
      '/s/trap-priv',
    ]);
    assert.deepEqual(plan('alerts: { snmp: { agent: { agentx: 127.0.0.1:705 } } }')?.files, []);
  });

  it('says which routers accept packets to their addresses, and whether a better instance takes over', () => {
    const { vrrp } = plan(`
ha: { preempt: false }
vrrp:
  - { name: wan, id: 1, interface: eth0, addresses: [203.0.113.1/24] }
  - { name: lan, id: 2, interface: eth1, addresses: [203.0.113.9/24], accept: false }
`)!;
    assert.deepEqual(vrrp, { preempt: false, accepting: ['wan'] });
  });

  it('is nothing where there is no manager', () => assert.equal(plan('manager: false'), null));
});
