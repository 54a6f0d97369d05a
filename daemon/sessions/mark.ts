/** Remembers that there may be a table of sessions in the kernel, for whoever starts after a crash: in the run directory, which outlives a boot as little as the table. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';

export interface Mark {
  readonly set: (on: boolean) => void;
  readonly isSet: () => boolean;
}

export function createMark(run: string): Mark {
  const file = `${run}/helper-sessions`;
  return {
    set(on) {
      try {
        if (on) writeFileSync(file, '', { mode: 0o644 });
        else rmSync(file, { force: true });
      } catch {
        // A full disk: an orderly end takes the table away all the same.
      }
    },
    isSet: () => existsSync(file),
  };
}
