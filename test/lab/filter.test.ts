/** The table of sessions in a real kernel: what is rendered is what nft takes, step by step, and nothing else is touched. */
import assert from 'node:assert/strict';
import type { FilterRequest, SessionRules } from '../../core/session-link.ts';
import { createFilter } from '../../daemon/sessions/filter.ts';
import type { Filter } from '../../daemon/sessions/filter.ts';
import type { FilterGround } from '../../daemon/sessions/rules.ts';
import type { Host } from '../../lab/host.ts';
import { createLab } from '../../lab/lab.ts';
import type { Lab } from '../../lab/lab.ts';
import { need } from '../support/need.ts';

const GROUND: FilterGround = {
  instance: 'a',
  ports: ['eth0', 'eth1'],
  peers: ['10.90.0.2', 'fe80::2'],
  haPort: 11211,
  haInterface: 'ha0',
};
const RULES: SessionRules = {
  session: 'ms-1',
  target: '203.0.113.0/24',
  blocklist: true,
  ratelimit: null,
  copyTo: null,
};
const FOREIGN =
  'table netdev other { chain mine { ip saddr 192.0.2.1 drop; }; }\ntable inet filter { chain input { type filter hook input priority 0; policy accept; }; }\n';

describe('the table of sessions in the kernel', function () {
  this.timeout(120_000);
  let lab: Lab;
  let box: Host;
  let filter: Filter;
  let marked = false;

  before(function () {
    this.timeout(60_000);
    need(this, 'namespaces', 'nft');
    lab = createLab();
    box = lab.host('box');
    const other = lab.host('other');
    for (const name of ['eth0', 'eth1', 'mon0']) lab.cable(box.port(name, {}), other.port(name, {}));
    box.command(['nft', '-f', '-'], FOREIGN);
  });
  after(() => lab?.close());

  beforeEach(async () => {
    filter = createFilter({
      async run(argv, input) {
        const { code, stdout, stderr } = await box.run(argv, input === null ? {} : { input });
        return { ok: code === 0, text: stdout, trouble: stderr };
      },
      isThere: (port) => box.ports.has(port),
      mark: { set: (on) => (marked = on), isSet: () => marked },
    });
    await filter.plan(GROUND);
  });
  afterEach(() => filter.undo());

  const apply = (request: Partial<Extract<FilterRequest, { kind: 'filter.apply' }>>): ReturnType<Filter['perform']> =>
    filter.perform({
      kind: 'filter.apply',
      whole: false,
      load: null,
      sessions: [],
      put: [],
      take: [],
      renew: [],
      ...request,
    });
  const tables = (): string => box.command(['nft', 'list', 'tables']);
  const listed = (): string => box.command(['nft', 'list', 'table', 'netdev', 'tandem_sessions_of_a']);
  const set = (name: string): readonly string[] => {
    const text = box.command(['nft', 'list', 'set', 'netdev', 'tandem_sessions_of_a', name]);
    return (/elements = \{([^}]*)\}/.exec(text)?.[1] ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .toSorted();
  };
  const GOOD = { ok: true, text: '' };

  it('takes every kind of rule, for both families', async () => {
    const ratelimit = { bitsPerSecond: 10_000_000, packetsPerSecond: 1000 } as const;
    const all = (['203.0.113.0/24', '2001:db8::/32', '0.0.0.0/0', '::/0'] as const).flatMap((target, at) =>
      (['target', 'source'] as const).map((per): SessionRules => ({
        session: `ms-${at}-${per}`,
        target,
        blocklist: true,
        ratelimit: { ...ratelimit, per },
        copyTo: 'mon0',
      })),
    );
    const put = all.map(({ session }) => ({
      session,
      sources: ['198.51.100.7', '192.0.2.0/24', '2001:db8::7', 'fd00::/8'],
    }));
    assert.deepEqual(await apply({ whole: true, sessions: all, put }), GOOD);
    const text = listed();
    assert.equal([...text.matchAll(/dup to "mon0"/g)].length, all.length);
    assert.equal([...text.matchAll(/jump s_/g)].length, all.length);
    assert.match(text, /chain in_eth1/);
    assert.deepEqual(await filter.perform({ kind: 'filter.look' }), GOOD);
  });

  it('changes step by step, and only as far as it has to', async () => {
    assert.deepEqual(
      (await apply({ sessions: [RULES] })).again,
      true,
      'there is nothing yet that a change could start from',
    );
    assert.deepEqual(
      await apply({
        whole: true,
        sessions: [RULES],
        put: [{ session: 'ms-1', sources: ['198.51.100.7', '192.0.2.0/24', '192.0.2.0/25'] }],
      }),
      GOOD,
    );
    const two: SessionRules = {
      ...RULES,
      session: 'ms-2',
      ratelimit: { per: 'source', bitsPerSecond: null, packetsPerSecond: 10 },
    };
    const put = [
      { session: 'ms-1', sources: ['198.51.100.8', '198.51.100.8'] },
      { session: 'ms-2', sources: ['192.0.2.9'] },
    ];
    assert.deepEqual(await apply({ sessions: [RULES, two], put }), GOOD);
    assert.deepEqual(set('s_ms_2d_1_hosts'), ['198.51.100.7', '198.51.100.8']);
    assert.deepEqual(set('s_ms_2d_2_hosts'), ['192.0.2.9']);
    const take = [{ session: 'ms-1', sources: ['198.51.100.7'] }];
    const renew = [{ session: 'ms-1', sources: ['192.0.2.0/24'] }];
    assert.deepEqual(await apply({ sessions: [RULES, two], take, renew }), GOOD);
    assert.deepEqual(set('s_ms_2d_1_hosts'), ['198.51.100.8']);
    assert.deepEqual(set('s_ms_2d_1_nets'), ['192.0.2.0/24'], 'one network lay in the other');
    assert.deepEqual(await apply({ sessions: [two] }), GOOD);
    assert.doesNotMatch(listed(), /s_ms_2d_1/);
    assert.deepEqual(await apply({ sessions: [] }), GOOD);
    assert.doesNotMatch(tables(), /tandem/);
    assert.equal(marked, false);
  });

  it('is asked for as a whole again after a step that could not be made, and loses nothing by it', async () => {
    await apply({ whole: true, sessions: [RULES], put: [{ session: 'ms-1', sources: ['198.51.100.7'] }] });
    const wrong = await apply({ sessions: [RULES], take: [{ session: 'ms-1', sources: ['198.51.100.99'] }] });
    assert.deepEqual([wrong.ok, wrong.again], [false, true]);
    assert.deepEqual(set('s_ms_2d_1_hosts'), ['198.51.100.7']);
    assert.equal((await apply({ sessions: [RULES] })).again, true);
  });

  it('is noticed to be gone when somebody flushes all rules', async () => {
    await apply({ whole: true, sessions: [RULES] });
    box.command(['nft', 'delete', 'table', 'netdev', 'tandem_sessions_of_a']);
    const seen = await filter.perform({ kind: 'filter.look' });
    assert.equal(seen.again, true);
    assert.match(seen.text, /removed the rules of eth0, eth1/);
  });

  it('copies nowhere where there is no such interface, or where it would be a loop, and holds all the same', async () => {
    for (const copyTo of ['eth0', 'ha0', 'lo', 'none0']) {
      const put = [{ session: 'ms-1', sources: ['198.51.100.7'] }];
      assert.deepEqual(await apply({ whole: true, sessions: [{ ...RULES, copyTo }], put }), GOOD);
      assert.doesNotMatch(listed(), /dup to/);
      assert.deepEqual(set('s_ms_2d_1_hosts'), ['198.51.100.7']);
      assert.deepEqual(await filter.perform({ kind: 'filter.look' }), GOOD);
    }
  });

  it('takes 100,000 sources in one step, staged in pieces', async () => {
    const all = Array.from({ length: 100_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    for (let at = 0; at < all.length; at += 5000) {
      const sources = all.slice(at, at + 5000);
      assert.deepEqual(await filter.perform({ kind: 'filter.stage', load: 'l1', session: 'ms-1', sources }), GOOD);
    }
    assert.deepEqual(await apply({ whole: true, load: 'l1', sessions: [RULES] }), GOOD);
    assert.deepEqual(await apply({ sessions: [RULES], put: [{ session: 'ms-1', sources: ['192.0.2.1'] }] }), GOOD);
    const { stdout } = await box.run(['nft', 'list', 'set', 'netdev', 'tandem_sessions_of_a', 's_ms_2d_1_hosts']);
    assert.equal(stdout.match(/\d+\.\d+\.\d+\.\d+/g)?.length, 100_001);
  });

  it('touches no other table, whatever happens to it', async () => {
    await apply({ whole: true, sessions: [RULES] });
    await filter.undo();
    const rules = box.command(['nft', 'list', 'ruleset']);
    assert.match(rules, /table netdev other \{\n\tchain mine \{\n\t\tip saddr 192\.0\.2\.1 drop/);
    assert.match(rules, /table inet filter/);
    assert.doesNotMatch(rules, /tandem/);
  });

  it('is not made for a configuration without a manager, and what there was of it goes', async () => {
    await apply({ whole: true, sessions: [RULES] });
    await filter.plan(null);
    assert.doesNotMatch(tables(), /tandem/);
    await filter.plan({ ...GROUND, ports: ['gone0'] });
    assert.match((await apply({ whole: true, sessions: [RULES] })).text, /none of gone0/);
  });
});
