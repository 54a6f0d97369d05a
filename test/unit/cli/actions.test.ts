import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { perform } from '../../../cli/action.ts';
import { createEngineClient } from '../../../cli/client.ts';
import type { EventBody } from '../../../core/event.ts';
import { FakeEngine, fakeIo } from './fake-engine.ts';

const done = (reason: EventBody['reason']): EventBody => ({
  kind: 'action',
  severity: 'info',
  actionId: 'act-1',
  ended: 'done',
  reason,
});
const failed = (reason: EventBody['reason']): EventBody => ({ ...done(reason), severity: 'warning', ended: 'failed' });
const STEP: EventBody = {
  kind: 'action',
  severity: 'info',
  actionId: 'act-1',
  reason: { code: 'actionAccepted', action: 'switchover' },
};

describe('an action of tandem', () => {
  let engine: FakeEngine;

  beforeEach(async () => {
    engine = new FakeEngine();
    await engine.start();
  });

  afterEach(() => engine.remove());

  it('waits for its end', async () => {
    engine.says = [STEP, done({ code: 'switchover', by: 'ann' })];
    const { exit, out } = await engine.tandem('switchover', '--hold', 'none', '--force');
    assert.deepEqual([exit, out], [0, 'done: switched over by ann\n']);
    assert.deepEqual(engine.asked, [
      { action: 'switchover', to: null, hold: { kind: 'none' }, force: true, by: 'ann' },
    ]);
  });

  it('prints how it ended for programs', async () => {
    engine.says = [done({ code: 'preemptionReleased' })];
    const { json } = await engine.tandem('--json', 'switchover', '--release-hold');
    assert.deepEqual(json(), {
      actionId: 'act-1',
      ended: 'done',
      reason: { code: 'preemptionReleased', text: 'preemption no longer held' },
    });
    assert.equal(engine.asked[0]?.action, 'releaseHold');
  });

  it('fails with the reason when it failed', async () => {
    engine.says = [failed({ code: 'switchoverAborted', waitedMs: 1610 })];
    const { exit, err, json } = await engine.tandem('switchover', '--json');
    assert.deepEqual([exit, err], [1, 'tandem: nobody took over within 1.61 s; still active\n']);
    assert.deepEqual(json(), {
      error: { code: 'switchoverAborted', text: 'nobody took over within 1.61 s; still active' },
    });
  });

  it('fails with the reason when it is refused', async () => {
    engine.answer = { refused: { code: 'notActive', text: 'this instance is not active' } };
    const { exit, err } = await engine.tandem('switchover');
    assert.deepEqual([exit, err], [1, 'tandem: this instance is not active\n']);
  });

  it('fails with the word of the brain where that refuses it', async () => {
    engine.says = [
      failed({ code: 'actionRefused', action: 'switch over', detail: 'b is in fault: link pairs 0 of 1' }),
    ];
    const { exit, err, out } = await engine.tandem('switchover', '--to', 'b');
    assert.deepEqual([exit, out], [1, '']);
    assert.equal(err, 'tandem: cannot switch over: b is in fault: link pairs 0 of 1\n');
  });

  const requests: [string[], object][] = [
    [
      ['switchover', '--to', 'b', '--hold', 'until-released'],
      { action: 'switchover', to: 'b', hold: { kind: 'untilReleased' }, force: false },
    ],
    [['--to', 'b', 'switchover'], { action: 'switchover', to: 'b', hold: { kind: 'for', ms: 600_000 }, force: false }],
    [['maintenance', 'on'], { action: 'maintenance', on: true, forMs: null, untilReboot: false, force: false }],
    [
      ['maintenance', 'on', '--for', '2h', '--force'],
      { action: 'maintenance', on: true, forMs: 7_200_000, untilReboot: false, force: true },
    ],
    [
      ['--until-reboot', 'maintenance', 'on'],
      { action: 'maintenance', on: true, forMs: null, untilReboot: true, force: false },
    ],
    [['maintenance', 'off'], { action: 'maintenance', on: false }],
    [['bypass', 'engage'], { action: 'bypass', engage: true }],
    [['bypass', 'release'], { action: 'bypass', engage: false }],
    [['flaps', 'reset'], { action: 'flapsReset' }],
  ];
  for (const [argv, request] of requests) {
    it(`asks for '${argv.join(' ')}' and waits for its end`, async () => {
      engine.says = [STEP, done({ code: 'recovered' })];
      const { exit, out } = await engine.tandem(...argv);
      assert.deepEqual([exit, out], [0, 'done: every fault is gone; listening for another\n']);
      assert.deepEqual(engine.asked, [{ ...request, by: 'ann' }]);
    });

    it(`returns from '${argv.join(' ')}' at once with --no-wait`, async () => {
      const { exit, out } = await engine.tandem(...argv, '--no-wait');
      assert.deepEqual([exit, out], [0, 'accepted: act-1\n']);
    });
  }

  it('is wrong usage where a reload finds an invalid file', async () => {
    engine.says = [failed({ code: 'configRefused', errors: ['tandem.yaml:3:1: vrrp: missing'] })];
    const { exit, err } = await engine.tandem('reload');
    assert.deepEqual([exit, err], [2, 'tandem: configuration refused: tandem.yaml:3:1: vrrp: missing\n']);
  });

  it('returns at once with --no-wait', async () => {
    const { exit, out } = await engine.tandem('reload', '--no-wait');
    assert.deepEqual([exit, out], [0, 'accepted: act-1\n']);
  });

  it('fails when the engine ends before it', async () => {
    const outcome = engine.tandem('reload');
    while (engine.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await engine.stop();
    const { exit, err } = await outcome;
    assert.notEqual(exit, 0);
    assert.match(err, /the engine ended before reload did|no daemon has its socket/);
  });

  it('gives up after a while with the last word of it', async () => {
    engine.says = [STEP];
    const client = createEngineClient(engine.run, { raw: false });
    const context = { io: fakeIo(), json: false, run: engine.run, options: {}, operands: [], engine: client };
    await assert.rejects(perform(context, 'switchover', {}, 300), {
      exit: 1,
      code: 'timeout',
      message: 'switchover has not ended after 0.3 s (switchover accepted): it goes on, see tandem events',
    });
  });

  it('brings a note to the manager, and waits for the end at the engine', async () => {
    const asked: unknown[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      request.on('end', () => {
        asked.push(request.url, request.headers['x-tandem-user'], JSON.parse(text));
        const { id: log, last } = engine.log;
        response.end(JSON.stringify({ actionId: 'act-1', after: last, log }));
        engine.log.append(done({ code: 'recovered' }));
      });
    });
    await new Promise<void>((resolve) => server.listen(join(engine.run, 'manager.sock'), resolve));
    const { exit, out } = await engine.tandem('maintenance', 'on', '--until-reboot', '--note', 'New fans.');
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual([exit, out], [0, 'done: every fault is gone; listening for another\n']);
    const body = { on: true, untilReboot: true, force: false, note: 'New fans.' };
    assert.deepEqual(asked, ['/api/v1/actions/maintenance', 'ann', body]);
    assert.deepEqual(engine.asked, []);
  });

  it('says that a note needs a manager, and does nothing without one', async () => {
    const { exit, err } = await engine.tandem('maintenance', 'on', '--note', 'New fans.');
    assert.equal(exit, 3);
    assert.match(err, /no manager has its socket/);
    assert.deepEqual(engine.asked, []);
  });

  it('refuses wrong usage before it asks', async () => {
    for (const argv of [
      ['switchover', '--hold', 'soon'],
      ['switchover', '--hold', '1ms'],
      ['switchover', '--release-hold', '--force'],
      ['switchover', '--release-hold', '--to', 'b'],
      ['switchover', '--to'],
      ['maintenance'],
      ['maintenance', 'soon'],
      ['maintenance', 'on', '--for', 'soon'],
      ['maintenance', 'on', '--for', '1h', '--until-reboot'],
      ['maintenance', 'off', '--force'],
      ['maintenance', 'off', '--note', 'done'],
      ['maintenance', 'on', '--note', 'x'.repeat(201)],
      ['maintenance', 'on', '--hold', '1h'],
      ['bypass', '--no-wait'],
      ['bypass', '--note', 'x'],
      ['bypass', 'release', '--note', 'x'],
      ['bypass', 'on'],
      ['flaps'],
      ['flaps', 'reset', 'now'],
    ]) {
      const { exit, err } = await engine.tandem(...argv);
      assert.deepEqual([exit, /^tandem: .+\n/.test(err)], [2, true], argv.join(' '));
    }
    assert.deepEqual(engine.asked, []);
  });
});
