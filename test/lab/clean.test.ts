/** `tandemd clean`: what a service manager runs after a daemon that did not end in order. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { until } from '../../lab/clock.ts';
import type { Outcome } from '../../lab/command.ts';
import { isAlive, markOf } from '../../lab/registry.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP } from '../../lab/topology.ts';
import { packageFolder } from '../../daemon/where.ts';
import { stage, start } from './stage.ts';

describe('tandemd clean', function () {
  this.timeout(60_000);
  const on = stage();

  const clean = ({ host, state, run }: Tandem): Promise<Outcome> =>
    host.run([process.execPath, join(packageFolder, 'bin/tandemd'), 'clean', '--state', state, '--run', run]);

  async function activeWithAddress(): Promise<Tandem> {
    const a = await start(on.a, { router: { addresses: [`${VIP}/24`, '10.77.0.201/24', '10.77.0.202/24'] } });
    await a.waitRole('active');
    await until(() => on.a.host.has('10.77.0.202'), { what: 'the addresses are there' });
    return a;
  }

  it('removes nothing while a daemon runs', async () => {
    const a = await activeWithAddress();
    const { code, stdout } = await clean(a);
    assert.equal(code, 0);
    assert.match(stdout, /a daemon runs on .*: nothing is removed/);
    assert.ok(on.a.host.has(VIP));
    await a.waitRole('active');
  });

  it('removes the addresses that a killed daemon left, and no others', async () => {
    const a = await activeWithAddress();
    await on.a.host.run(['ip', 'address', 'add', '10.77.0.203/24', 'dev', 'eth0']);
    // The engine cannot leave in order, and the guardian cannot execute its will.
    a.freeze('guardian');
    a.kill('engine');
    a.kill('guardian');
    assert.ok(on.a.host.has(VIP));
    const { code, stdout, stderr } = await clean(a);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout.match(/^removed 10\.77\.0\.\d+\/24 from eth0$/gm)?.length, 3);
    for (const address of [VIP, '10.77.0.201', '10.77.0.202']) assert.equal(on.a.host.has(address), false, address);
    assert.ok(on.a.host.has('10.77.0.203'), 'what somebody else put there stays');
    assert.equal((await clean(a)).stdout, '', 'the second time there is nothing to do');
  });

  it('waits for an engine that outlived its guardian: it resigns by itself @long', async () => {
    const a = await activeWithAddress();
    const engine = markOf(a.pid('engine') ?? -1) ?? assert.fail('an engine runs');
    a.kill('guardian');
    const { code } = await clean(a);
    assert.equal(code, 0);
    assert.equal(isAlive(engine), false);
    assert.equal(on.a.host.has(VIP), false);
  });
});
