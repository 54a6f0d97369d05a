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

/** A machine that is busy may take so long to read a large journal; a journal that is not readable in that time is none. */
const PROBE_LIMIT_MS = 30_000;

/** Reads all of it in another process. Null = readable; otherwise how that process ended. */
export function probe(folder: string): Promise<string | null> {
  const { nodeOptions, script } = program('alerts/journal/probe');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...nodeOptions, script, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), PROBE_LIMIT_MS);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-500)));
    child.on('error', () => {
      clearTimeout(timer);
      // No process can be made: that says nothing about the file, and the journal is better tried than given up.
      resolve(null);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(null);
      const last = said.trim().split('\n').at(-1) ?? '';
      resolve(`reading it ended with ${signal ?? `status ${code}`}${last === '' ? '' : `: ${last}`}`);
    });
  });
}
