/** Who may open a socket of the daemon: the group `tandem`, where there is one. */
import { chownSync, readFileSync } from 'node:fs';

/** The id of a group, null if the machine has no such group. */
export function groupId(name: string, file = '/etc/group'): number | null {
  try {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [group, , id] = line.split(':');
      if (group === name && id !== undefined && /^\d+$/.test(id)) return Number(id);
    }
  } catch {
    // No such file: no such group.
  }
  return null;
}

/** Give the socket to the group. Where that is not allowed (ordinary user, user namespace) its owner alone can open it: null or the errno name. */
export function giveToGroup(path: string, group: string, file?: string): string | null {
  const id = groupId(group, file);
  if (id === null) return null;
  try {
    chownSync(path, -1, id);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
