/**
 * Where the manager may put its socket. `<run>` is root's, so it gets a folder of its own in there, and `<run>/manager.sock` points into it:
 * whoever may use the socket opens the name that the contract has.
 */
import { chmodSync, chownSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import type { Account } from './accounts.ts';

/** Where the socket itself is, from `<run>`. */
const SOCKET = 'manager/sock';

/** Null, or a sentence. `account` null: the user that the guardian has. */
export function makeManagerDoor(run: string, account: Account | null): string | null {
  try {
    mkdirSync(`${run}/manager`, { recursive: true, mode: 0o750 });
    chmodSync(`${run}/manager`, 0o750);
    if (account !== null) chownSync(`${run}/manager`, account.uid, account.gid);
    const link = `${run}/manager.sock`;
    if (target(link) === SOCKET) return null;
    rmSync(link, { force: true });
    symlinkSync(SOCKET, link);
    return null;
  } catch (error) {
    return `cannot make ${run}/manager for the manager: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function target(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}
