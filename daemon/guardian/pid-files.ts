/** `<run>/guardian.pid`, `engine.pid`, `helper.pid`, `manager.pid` [contract, design section 2]: which process is which. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export type ProcessName = 'guardian' | 'engine' | 'helper' | 'manager';

export interface PidFiles {
  /** Null removes the file. A file that cannot be written is not worth stopping for: said by `warn`. */
  set(name: ProcessName, pid: number | null): void;
  /** The process that an earlier daemon left in the file, if it still runs the script `script`. */
  survivor(name: ProcessName, script: string): number | null;
}

export function createPidFiles(run: string, warn: (text: string) => void): PidFiles {
  const pathOf = (name: ProcessName): string => `${run}/${name}.pid`;
  return {
    set(name, pid) {
      const path = pathOf(name);
      try {
        if (pid === null) {
          rmSync(path, { force: true });
          return;
        }
        // Renamed into place, so that nobody ever reads half a number.
        writeFileSync(`${path}.new`, `${pid}\n`, { mode: 0o644 });
        renameSync(`${path}.new`, path);
      } catch (error) {
        warn(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    survivor(name, script) {
      try {
        const pid = Number(readFileSync(pathOf(name), 'utf8'));
        if (!Number.isInteger(pid) || pid <= 1) return null;
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(script) ? pid : null;
      } catch {
        // No file, or no such process.
        return null;
      }
    },
  };
}
