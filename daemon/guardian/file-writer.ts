/** Writes small files so that either the old or the new content survives a crash: temporary file, fsync, rename. Never in the caller's way. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** @throws what the file system says. Mode 0600. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  try {
    // A left-over of a crash may have another owner's content behind it: begin with a file of our own.
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  // The rename itself is on disk only when the folder is.
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** One file that is written again and again: at most one write at a time, the newest text replaces a waiting one. */
export interface FileWriter {
  /** `saved` is called when this text, or a newer one, is on disk; never if that cannot be written. */
  write(text: string, saved?: () => void): void;
  /** Resolves when what was given to `write` so far is on disk, or could not be written. */
  flush(): Promise<void>;
}

/** `failed` is called once for a row of failures. */
export function createFileWriter(path: string, failed: (text: string) => void): FileWriter {
  let waiting: string | null = null;
  let written: string | null = null;
  let running: Promise<void> | null = null;
  let broken = false;
  let askers: (() => void)[] = [];

  async function run(): Promise<void> {
    while (waiting !== null) {
      const text: string = waiting;
      const served = askers;
      waiting = null;
      askers = [];
      try {
        await replaceFile(path, text);
        written = text;
        broken = false;
        for (const saved of served) saved();
      } catch (error) {
        if (!broken) failed(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
        broken = true;
        // The next text that can be written serves them too.
        askers.unshift(...served);
      }
    }
    running = null;
  }

  return {
    write(text, saved) {
      if (saved !== undefined) askers.push(saved);
      if (saved === undefined && text === (waiting ?? (running === null ? written : null))) return;
      waiting = text;
      running ??= run();
    },
    async flush() {
      await running;
    },
  };
}
