import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDoors } from '../../../lab/page-door.ts';
import type { DoorMessage } from '../../../lab/page-door.ts';

/** The demo as seen by who started it; here it is this process. */
class Demo extends EventEmitter {
  readonly pid = process.pid;
  readonly connected = true;
  readonly answers: DoorMessage[] = [];
  send(message: DoorMessage): void {
    this.answers.push(message);
    this.emit('answer');
  }
}

async function open(demo: Demo, socket: string): Promise<URL> {
  const answered = once(demo, 'answer');
  demo.emit('message', { kind: 'door', name: 'a', socket } satisfies DoorMessage);
  await answered;
  const answer = demo.answers.at(-1);
  assert.equal(answer?.kind, 'doorOpen');
  return new URL(answer.kind === 'doorOpen' ? (answer.url ?? '') : '');
}

describe('the door to an instance’s page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-door-'));
  const path = join(folder, 'page.sock');
  const echo = createServer((client) => client.pipe(client));
  const demo = new Demo();

  before(async () => {
    openDoors(demo as unknown as ChildProcess);
    echo.listen(path);
    await once(echo, 'listening');
  });
  after(() => {
    echo.close();
    rmSync(folder, { recursive: true });
  });

  it('hands on what comes to 127.0.0.1 to the socket in the namespace, and back', async () => {
    const url = await open(demo, path);
    assert.equal(url.hostname, '127.0.0.1');
    const client = connect(Number(url.port), url.hostname);
    client.write('hello');
    const [answer] = (await once(client, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'hello');
    client.destroy();
  });

  it('gives every instance a port of its own', async () => {
    assert.notEqual((await open(demo, path)).port, (await open(demo, path)).port);
  });

  it('closes the connection where nobody listens behind it', async () => {
    const url = await open(demo, join(folder, 'nobody.sock'));
    const client = connect(Number(url.port), url.hostname);
    await once(client, 'close');
    assert.equal(client.destroyed, true);
  });
});
