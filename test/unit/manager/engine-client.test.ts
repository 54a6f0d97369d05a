import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ActionRequest } from '../../../core/action.ts';
import { createEngineClient } from '../../../manager/engine-client.ts';
import type { EngineClient } from '../../../manager/engine-client.ts';
import { ApiRig } from '../daemon/api-rig.ts';
import { sampleStatus } from '../daemon/sample-status.ts';

const by = 'ann';
const ACTIONS: readonly ActionRequest[] = [
  { action: 'switchover', to: 'b', hold: { kind: 'for', ms: 90_000 }, force: false, by },
  { action: 'switchover', to: null, hold: { kind: 'none' }, force: true, by },
  { action: 'switchover', to: null, hold: { kind: 'untilReleased' }, force: false, by },
  { action: 'releaseHold', by },
  { action: 'maintenance', on: true, forMs: 7_200_000, untilReboot: false, force: false, by },
  { action: 'maintenance', on: true, forMs: null, untilReboot: true, force: true, by },
  { action: 'maintenance', on: false, by },
  { action: 'bypass', engage: true, by },
  { action: 'flapsReset', by },
  { action: 'reload', by },
];

describe("the manager's client of the engine", () => {
  let rig: ApiRig;
  let client: EngineClient;

  beforeEach(async () => {
    rig = new ApiRig();
    await rig.api.start();
    client = createEngineClient(rig.socketPath);
  });

  afterEach(async () => {
    client.close();
    await rig.remove();
  });

  it('gets the status as the engine sent it, byte by byte', async () => {
    const answer = await client.get('/status');
    assert.ok(answer.ok);
    assert.deepEqual(JSON.parse(answer.value.toString()), sampleStatus());
  });

  it('asks for every action so that the engine understands the same', async () => {
    for (const action of ACTIONS) {
      const answer = await client.act(action);
      assert.ok(answer.ok, JSON.stringify(answer));
      assert.deepEqual([answer.value.actionId, answer.value.log], ['act-1', rig.log.id]);
    }
    assert.deepEqual(rig.asked, ACTIONS);
  });

  it('hands on why the engine refuses', async () => {
    rig.answer = { refused: { code: 'actionRefused', text: 'cannot switch over: b is in fault' } };
    const answer = await client.act(ACTIONS[0]!);
    assert.deepEqual(answer, {
      ok: false,
      error: { status: 409, code: 'actionRefused', text: 'cannot switch over: b is in fault' },
    });
  });

  it('says in words that there is no engine, that it hangs, and that it talks nonsense', async () => {
    const none = createEngineClient(join(rig.directory, 'none.sock'));
    const gone = await none.get('/status');
    assert.ok(!gone.ok);
    assert.equal(gone.error.status, 503);
    assert.match(gone.error.text, /the engine does not answer: it has no socket/);

    const path = join(rig.directory, 'deaf.sock');
    const deaf = createServer((socket) => rig.opened.push(socket));
    await new Promise<void>((resolve) => deaf.listen(path, resolve));
    const patient = createEngineClient(path, 50);
    const hung = await patient.get('/status');
    assert.ok(!hung.ok);
    assert.match(hung.error.text, /no answer within 0\.05 s/);
    deaf.close();
    patient.close();
    none.close();
  });
});
