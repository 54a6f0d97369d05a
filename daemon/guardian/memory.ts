/** What survives the engine, and the daemon: `<state>/guardian/*.json` (design section 2). Read at start, written behind everybody's back. */
import { readFileSync, renameSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Ms } from '../../core/clock.ts';
import { NO_PROTECTION } from '../channel.ts';
import type { HeldAddress, Protection, Remembered, Will } from '../channel.ts';
import { createFileWriter } from './file-writer.ts';
import { aged, readProtection, writeProtection } from './protection-file.ts';
import { readChecksums, readJournal, writeChecksums, writeJournal } from './remembered.ts';

export interface Memory {
  /** What the next engine is to know. */
  remembered(): Remembered;
  /** The engine's own word. */
  remember(remembered: Omit<Remembered, 'protection'>): void;
  /** The engine's word on its protection; `saved` is called when it is on disk. */
  protect(protection: Protection, saved: () => void): void;
  /** The guardian resigned for an active router (brain 8.2). */
  flapped(): void;
  /** An engine was told what is remembered: from now on its own word on the flaps is the truth. */
  begun(): void;
  /** The engine has removed what an earlier one left behind: only its own word and will count from now on. */
  reconciled(): void;
  /** Addresses of a new will are in the journal from now on. */
  willTaken(will: Will): void;
  /** What the newest will names stays in the journal beside the wills to come, until `endHold`. */
  hold(): void;
  /** `adopted`: the will of the engine that has it names it. Otherwise it stays until somebody removes it. */
  endHold(adopted: boolean): void;
  /** These are no longer on an interface. */
  gone(addresses: readonly HeldAddress[]): void;
  flush(): Promise<void>;
}

/** The clocks of ages: since the boot of the kernel and since 1970, ms. */
export interface AgeClock {
  uptime(): Ms;
  wall(): Ms;
}

const systemAges: AgeClock = { uptime: () => uptime() * 1000, wall: () => Date.now() };

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Identifier of this run of the kernel. */
export function bootId(): string {
  return readFileSync(BOOT_ID, 'utf8').trim();
}

/**
 * Opens the memory in an existing folder. A damaged file is set aside with a warning, never fatal: what it held are conveniences,
 * since addresses carry a tag of their own where the kernel can. That a latch is lost is said: an administrator must look.
 */
export function openMemory(
  folder: string,
  boot: string,
  warn: (text: string) => void,
  clock: AgeClock = systemAges,
): Memory {
  const checksumFile = `${folder}/checksums.json`;
  const journalFile = `${folder}/addresses.json`;
  const protectionFile = `${folder}/protection.json`;
  const moment = () => ({ boot, uptime: clock.uptime(), wall: clock.wall() });
  let styles = read(checksumFile, readChecksums, {}, warn);
  // Three sources: what the engine says that it put there, what its newest will would remove, and what is held. Union, as each may be ahead.
  let told = read(journalFile, (text) => readJournal(text, boot), [], warn);
  let willed: readonly HeldAddress[] = [];
  let held: readonly HeldAddress[] = [];
  let protection = read(
    protectionFile,
    (text) => readProtection(text, moment()),
    NO_PROTECTION,
    (text) =>
      warn(`${text}: flaps, latch, maintenance and bypass by hand are forgotten; look at the state of this instance`),
  );
  let protectedAt = clock.uptime();
  /** Flaps that no engine has been told of yet, as points of the uptime. */
  let stamps: readonly Ms[] = [];

  const checksums = createFileWriter(checksumFile, warn);
  const journal = createFileWriter(journalFile, warn);
  const protections = createFileWriter(protectionFile, warn);
  const addresses = (): readonly HeldAddress[] => [
    ...new Map([...told, ...held, ...willed].map((one) => [keyOf(one), one])).values(),
  ];
  const writeAddresses = (): void => journal.write(writeJournal(boot, addresses()));

  function protectionNow(): Protection {
    const now = clock.uptime();
    const known = aged(protection, now - protectedAt);
    return { ...known, flapAges: [...known.flapAges, ...stamps.map((at) => Math.max(0, now - at))] };
  }

  function writeProtectionNow(saved?: () => void): void {
    protections.write(writeProtection(protectionNow(), moment()), saved);
  }

  return {
    remembered: () => ({ checksumStyles: styles, addresses: addresses(), protection: protectionNow() }),
    remember(remembered) {
      styles = remembered.checksumStyles;
      told = remembered.addresses;
      checksums.write(writeChecksums(styles));
      writeAddresses();
    },
    protect(next, saved) {
      protection = next;
      protectedAt = clock.uptime();
      writeProtectionNow(saved);
    },
    flapped() {
      stamps = [...stamps, clock.uptime()];
      writeProtectionNow();
    },
    begun() {
      protection = protectionNow();
      protectedAt = clock.uptime();
      stamps = [];
    },
    reconciled() {
      told = [];
      writeAddresses();
    },
    willTaken(will) {
      willed = will.routers.flatMap((router) => router.addresses);
      writeAddresses();
    },
    hold() {
      held = willed;
      willed = [];
    },
    endHold(adopted) {
      if (!adopted) told = [...told, ...held];
      held = [];
      writeAddresses();
    },
    gone(removed) {
      const keys = new Set(removed.map(keyOf));
      const remaining = (list: readonly HeldAddress[]) => list.filter((one) => !keys.has(keyOf(one)));
      told = remaining(told);
      held = remaining(held);
      willed = remaining(willed);
      writeAddresses();
    },
    async flush() {
      await Promise.all([checksums.flush(), journal.flush(), protections.flush()]);
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
