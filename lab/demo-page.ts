/** The pages of the demo's instances: where a browser finds them, and with which login. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { packageFolder } from '../daemon/where.ts';
import { startOwn } from './own.ts';
import type { DoorMessage } from './page-door.ts';
import type { Tandem } from './tandem.ts';

/** Where the manager listens on its own host. */
export const PAGE_PORT = 8443;

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Page {
  readonly instance: string;
  readonly url: string;
}

/** A password for this run of the demo alone. */
export function newLogin(): Login {
  return { user: 'admin', password: randomBytes(9).toString('base64url') };
}

/** Gives the instance its login, as an administrator would. Throws with what `tandem passwd` said. */
export async function setLogin({ host, run, state }: Tandem, { user, password }: Login): Promise<void> {
  const program = [process.execPath, join(packageFolder, 'bin/tandem'), '--run', run];
  const argv = [...program, 'passwd', user, '--role', 'admin', '--state', state];
  const { code, stderr } = await host.run(argv, { input: `${password}\n` });
  if (code !== 0) throw new Error(`tandem passwd on ${host.name}: ${stderr.trim()}`);
}

/** A browser's way to the page of this instance; null where nobody outside can open one. */
export async function openPage({ host }: Tandem): Promise<Page | null> {
  if (!process.connected) return null;
  const socket = join(host.folder('page'), 'page.sock');
  await startOwn(host, 'page-forwarder', [socket, String(PAGE_PORT)]).waitFor(/^ready$/);
  const url = await askForDoor(host.name, socket);
  return url === null ? null : { instance: host.name, url };
}

function askForDoor(name: string, socket: string): Promise<string | null> {
  return new Promise((resolve) => {
    const answer = (message: DoorMessage): void => {
      if (message.kind !== 'doorOpen' || message.name !== name) return;
      process.off('message', answer);
      resolve(message.url);
    };
    process.on('message', answer);
    process.once('disconnect', () => resolve(null));
    process.send?.({ kind: 'door', name, socket } satisfies DoorMessage);
  });
}
