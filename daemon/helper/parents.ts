/**
 * What a parent's settings were before its first macvlan, so that they can be given back after its last. Kept in a file too: a helper that is
 * started again must not take what the one before had set for what was there.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { macvlanSettings } from '../../vrrp/macvlan.ts';
import type { Setting } from '../../vrrp/macvlan.ts';

export interface Parents {
  /** Before the settings of this macvlan are made. Gives back those of another parent that it was on, if it was the last there. */
  take(parent: string, macvlan: string): void;
  /** After this macvlan is gone. Writes back what its parent's settings were, if it was the last there. */
  release(macvlan: string): void;
}

/** Reading and writing of files; both throw as `node:fs` does. */
export interface SettingFiles {
  read(file: string): string;
  write(file: string, text: string): void;
}

/** What is kept of one parent. */
interface Taken {
  readonly macvlans: readonly string[];
  readonly before: readonly Setting[];
}

const FILES: SettingFiles = {
  read: (file) => readFileSync(file, 'utf8'),
  // Never created: a setting that is gone went with its interface.
  write: (file, text) => writeFileSync(file, text, { flag: 'r+' }),
};

/** `path`: where it is kept, in a folder that does not outlive a boot. */
export function createParents(path: string, files: SettingFiles = FILES): Parents {
  const taken = load(path);

  function valueOf(file: string): string | null {
    try {
      return files.read(file).trim();
    } catch {
      // A kernel without it, or an interface that is gone.
      return null;
    }
  }

  function release(macvlan: string): void {
    for (const [parent, { macvlans, before }] of taken) {
      if (!macvlans.includes(macvlan)) continue;
      const left = macvlans.filter((name) => name !== macvlan);
      if (left.length > 0) taken.set(parent, { macvlans: left, before });
      else {
        taken.delete(parent);
        giveBack(parent, before);
      }
    }
  }

  function giveBack(parent: string, before: readonly Setting[]): void {
    const ours = new Map(settingsOf(parent).map(({ file, value }) => [file, value]));
    for (const { file, value } of before) {
      // What somebody else has changed since is not ours to change back.
      if (valueOf(file) !== ours.get(file)) continue;
      try {
        files.write(file, value);
      } catch {
        // The interface went in between.
      }
    }
  }

  function save(): void {
    try {
      if (taken.size === 0) rmSync(path, { force: true });
      else writeFileSync(path, JSON.stringify(Object.fromEntries(taken)), { mode: 0o600 });
    } catch {
      // A full disk: this process knows it all the same.
    }
  }

  return {
    take(parent, macvlan) {
      if (taken.get(parent)?.macvlans.includes(macvlan) === true) return;
      release(macvlan);
      const before =
        taken.get(parent)?.before ??
        settingsOf(parent).flatMap(({ file }) => {
          const value = valueOf(file);
          return value === null ? [] : [{ file, value }];
        });
      taken.set(parent, { macvlans: [...(taken.get(parent)?.macvlans ?? []), macvlan], before });
      save();
    },
    release(macvlan) {
      release(macvlan);
      save();
    },
  };
}

/** Those of the settings of a macvlan that are made on its parent. */
function settingsOf(parent: string): readonly Setting[] {
  return macvlanSettings(parent, '').filter(({ file }) => file.split('/').at(-2) === parent);
}

function load(path: string): Map<string, Taken> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null
      ? new Map(Object.entries(value as Record<string, Taken>))
      : new Map();
  } catch {
    return new Map();
  }
}
