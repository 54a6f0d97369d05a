/** Copies of the configuration, one a night (`manager.snapshots`): so many are kept. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotFile } from '../core/api/host.ts';
import type { GuardianAnswer, GuardianRequest } from '../core/guardian-link.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import { writeKept } from './kept-files.ts';

export interface Snapshots {
  list(): Promise<readonly SnapshotFile[]>;
  /** Takes one and drops what is beyond `keep`. Never rejects: the journal is told. */
  take(keep: number): Promise<void>;
}

export interface SnapshotPorts {
  readonly folder: string;
  readonly instance: string;
  readonly ask: (request: GuardianRequest) => Promise<GuardianAnswer>;
  readonly note: (reason: ManagerReason) => void;
  readonly wall: () => number;
}

const NAME = /^[\w.-]+-\d{8}T\d{6}Z\.yaml$/;

export function createSnapshots({ folder, instance, ask, note, wall }: SnapshotPorts): Snapshots {
  /** Newest first. */
  const names = async (): Promise<readonly string[]> =>
    (await readdir(folder).catch(() => []))
      .filter((name) => NAME.test(name))
      .toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));

  return {
    async list() {
      const found = await Promise.all(
        (await names()).map(async (name) => {
          const about = await stat(join(folder, name)).catch(() => null);
          return about === null ? [] : [{ name, at: about.mtime.toISOString(), bytes: about.size }];
        }),
      );
      return found.flat();
    },
    async take(keep) {
      try {
        const answer = await ask({ kind: 'read' });
        if (!answer.ok) throw new Error(answer.error.text);
        const time = new Date(wall()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
        const file = `${instance}-${time}.yaml`;
        await writeKept(join(folder, file), answer.value.text ?? '');
        for (const old of (await names()).slice(keep)) await rm(join(folder, old), { force: true });
        note({ code: 'snapshotTaken', file });
      } catch (error) {
        note({ code: 'snapshotFailed', error: error instanceof Error ? error.message : String(error) });
      }
    },
  };
}

const timeOf = (name: string): string => /\d{8}T\d{6}Z/.exec(name)?.[0] ?? '';
