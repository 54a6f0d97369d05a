/**
 * Checks of one's own that decide eligibility or priority: black-box scenarios 16 to 18 (vrrp.md 3.4), brain 2.3. Scenario 25 is with the bypass.
 */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, until } from '../../lab/clock.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP } from '../../lab/topology.ts';
import type { Place } from '../../lab/topology.ts';
import { claims, condition, knows, ownedBy, routerOf, stage, startStack, withBackup } from './stage.ts';

const QUICK = { interval: '100ms', timeout: '90ms', fall: 2, rise: 2 };

/** A check that a file is there; it is, in the beginning. */
function fileTrack(place: Place, name: string, more: Readonly<Record<string, unknown>> = {}) {
  const target = join(place.host.folder('tracks'), name);
  writeFileSync(target, '');
  return { name, type: 'file', target, ...QUICK, ...more };
}

const remove = (place: Place, ...names: readonly string[]): void => {
  for (const name of names) rmSync(join(place.host.folder('tracks'), name));
};
const put = (place: Place, ...names: readonly string[]): void => {
  for (const name of names) writeFileSync(join(place.host.folder('tracks'), name), '');
};

describe('tracks', function () {
  this.timeout(60_000);
  const on = stage(withBackup);

  it('a check that fails is a fault: the standby takes over, and back when it has risen again', async () => {
    const [a, b] = await startStack(on, { tracks: [fileTrack(on.a, 'gateway')] }, {});
    remove(on.a, 'gateway');
    const fault = await a.waitRole('fault');
    assert.deepEqual([fault.faults[0]?.name, fault.faults[0]?.hard], ['track', false]);
    assert.match(fault.faults[0]?.text ?? '', /gateway/);
    await b.waitRole('active');
    await ownedBy(on, 'b');
    put(on.a, 'gateway');
    await a.waitRole('active');
    await ownedBy(on, 'a');
  });

  it('a check that fails everywhere takes nobody off: the active stays, with an alarm (brain 2.3)', async () => {
    const [a, b] = await startStack(
      on,
      { tracks: [fileTrack(on.a, 'gateway')] },
      { tracks: [fileTrack(on.b, 'gateway')] },
    );
    remove(on.b, 'gateway');
    await b.waitRole('fault');
    await a.waitStatus(({ peers }) => peers[0]?.eligible === false, 'a knows it');
    remove(on.a, 'gateway');
    await condition(a, 'lastResort');
    await sleep(1000);
    assert.deepEqual([await claims(a), await claims(b)], [1, 0]);
    await ownedBy(on, 'a');
    put(on.b, 'gateway');
    await b.waitRole('active');
    await ownedBy(on, 'b');
  });

  it('scenario 16: of two routers on two networks both move when one loses its link, and both return', async () => {
    const routers = [
      { name: 'wan', id: 51 },
      { name: 'lan', id: 52, addressInterface: 'eth1', addresses: ['10.76.0.100/24'] },
    ];
    const [a, b] = await startStack(on, { paths: ['ha'], routers });
    const together = async (name: string): Promise<void> => {
      await ownedBy(on, name);
      await ownedBy(on, name, '10.76.0.100');
    };
    await together('a');
    for (const cable of [on.a.backup, on.a.data]) {
      cable.cut();
      await b.waitRole('active');
      await together('b');
      cable.restore();
      await a.waitRole('active');
      await together('a');
    }
    assert.deepEqual([await claims(a, 'wan'), await claims(a, 'lan')], [3, 3], 'never one without the other');
  });

  const WEIGHTS = ['one', 'two', 'three', 'four'];
  /** 100, and 10 for each of four: 140 against 120. */
  const weighted = (ha: Readonly<Record<string, unknown>> = {}): [StackChange, StackChange] => [
    { ha, router: { priority: 100 }, tracks: WEIGHTS.map((name) => fileTrack(on.a, name, { weight: 10 })) },
    { ha, router: { priority: 120 } },
  ];

  it('scenario 17: weights: three of four fail, the priority falls below the other, and the address moves; and back', async () => {
    const [a, b] = await startStack(on, ...weighted());
    assert.equal(routerOf(await a.status()).priority, 140);
    remove(on.a, 'one');
    await a.waitStatus((status) => routerOf(status).priority === 130, 'one of four costs ten');
    await sleep(500);
    assert.equal(await claims(b), 0, '130 is still better');
    remove(on.a, 'two', 'three');
    await b.waitRole('active');
    await ownedBy(on, 'b');
    const { role, eligible } = await a.waitStatus((status) => routerOf(status).priority === 110, '110 are left');
    assert.deepEqual([role, eligible], ['standby', true], 'a weight is no fault');
    put(on.a, 'one', 'two', 'three');
    await a.waitRole('active');
    await ownedBy(on, 'a');
  });

  it('scenario 17: without preempt a weight moves nothing, and that is told', async () => {
    const [a, b] = await startStack(on, ...weighted({ preempt: false }));
    assert.ok(
      (await a.status()).configuration.warnings.some((text) => /preempt/.test(text)),
      'a warning',
    );
    remove(on.a, 'one', 'two', 'three');
    await a.waitStatus((status) => routerOf(status).priority === 110, '110 are left');
    await sleep(1000);
    assert.equal(await claims(b), 0);
    await ownedBy(on, 'a');
  });

  it('a track that is bound to a router changes that one alone', async () => {
    const routers = [
      { name: 'wan', id: 51, owner: 'a' },
      { name: 'lan', id: 52, owner: 'a', addresses: ['10.77.0.110/24'] },
    ];
    const shared = { ha: { mode: 'active-active', primary: false }, routers };
    const bound = fileTrack(on.a, 'gateway', { routers: ['lan'] });
    const [a, b] = await startStack(on, { ...shared, tracks: [bound] }, shared);
    remove(on.a, 'gateway');
    await ownedBy(on, 'b', '10.77.0.110');
    await ownedBy(on, 'a', VIP);
    assert.deepEqual([await claims(a, 'wan'), await claims(b, 'wan')], [1, 0]);
  });

  describe('scenario 18: rise and fall', () => {
    /** A check whose results are written beforehand: a letter each, `F` fails; when they are used up it goes on as the last one. */
    function scripted(place: Place, results: string): Readonly<Record<string, unknown>> {
      const folder = place.host.folder('tracks');
      const [script, rest] = [join(folder, 'check'), join(folder, 'results')];
      writeFileSync(rest, results);
      writeFileSync(
        script,
        `#!/bin/sh
r=$(cat ${rest}); first=\${r%\${r#?}}
[ \${#r} -gt 1 ] && printf %s "\${r#?}" > ${rest}
[ "$first" = S ]
`,
      );
      chmodSync(script, 0o755);
      return {
        name: 'script',
        type: 'script',
        command: [script],
        interval: '200ms',
        timeout: '190ms',
        fall: 2,
        rise: 3,
      };
    }

    /** Lets every result but the last be taken. */
    const used = (place: Place): Promise<unknown> =>
      until(() => readFileSync(join(place.host.folder('tracks'), 'results'), 'utf8').length === 1, {
        what: 'every result was taken',
        limitMs: 20_000,
        everyMs: 20,
      });

    const ups = async (tandem: Tandem): Promise<readonly string[]> =>
      (await tandem.events())
        .filter(({ reason }) => reason.code === 'trackChanged')
        .map(({ reason }) => (/ is up/.test(reason.text) ? 'up' : 'down'));

    for (const [results, changes, role] of [
      ['SSSFSFSFSS', ['up'], 'active'],
      ['SSSFFSSS', ['up', 'down', 'up'], 'active'],
      ['SSSFFSSFSSFF', ['up', 'down'], 'fault'],
      ['SSSFSFF', ['up', 'down'], 'fault'],
    ] as const) {
      it(`${results} with rise 3 and fall 2: ${changes.join(', ')}`, async () => {
        const [a, b] = await startStack(on, { tracks: [scripted(on.a, 'S')] }, {});
        const file = join(on.a.host.folder('tracks'), 'results');
        // In one step: the check reads it all the time.
        writeFileSync(`${file}.new`, results);
        renameSync(`${file}.new`, file);
        await used(on.a);
        await a.waitStatus((status) => status.role === role, `a ends as ${role}`);
        const seen = await ups(a);
        // The first result of all may be told or not: nothing was known before.
        assert.deepEqual(
          seen.filter((text, n) => n > 0 || text !== 'up'),
          changes.slice(1),
        );
        await ownedBy(on, role === 'active' ? 'a' : 'b');
        await knows(b, 'a', role);
      });
    }
  });
});
