/**
 * Where the manager may put its socket. `<run>` is root's, so it gets a folder of its own in there, and `<run>/manager.sock` points into it:
 * whoever may use the socket opens the name that the contract has.
 */
import { chmodSync, chownSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import type { Account } from './accounts.ts';

/** Where the socket itself is, from `<run>`. */
const SOCKET = 'manager/sock';

/** Who makes the folder: we, for this account (null: the user that the guardian has), or the manager's own unit, whose capabilities we lack. */
export type DoorFor = { readonly account: Account | null } | 'unit';

/** Null, or a sentence. */
export function makeManagerDoor(run: string, of: DoorFor): string | null {
  try {
    if (of !== 'unit') {
      mkdirSync(`${run}/manager`, { recursive: true, mode: 0o750 });
      chmodSync(`${run}/manager`, 0o750);
      if (of.account !== null) chownSync(`${run}/manager`, of.account.uid, of.account.gid);
    }
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
