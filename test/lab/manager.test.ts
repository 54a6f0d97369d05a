/** The manager as a process of the daemon (design section 2): it may die or hang, and nothing else notices. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Note, Snapshot } from '../../core/api/stack.ts';
import { until } from '../../lab/clock.ts';
import { launchTandem } from '../../lab/tandem.ts';
import type { Tandem } from '../../lab/tandem.ts';

import { config, stage } from './stage.ts';

const MANAGED = { manager: { listen: ['127.0.0.1:8443'] } };

/** What the manager answers on its own socket. */
function managed(a: Tandem, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(a.run, 'manager.sock'), path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text)));
    });
    asked.on('error', reject).end();
  });
}

describe('the manager process', function () {
  this.timeout(60_000);
  const on = stage();

  async function started(): Promise<{ readonly a: Tandem; readonly pid: number }> {
    const a = launchTandem(on.a.host, config('a', { more: MANAGED }), { manager: true });
    const pid = await managerOf(a);
    return { a, pid };
  }

  const managerOf = (a: Tandem, not: number | null = null): Promise<number> =>
    until(
      async () => {
        const { processes } = await a.status();
        return processes.manager === null || processes.manager === not ? null : processes.manager;
      },
      { what: 'the manager runs' },
    );

  it('is an ordinary user without capabilities, and owns its folder alone', async function () {
    if (readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/)[2] === '1') return this.skip();
    const { a, pid } = await started();
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const uid = Number(/^Uid:\s+(\d+)/m.exec(text)?.[1]);
    assert.ok(uid > 0, 'not root');
    for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb']) assert.match(text, new RegExp(`^${set}:\\s+0+$`, 'm'));
    assert.equal(Number(/^NSsid:\s+(\d+)/m.exec(text)?.[1]), pid, 'a session of its own');
    assert.equal(a.pid('manager'), pid);
    const folder = statSync(join(a.state, 'manager'));
    assert.deepEqual([folder.uid, folder.mode & 0o777], [uid, 0o700]);
  });

  it('comes back alone when it is killed, and nothing else notices', async () => {
    const { a, pid } = await started();
    await a.waitRole('active');
    const before = await a.status();
    a.kill('manager');
    await managerOf(a, pid);
    const after = await a.status();
    assert.deepEqual([after.role, after.since], ['active', before.since]);
    assert.equal(after.processes.engine, before.processes.engine);
  });

  it('keeps the note of a maintenance over its own death, until the maintenance has ended', async () => {
    const { a, pid } = await started();
    await a.waitRole('active');
    const noted = async (): Promise<Note | null | undefined> =>
      ((await managed(a, '/api/v1/snapshot').catch(() => null)) as Snapshot | null)?.maintenanceNote;
    const seen = (): Promise<Note> => until(noted, { what: 'the note' });
    const none = (): Promise<boolean> => until(async () => (await noted()) === null || null, { what: 'no note' });
    await none();
    const done = await a.cli('maintenance', 'on', '--force', '--note', 'New fans.');
    assert.equal(done.code, 0, done.stderr);
    assert.equal((await seen()).text, 'New fans.');
    a.kill('manager');
    await managerOf(a, pid);
    assert.equal((await seen()).text, 'New fans.');
    await a.maintenance(false);
    await none();
  });

  it('is asked for the configuration only by what the contract knows', async () => {
    const { a } = await started();
    const answers: string[] = [];
    const socket = connect(join(a.run, 'guardian.sock'));
    socket.setEncoding('utf8').on('data', (text: string) => answers.push(text));
    socket.write('{"id":1,"kind":"file","path":"/etc/shadow"}\n');
    await until(() => answers.length > 0 || null, { what: 'an answer' });
    assert.match(answers.join(''), /names no file/);
    socket.write('no JSON\n');
    await until(() => socket.destroyed || null, { what: 'the connection is closed' });
    await a.waitRole('active');
  });
});
