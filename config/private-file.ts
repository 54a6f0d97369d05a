/**
 * A file that only its owner may read: never half of it on disk, never through a link that somebody laid, the owner kept. Synchronous: it is small,
 * and whoever writes it has nothing else to do meanwhile.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

const MODE = 0o600;
const MOST_BYTES = 4 * 1024 * 1024;

export interface PrivateFile {
  readonly text: string;
  /** Changes whenever the file does. */
  readonly stamp: string;
}

/** Null where there is none. Throws what the system says, or that it is no ordinary file. */
export function readPrivateFile(path: string): PrivateFile | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile() || stats.size > MOST_BYTES) throw new Error(`${path} is no ordinary file of this size`);
    return { text: readFileSync(fd, 'utf8'), stamp: `${stats.ino}:${stats.size}:${stats.mtimeNs}` };
  } finally {
    closeSync(fd);
  }
}

/** The stamp alone; null where there is no file. */
export function stampOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

/** Either the old or the new content survives a crash. It belongs to whom it belonged, a new one to whom its folder belongs. */
export function replacePrivateFile(path: string, text: string): void {
  const owner = statSync(path, { throwIfNoEntry: false }) ?? statSync(dirname(path));
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
  try {
    try {
      fchmodSync(fd, MODE);
      if (owner.uid !== process.geteuid?.() || owner.gid !== process.getegid?.()) giveTo(fd, owner);
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Only root can give a file away: whoever else writes here owns it anyway, but perhaps in another group. */
function giveTo(fd: number, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  try {
    fchownSync(fd, uid, gid);
  } catch (error) {
    if (process.geteuid?.() === 0) throw error;
  }
}
