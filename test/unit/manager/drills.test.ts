import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEntry } from '../../../core/api/journal.ts';
import type { TandemEvent } from '../../../core/event.ts';
import { fail, ok } from '../../../core/result.ts';
import type { PeerStatus, Status } from '../../../core/status.ts';
import { probeOnce } from '../../../manager/drill-probe.ts';
import { createDrills, whyNot } from '../../../manager/drills.ts';
import type { Drills } from '../../../manager/drills.ts';
import { sampleStatus } from '../daemon/sample-status.ts';

const sample = sampleStatus();
const READY: PeerStatus = {
  ...sample.peers[0]!,
  name: 'b',
  health: 'healthy',
  role: 'standby',
  standing: 'eligible',
  faults: [],
  configurationHash: sample.configuration.hash,
};
const status = (more: Partial<Status> = {}, peer: Partial<PeerStatus> = {}): Status => ({
  ...sample,
  role: 'active',
  eligible: true,
  peers: [{ ...READY, ...peer }],
  ...more,
});
const ACTION = 'act-1';

describe('a drill', () => {
  let folder: string;
  let drills: Drills;
  let now: Status | null;
  let ending: 'done' | 'failed' | null;
  let refused: string | null;
  const entries: NewEntry[] = [];

  const make = (): Promise<Drills> =>
    createDrills({
      file: join(folder, 'drills.json'),
      status: () => now,
      act: async () => {
        if (refused !== null) return fail({ status: 409, code: 'actionRefused', text: refused });
        if (ending !== null) drills.events(eventsOf(ending));
        return ok({ actionId: ACTION });
      },
      append: async (entry) => entries.push(entry),
      address: () => '203.0.113.10',
      probe: { once: async () => true, start: () => ({ stop: async () => ({ sent: 400, lost: 1 }) }) },
      wall: () => 0,
      limitMs: 20,
    });

  const eventsOf = (ended: 'done' | 'failed'): readonly TandemEvent[] => {
    const event = { instance: 'a', kind: 'action', severity: 'info', incident: null, actionId: ACTION } as const;
    return [
      { ...event, id: '1', seq: 1, at: '2026-11-21T01:00:00.000Z', reason: { code: 'actionAccepted', text: 'x' } },
      { ...event, id: '2', seq: 2, at: '2026-11-21T01:00:00.042Z', reason: { code: 'handedOver', text: 'y' }, ended },
    ];
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-drill-'));
    [now, ending, refused] = [status(), 'done', null];
    entries.length = 0;
    drills = await make();
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reports how long the engine took and what was lost, in the journal and over a restart', async () => {
    const done = await drills.run('b', { user: 'ann', from: 'local' });
    assert.ok(done.ok);
    const { outcome, durationMs, probesSent, probesLost, text } = done.value;
    assert.deepEqual([outcome, durationMs, probesSent, probesLost], ['done', 42, 400, 1]);
    assert.equal(text, '1 of 400 probes lost');
    assert.ok('reason' in entries[0]!);
    assert.deepEqual(
      [entries[0].reason.text, entries[0].severity],
      ['drill: b took over in 42 ms, 1 of 400 probes lost', 'warning'],
    );
    assert.deepEqual((await make()).reports(), [done.value]);
  });

  it('says why it failed: refused, aborted, or without an end', async () => {
    const text = async (): Promise<string> => {
      const done = await drills.run('b', null);
      return done.ok ? `${done.value.outcome}: ${done.value.text}` : '';
    };
    refused = 'cannot switch over: b is in fault';
    assert.equal(await text(), 'failed: cannot switch over: b is in fault');
    [refused, ending] = [null, null];
    assert.equal(await text(), 'failed: the switchover did not end in time');
    ending = 'failed';
    assert.equal(await text(), 'failed: y');
  });

  it('is skipped where something is known to be against it, and says what', () => {
    assert.equal(whyNot(status(), 'b'), null);
    for (const [given, why] of [
      [null, /engine does not answer/],
      [status({ role: 'fault' }), /only an active/],
      [status({}, { health: 'unhealthy', standing: 'gone', role: 'unknown' }), /b is not eligible/],
      [status({}, { standing: 'ineligible', faults: ['link pairs 0 of 1'] }), /link pairs 0 of 1/],
      [status({}, { configurationHash: 'ffff' }), /settings of a and b differ/],
    ] as const) {
      assert.match(whyNot(given, 'b') ?? '', why);
    }
    assert.match(whyNot(status(), 'c') ?? '', /no instance c/);
    assert.match(whyNot(status(), 'a') ?? '', /this instance/);
  });

  it('is left to the active instance when its time has come on a standby', async () => {
    now = status({ role: 'standby' });
    const left = await drills.run('b', null);
    assert.ok(!left.ok && left.error.code === 'notActive');
    assert.deepEqual(entries, []);
  });

  it('counts a connection and a refusal as an answer', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    assert.equal(await probeOnce('127.0.0.1', port), true);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await probeOnce('127.0.0.1', port), true);
  });
});
