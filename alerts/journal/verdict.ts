/**
 * Whether the journal's file can be opened. LMDB maps it into memory: a damaged one ends the process that reads it (SIGSEGV, SIGBUS), which no
 * `catch` helps against. So where its first pages look strange, or after an end that was not clean, a process of its own reads everything first, and that one's end is the verdict.
 */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { program } from '../../daemon/where.ts';

/**
 * A page of LMDB (as this package makes it) begins with 24 bytes of header; in a meta page follow magic, version, address and size of the map (8 each),
 * then two tables of 48 bytes, the first of which begins with the page size, then the number of the last page.
 */
const MAGIC_AT = 24;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const META_LENGTH = 152;
const MAGIC = 0xbeefc0de;
const SMALLEST_PAGE = 512;
const LARGEST_PAGE = 65_536;

/** It does not look like a whole file of LMDB, so that it must not be opened untried. One that is missing or empty is a new one. */
export function isSuspicious(file: string): boolean {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
  try {
    const { size } = fstatSync(handle);
    if (size === 0) return false;
    const page = metaAt(handle, 0)?.pageSize ?? 0;
    if (page < SMALLEST_PAGE || page > LARGEST_PAGE || (page & (page - 1)) !== 0) return true;
    const metas = [metaAt(handle, 0), metaAt(handle, page)];
    return metas.some((meta) => meta === null || meta.pageSize !== page || (meta.lastPage + 1) * page > size);
  } finally {
    closeSync(handle);
  }
}

function metaAt(handle: number, at: number): { readonly pageSize: number; readonly lastPage: number } | null {
  const bytes = Buffer.alloc(META_LENGTH);
  if (readSync(handle, bytes, 0, META_LENGTH, at) < META_LENGTH || bytes.readUInt32LE(MAGIC_AT) !== MAGIC) return null;
  return { pageSize: bytes.readUInt32LE(PAGE_SIZE_AT), lastPage: Number(bytes.readBigUInt64LE(LAST_PAGE_AT)) };
}

/** The probe's exit status for a journal that is damaged. */
export const DAMAGED = 3;
const DEADLY: readonly (NodeJS.Signals | null)[] = ['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE'];

/** What LMDB says of a file whose contents cannot be right. A full disk, a missing right or too little memory is no damage. */
export function isDamage(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return /MDB_(CORRUPTED|PAGE_NOTFOUND|INVALID|VERSION_MISMATCH|INCOMPATIBLE|BAD_VALSIZE|BAD_TXN|PANIC|CURSOR_FULL|PAGE_FULL)/.test(
    text,
  );
}

/** The manager waits no longer; a machine that is so busy says nothing about the file. */
const PROBE_LIMIT_MS = 30_000;

/**
 * Reads all of it in another process. Null = readable, or nothing could be found out: history is not given up because a machine is busy, or
 * because something ended that process from outside.
 */
export function probe(folder: string): Promise<string | null> {
  const { nodeOptions, script } = program('alerts/journal/probe');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...nodeOptions, script, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), PROBE_LIMIT_MS);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-500)));
    child.on('error', () => {
      clearTimeout(timer);
      resolve(null);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== DAMAGED && !DEADLY.includes(signal)) return resolve(null);
      const last = said.trim().split('\n').at(-1) ?? '';
      resolve(code === DAMAGED && last !== '' ? last : `reading it ended with ${signal ?? `status ${code}`}`);
    });
  });
}
