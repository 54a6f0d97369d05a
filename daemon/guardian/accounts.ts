/** Which user the manager runs as: from /etc/passwd and /etc/group alone, since a name service could be slow. */
import { readFileSync } from 'node:fs';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface ManagerAccount {
  /** Null: the user that the guardian has, the only one that there is here. */
  readonly account: Account | null;
  /** Said once; null if all is as configured. */
  readonly warning: string | null;
}

export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
  /** /proc/self/uid_map: which user ids exist in this user namespace. */
  readonly uidMap: string;
  readonly euid: number;
}

/** What such a daemon runs as where nobody made a user for it. */
const NOBODY: Account = { uid: 65534, gid: 65534 };

export function readAccountFiles(): AccountFiles {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const files = { passwd: read('/etc/passwd'), group: read('/etc/group'), uidMap: read('/proc/self/uid_map') };
  return { ...files, euid: process.geteuid?.() ?? 0 };
}

/** The account for `user`; its group is `tandem`, the one that may use the sockets, where there is such a group. */
export function managerAccount(user: string, files: AccountFiles): ManagerAccount {
  if (files.euid !== 0)
    return { account: null, warning: 'the manager runs as the same user: only root can give it another' };
  const line = fieldsOf(files.passwd, user);
  const group = fieldsOf(files.group, 'tandem');
  const found = line === null ? null : { uid: Number(line[2]), gid: Number(group?.[2] ?? line[3]) };
  const usable = found !== null && Number.isInteger(found.uid) && Number.isInteger(found.gid) && found.uid > 0;
  const account = usable ? found : { ...NOBODY, gid: group === null ? NOBODY.gid : Number(group[2]) };
  if (!mapped(files.uidMap, account.uid)) {
    return { account: null, warning: 'in this user namespace there is one user only: the manager runs as that' };
  }
  if (usable) return { account, warning: null };
  const why = found !== null && found.uid === 0 ? `user ${user} is root` : `there is no user ${user}`;
  return { account, warning: `${why}: the manager runs as nobody; make one with: useradd --system ${user}` };
}

/** Whom a program of the configuration runs as; nothing where that is who this process is. The error is a sentence. */
export function runsAs(user: string, files: AccountFiles): Result<Partial<Account>, string> {
  const line = fieldsOf(files.passwd, user);
  if (line === null) return fail(`there is no user ${user}`);
  const [uid, gid] = [Number(line[2]), Number(line[3])];
  if (uid === files.euid) return ok({});
  if (!mapped(files.uidMap, uid)) return fail(`in this user namespace there is no user ${user}`);
  return ok({ uid, gid });
}

function fieldsOf(text: string, name: string): readonly string[] | null {
  const line = text.split('\n').find((entry) => entry.startsWith(`${name}:`));
  return line === undefined ? null : line.split(':');
}

/** Lines of `inside outside count`. Without the file all ids are there. */
function mapped(uidMap: string, uid: number): boolean {
  const ranges = uidMap
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (ranges.length === 0) return true;
  return ranges.some((line) => {
    const [inside = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return uid >= inside && uid < inside + count;
  });
}
