/** What has to be there before anything is started: privileges, directories, the lock. Each refusal is one sentence that says what to do. */
import { closeSync, ftruncateSync, lstatSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { lockFile } from '../libc.ts';

const CAP_NET_ADMIN = 12n;
const CAP_NET_RAW = 13n;

/** Null, or what is missing, from the text of /proc/self/status. */
export function missingPrivileges(status: string): string | null {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const missing = [
    (effective >> CAP_NET_ADMIN) & 1n ? null : 'CAP_NET_ADMIN',
    (effective >> CAP_NET_RAW) & 1n ? null : 'CAP_NET_RAW',
  ].filter((name) => name !== null);
  if (missing.length === 0) return null;
  return `no permission to change addresses and to send raw packets (${missing.join(' and ')} missing): run it as root or from its systemd unit`;
}

/** The same, of this process. */
export function checkPrivileges(): string | null {
  return missingPrivileges(readFileSync('/proc/self/status', 'utf8'));
}

/** Longest path of a Unix socket in bytes; Node 20 cuts a longer one silently. */
export const LONGEST_SOCKET_PATH = 107;

/** Null, or a sentence: sockets of the daemon must fit in there. */
export function checkSocketPaths(run: string): string | null {
  const longest = `${run}/engine.sock`;
  const length = Buffer.byteLength(longest);
  if (length <= LONGEST_SOCKET_PATH) return null;
  return `the socket path ${longest} has ${length} bytes, ${LONGEST_SOCKET_PATH} are possible: choose a shorter run directory (--run)`;
}

/** Makes `<run>`, `<state>` and `<state>/guardian` where they are missing. Null, or a sentence. */
export function makeDirectories(run: string, state: string): string | null {
  return (
    makeDirectory(run, 0o755, '--run') ??
    makeDirectory(state, 0o755, '--state') ??
    makeDirectory(`${state}/guardian`, 0o700, '--state')
  );
}

/** A directory that only its owner can write, and that is ours: otherwise somebody could put a socket or a file in our way. */
function makeDirectory(path: string, mode: number, option: string): string | null {
  try {
    mkdirSync(path, { recursive: true, mode });
    const found = mode === 0o700 ? lstatSync(path) : statSync(path);
    return unsafe(path, found, mode, option);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return `cannot make the directory ${path}: ${text}; choose another one (${option})`;
  }
}

function unsafe(path: string, found: Stats, mode: number, option: string): string | null {
  if (!found.isDirectory()) return `${path} is no directory: remove it or choose another one (${option})`;
  if (found.uid !== process.geteuid?.())
    return `${path} belongs to another user: give it to root or choose another one (${option})`;
  const others = found.mode & (mode === 0o700 ? 0o077 : 0o022);
  if (others !== 0)
    return `${path} is open to others (mode ${(found.mode & 0o777).toString(8)}): chmod ${mode.toString(8)} ${path}`;
  return null;
}

/** The lock of a run directory: held as long as this process lives. */
export interface Lock {
  release(): void;
}

/** Takes `<run>/guardian.lock`, or says who has it. */
export function takeLock(run: string, pid: number): Result<Lock, string> {
  const path = `${run}/guardian.lock`;
  let fd: number;
  try {
    fd = openSync(path, 'a+', 0o644);
  } catch (error) {
    return fail(`cannot open ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const refused = lockFile(fd);
  if (refused !== null) {
    const holder = /^\d+/.exec(readFileSync(path, 'utf8'))?.[0];
    closeSync(fd);
    const who = holder === undefined ? '' : ` (process ${holder})`;
    return fail(`another tandemd runs on ${run}${who}: stop it first, or choose another run directory (--run)`);
  }
  ftruncateSync(fd, 0);
  writeSync(fd, `${pid}\n`);
  // The file stays: removing it would let two daemons lock two files of the same name.
  return ok({ release: () => closeSync(fd) });
}
