import assert from 'node:assert/strict';
import type { PeerStatus, Role, Status } from '../../../core/status.ts';
import { knownOf, leaderOf } from '../../../stack/leader/choice.ts';
import { samplePeer, sampleRouter, sampleStatus } from '../daemon/sample-status.ts';

/** An instance as a row: role, eligible, priority, and the routers that it is active for. */
type Row = readonly [role: Role | 'unknown', eligible: boolean, priority: number, active?: readonly string[]];

/** The status of the first of them, that hears the others. Every router is a group of its own unless there is only one. */
function statusOf(rows: Readonly<Record<string, Row>>, routers: readonly string[] = ['wan']): Status {
  const [[self, own], ...others] = Object.entries(rows) as [[string, Row], ...(readonly [string, Row])[]];
  const activeOf = ([role, , , active]: Row): readonly string[] => active ?? (role === 'active' ? routers : []);
  return sampleStatus({
    instance: self,
    role: own[0] as Role,
    eligible: own[1],
    routers: routers.map((name) =>
      sampleRouter({ name, group: name, priority: own[2], state: activeOf(own).includes(name) ? 'active' : 'backup' }),
    ),
    peers: others.map(([name, row]): PeerStatus => {
      const [role, eligible, priority] = row;
      const fresh = role !== 'unknown';
      return samplePeer({
        name,
        role,
        eligible: fresh ? eligible : null,
        activeGroups: fresh ? activeOf(row) : null,
        priorities: fresh ? Object.fromEntries(routers.map((router) => [router, priority])) : null,
      });
    }),
  });
}

const CASES: readonly (readonly [what: string, leader: string | null, rows: Readonly<Record<string, Row>>])[] = [
  ['the active one, whatever the ranks', 'b', { a: ['standby', true, 200], b: ['active', true, 100] }],
  ['the active one, even if it may not stay so', 'a', { a: ['active', false, 100], b: ['standby', true, 200] }],
  ['this instance, if it hears nobody', 'a', { a: ['standby', true, 100], b: ['unknown', false, 200] }],
  ['of two actives that have just met, the better', 'b', { a: ['active', true, 100], b: ['active', true, 200] }],
  ['of two equal actives, the first by name', 'a', { b: ['active', true, 100], a: ['active', true, 100] }],
  [
    'without an active, who may become it',
    'b',
    { a: ['fault', false, 200], b: ['standby', true, 90], c: ['fault', false, 100] },
  ],
  ['where nobody may, the best-ranked', 'a', { a: ['fault', false, 200], b: ['maintenance', false, 100] }],
  ['not one that is starting', 'b', { a: ['starting', true, 200], b: ['bypass', false, 100] }],
  ['nobody while all are starting', null, { a: ['starting', true, 200], b: ['starting', true, 100] }],
  ['of equals, the first by name', 'a', { b: ['standby', true, 100], a: ['standby', true, 100] }],
];

describe('who leads', () => {
  for (const [what, leader, rows] of CASES) {
    it(`is ${what}`, () => assert.equal(leaderOf(knownOf(statusOf(rows))), leader));
  }

  it('is the same for all that hear each other', () => {
    for (const [what, , rows] of CASES) {
      const heard = Object.entries(rows).filter(([, [role]]) => role !== 'unknown');
      const said = heard.map(([name, row]) =>
        leaderOf(knownOf(statusOf({ [name]: row, ...Object.fromEntries(heard) }))),
      );
      assert.equal(new Set(said).size, 1, what);
    }
  });

  it('is the active one of the first virtual router where they are shared out', () => {
    const rows: Record<string, Row> = { a: ['active', true, 100, ['lan']], b: ['active', true, 200, ['wan']] };
    assert.equal(leaderOf(knownOf(statusOf(rows, ['wan', 'lan']))), 'b');
    assert.equal(leaderOf(knownOf(statusOf(rows, ['lan', 'wan']))), 'a');
  });

  it('is the active one of the next router while the first has none', () => {
    const rows: Record<string, Row> = { a: ['standby', true, 200], b: ['active', true, 100, ['lan']] };
    assert.equal(leaderOf(knownOf(statusOf(rows, ['wan', 'lan']))), 'b');
  });

  it('is the active one of a group, of whose routers it may not have every one', () => {
    const status = statusOf({ a: ['standby', true, 200], b: ['active', true, 100] });
    const routers = [sampleRouter({ name: 'wan', group: 'stack', state: 'backup' })];
    const peers = status.peers.map((peer) => ({ ...peer, activeGroups: ['stack'] }));
    assert.equal(leaderOf(knownOf({ ...status, routers, peers })), 'b');
  });

  it('ranks without routers by name alone', () => {
    const status = statusOf({ b: ['standby', true, 100], a: ['standby', true, 100] });
    assert.equal(leaderOf(knownOf({ ...status, routers: [] })), 'a');
  });
});
