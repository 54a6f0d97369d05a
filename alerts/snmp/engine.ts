/**
 * Who we are to SNMP v3 (RFC 3414 section 2.2): an engine ID that stays, a count of starts that only grows, and the seconds since this start. Receivers
 * refuse what looks older than what they have heard, so id and count are on disk before anything is sent with them.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ENGINE_ID_PREFIX } from '../mib/system.ts';

/** snmpEngineBoots stays there for ever; a new engine ID is needed (RFC 3414 section 2.2.2). */
export const MOST_BOOTS = 0x7fff_ffff;
const RANDOM_BYTES = 8;
const FILE = 'snmp-engine.json';

export interface EngineMoment {
  readonly id: Buffer;
  readonly boots: number;
  readonly time: number;
}

export interface SnmpEngine {
  /** Throws, saying why, while its file cannot be read or written; then the next call tries again. */
  now(): EngineMoment;
  /** Time since this start, ms: what sysUpTime counts. */
  upMs(): number;
}

/** `monotonicMs`: never goes back. The folder is made; the file is read at the first `now()`, so that a full disk keeps nothing else from starting. */
export function createSnmpEngine(folder: string, monotonicMs: () => number = () => performance.now()): SnmpEngine {
  const start = monotonicMs();
  const upMs = (): number => monotonicMs() - start;
  let kept: Kept | null = null;

  return {
    upMs,
    now() {
      kept ??= startAnew(folder);
      return { id: kept.id, boots: kept.boots, time: Math.floor(upMs() / 1000) };
    },
  };
}

interface Kept {
  readonly id: Buffer;
  readonly boots: number;
}

function startAnew(folder: string): Kept {
  const before = read(join(folder, FILE));
  // Without knowing how often it was started, the old id cannot be used again: what is sent would look replayed.
  const next =
    before === null || before.boots >= MOST_BOOTS - 1
      ? { id: Buffer.concat([ENGINE_ID_PREFIX, randomBytes(RANDOM_BYTES)]), boots: 1 }
      : { id: before.id, boots: before.boots + 1 };
  write(folder, next);
  return next;
}

function read(path: string): Kept | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`SNMP v3 waits: ${path} cannot be read (${(error as Error).message})`, { cause: error });
  }
  return parseKept(text);
}

/** Null where the text is not what was written. */
export function parseKept(text: string): Kept | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { engineId, boots } = (value ?? {}) as { readonly engineId?: unknown; readonly boots?: unknown };
  if (typeof engineId !== 'string' || !/^([0-9a-f]{2}){5,32}$/.test(engineId)) return null;
  if (!Number.isInteger(boots) || (boots as number) < 1 || (boots as number) > MOST_BOOTS) return null;
  return { id: Buffer.from(engineId, 'hex'), boots: boots as number };
}

function write(folder: string, { id, boots }: Kept): void {
  const path = join(folder, FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    const fresh = `${path}.new`;
    const file = openSync(fresh, 'w', 0o640);
    try {
      writeSync(file, `${JSON.stringify({ engineId: id.toString('hex'), boots })}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
    const parent = openSync(folder, 'r');
    try {
      fsyncSync(parent);
    } finally {
      closeSync(parent);
    }
  } catch (error) {
    throw new Error(`SNMP v3 waits: ${path} cannot be written (${(error as Error).message})`, { cause: error });
  }
}
