/** What survives the engine, and the daemon: `<state>/guardian/*.json` (design section 2). Read at start, written behind everybody's back. */
import { readFileSync, renameSync } from 'node:fs';
import type { HeldAddress, Remembered, Will } from '../channel.ts';
import { createFileWriter } from './file-writer.ts';
import { readChecksums, readJournal, writeChecksums, writeJournal } from './remembered.ts';

export interface Memory {
  /** What the next engine is to know. */
  remembered(): Remembered;
  /** The engine's own word. */
  remember(remembered: Remembered): void;
  /** The engine has removed what an earlier one left behind: only its own word and will count from now on. */
  reconciled(): void;
  /** Addresses of a new will are in the journal from now on. */
  willTaken(will: Will): void;
  /** These are no longer on an interface. */
  gone(addresses: readonly HeldAddress[]): void;
  flush(): Promise<void>;
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Identifier of this run of the kernel. */
export function bootId(): string {
  return readFileSync(BOOT_ID, 'utf8').trim();
}

/**
 * Opens the memory in an existing folder. A damaged file is set aside with a warning, never fatal: what it held are conveniences,
 * since addresses carry a tag of their own where the kernel can.
 */
export function openMemory(folder: string, boot: string, warn: (text: string) => void): Memory {
  const checksumFile = `${folder}/checksums.json`;
  const journalFile = `${folder}/addresses.json`;
  let styles = read(checksumFile, readChecksums, {}, warn);
  // Two sources: what the engine says that it put there, and what its newest will would remove. Union, as either may be ahead.
  let told = read(journalFile, (text) => readJournal(text, boot), [], warn);
  let willed: readonly HeldAddress[] = [];

  const checksums = createFileWriter(checksumFile, warn);
  const journal = createFileWriter(journalFile, warn);
  const addresses = (): readonly HeldAddress[] => [
    ...new Map([...told, ...willed].map((one) => [keyOf(one), one])).values(),
  ];
  const writeAddresses = (): void => journal.write(writeJournal(boot, addresses()));

  return {
    remembered: () => ({ checksumStyles: styles, addresses: addresses() }),
    remember(remembered) {
      styles = remembered.checksumStyles;
      told = remembered.addresses;
      checksums.write(writeChecksums(styles));
      writeAddresses();
    },
    reconciled() {
      told = [];
      writeAddresses();
    },
    willTaken(will) {
      willed = will.routers.flatMap((router) => router.addresses);
      writeAddresses();
    },
    gone(removed) {
      const keys = new Set(removed.map(keyOf));
      told = told.filter((one) => !keys.has(keyOf(one)));
      willed = willed.filter((one) => !keys.has(keyOf(one)));
      writeAddresses();
    },
    async flush() {
      await Promise.all([checksums.flush(), journal.flush()]);
    },
  };
}

const keyOf = (one: HeldAddress): string => `${one.address}/${one.prefix} ${one.interface}`;

function read<T>(path: string, parse: (text: string) => T, missing: T, warn: (text: string) => void): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      warn(`cannot read ${path}: ${messageOf(error)}`);
    return missing;
  }
  try {
    return parse(text);
  } catch (error) {
    const aside = `${path}.damaged`;
    try {
      renameSync(path, aside);
      warn(`${path} is damaged (${messageOf(error)}): set aside as ${aside}`);
    } catch {
      warn(`${path} is damaged (${messageOf(error)}) and is not used`);
    }
    return missing;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
