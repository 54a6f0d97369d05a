/** The page of a real instance in the lab: its manager, a login, and a way for the browser into its network namespace. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { StackChange } from '../../lab/stack-config.ts';
import { until } from '../../lab/clock.ts';
import type { Tandem, TandemOptions } from '../../lab/tandem.ts';
import { packageFolder } from '../../daemon/where.ts';
import { knows, startMember } from '../lab/stage.ts';
import type { Stage } from '../lab/stage.ts';
import { openPipe } from '../support/pipe.ts';
import type { Pipe } from '../support/pipe.ts';
import { logIn, openContext } from './browser.ts';

const PORT = 8443;
export const LOGIN = { user: 'admin', password: 'correct-horse-battery' } as const;

/** A Unix socket is reached from any namespace: this program hands on from one to the manager's port. */
const FORWARDER = `
  const { createConnection, createServer } = require('node:net');
  const [socket, port] = process.argv.slice(1);
  createServer((client) => {
    const inside = createConnection({ host: '127.0.0.1', port: Number(port) });
    client.pipe(inside).pipe(client);
    client.on('error', () => inside.destroy());
    inside.on('error', () => client.destroy());
  }).listen(socket, () => console.log('ready'));
`;

/** Over the stack's usual configuration: with a manager. */
export function managed(change: StackChange = {}): StackChange {
  return { ...change, more: { manager: { listen: [`127.0.0.1:${PORT}`] }, ...change.more } };
}

export const WITH_MANAGER: TandemOptions = { manager: true };

/** Starts `a`, then `b`, both with a manager: `a` is active, `b` standby, and each knows it of the other. */
export async function startManaged(on: Stage, change: StackChange = {}): Promise<[Tandem, Tandem]> {
  const a = await startMember(on, on.a, managed(change), WITH_MANAGER);
  const b = await startMember(on, on.b, managed(change), WITH_MANAGER);
  await a.waitRole('active');
  await b.waitRole('standby');
  await knows(a, 'b', 'standby');
  await knows(b, 'a', 'active');
  return [a, b];
}

export interface Door {
  readonly tandem: Tandem;
  readonly pipe: Pipe;
  readonly url: string;
  /** Another page of the same browser window, logged in as the administrator. */
  visit(path?: string, options?: BrowserContextOptions): Promise<Page>;
}

let opened = 0;
const open: { readonly pipe: Pipe; readonly contexts: BrowserContext[] }[] = [];

/** Opens the way to an instance's page, and makes its login. */
export async function openDoor(tandem: Tandem): Promise<Door> {
  const { host, run, state } = tandem;
  const tandemProgram = [process.execPath, join(packageFolder, 'bin/tandem'), '--run', run];
  const made = await host.run([...tandemProgram, 'passwd', LOGIN.user, '--role', 'admin', '--state', state], {
    input: `${LOGIN.password}\n`,
  });
  assert.equal(made.code, 0, made.stderr);
  opened += 1;
  const socket = join(host.folder('page'), `${opened}.sock`);
  await host.spawn([process.execPath, '-e', FORWARDER, socket, String(PORT)], { name: 'page' }).waitFor(/^ready$/);
  const pipe = await openPipe(socket);
  const url = `https://127.0.0.1:${pipe.port}`;
  const contexts: BrowserContext[] = [];
  open.push({ pipe, contexts });
  return {
    tandem,
    pipe,
    url,
    async visit(path = `/stack/instances/${host.name}/ha`, options = {}) {
      const context = await openContext({ baseURL: url, ...options });
      contexts.push(context);
      const page = await context.newPage();
      await until(() => page.goto('/healthz').then(() => true), { what: 'the manager answers', limitMs: 20_000 });
      await logIn(page, LOGIN.user, LOGIN.password);
      await page.goto(path);
      await page.locator('[data-contact=live]').waitFor();
      return page;
    },
  };
}

/** Call it in an `afterEach`. */
export async function closeDoors(): Promise<void> {
  for (const { pipe, contexts } of open.splice(0)) {
    await Promise.all(contexts.map((context) => context.close()));
    await pipe.stop();
  }
}
