/** The users as the running manager knows them: the file, and who wants to know when a user is no longer what they were. */
import { createHash } from 'node:crypto';
import { USER_ROLES } from '../../../core/api/users.ts';
import type { UserRole, UserView } from '../../../core/api/users.ts';
import { COST, hashPassword, passwordProblem, verifyPassword } from '../../../config/users/password.ts';
import type { ScryptCost } from '../../../config/users/password.ts';
import { readPrivateFile, replacePrivateFile, stampOf } from '../../../config/private-file.ts';
import { MOST_USERS, hasAdmin, readUsers, userView, usersText, withPassword } from '../../../config/users/users.ts';
import type { UserRecord } from '../../../config/users/users.ts';
import { ApiFailure } from '../errors.ts';
import type { Log } from '../log.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface Users {
  list(): readonly UserView[];
  get(name: string): UserView | null;
  /** Another one whenever password or role of the user are others; null where there is no such user. */
  mark(name: string): string | null;
  /** The user if the password is theirs. Takes as long for a name that nobody has. */
  verify(name: string, password: string): Promise<UserView | null>;
  add(name: string, role: UserRole, password: string): Promise<UserView>;
  setPassword(name: string, password: string): Promise<UserView>;
  setRole(name: string, role: UserRole): UserView;
  remove(name: string): void;
  /** Looks whether somebody else changed the file (`tandem passwd`). */
  refresh(): void;
}

export interface UsersOptions {
  readonly file: string;
  readonly log: Log;
  readonly now: () => number;
  /** Password, role or existence of this user changed: what was granted on them is over. */
  readonly changed: (name: string) => void;
  /** The same, where the file was changed by somebody else (`tandem passwd`). */
  readonly changedOutside?: (name: string) => void;
  readonly cost?: ScryptCost;
}

/** So many passwords are worked out at once: each takes 32 MiB. */
const AT_ONCE = 2;
/** Others wait; more than so many are told to come back. */
const MOST_WAITING = 32;

export function createUsers(options: UsersOptions): Users {
  const { file, log, changed, cost = COST } = options;
  const queue = oneAtATime(AT_ONCE, MOST_WAITING);
  let users: readonly UserRecord[] = [];
  let stamp: string | null = null;
  let said = '';
  /** What stands there at the start is no change. */
  let first = true;

  function refresh(): void {
    try {
      const found = stampOf(file);
      if (found === stamp) return;
      const read = readPrivateFile(file);
      const parsed = read === null ? null : readUsers(read.text);
      stamp = read?.stamp ?? null;
      if (parsed?.ok === false) return sayOnce(`${file}: ${parsed.error}; the users before are kept`);
      take(parsed === null ? [] : parsed.value, true);
    } catch (error) {
      sayOnce(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  function sayOnce(text: string): void {
    if (said !== text) log.warn(text);
    said = text;
  }

  function take(next: readonly UserRecord[], outside = false): void {
    const before = users;
    users = next;
    const differs = (one: UserRecord, other: UserRecord | undefined): boolean =>
      one.hash !== other?.hash || one.role !== other.role;
    for (const old of before) {
      if (
        differs(
          old,
          next.find(({ name }) => name === old.name),
        )
      )
        changed(old.name);
    }
    if (!outside || first) return void (first = false);
    for (const now of next) {
      if (
        differs(
          now,
          before.find(({ name }) => name === now.name),
        )
      )
        options.changedOutside?.(now.name);
    }
  }

  function save(next: readonly UserRecord[]): void {
    replacePrivateFile(file, usersText(next));
    stamp = stampOf(file);
    take(next);
  }

  function known(name: string): UserRecord {
    refresh();
    const user = users.find((one) => one.name === name);
    if (user === undefined) throw new ApiFailure(404, 'noSuchUser', `there is no user ${name}`);
    return user;
  }

  function keepAdmin(next: readonly UserRecord[]): readonly UserRecord[] {
    if (!hasAdmin(next)) throw new ApiFailure(409, 'lastAdmin', 'this is the last admin: make another one first');
    return next;
  }

  async function hashed(name: string, password: string): Promise<string> {
    const problem = passwordProblem(name, password);
    if (problem !== null) throw new ApiFailure(400, 'badPassword', problem);
    return queue(() => hashPassword(password, cost));
  }

  const at = (): string => new Date(options.now()).toISOString();

  return {
    list: () => users.map(userView),
    get: (name) => {
      const user = users.find((one) => one.name === name);
      return user === undefined ? null : userView(user);
    },
    mark(name) {
      const user = users.find((one) => one.name === name);
      return user === undefined ? null : createHash('sha256').update(`${user.role} ${user.hash}`).digest('base64url');
    },
    async verify(name, password) {
      refresh();
      const user = users.find((one) => one.name === name) ?? null;
      const right = await queue(() => verifyPassword(password, user?.hash ?? null, cost));
      // It may have changed while the password was worked out.
      return right && user !== null && users.includes(user) ? userView(user) : null;
    },
    async add(name, role, password) {
      const hash = await hashed(name, password);
      refresh();
      if (users.some((user) => user.name === name)) {
        throw new ApiFailure(409, 'userExists', `there is a user ${name} already`);
      }
      if (users.length >= MOST_USERS) throw new ApiFailure(409, 'tooManyUsers', `${MOST_USERS} users are the most`);
      const { users: next, user } = withPassword(users, { name, hash, role, at: at() });
      save(next);
      return userView(user);
    },
    async setPassword(name, password) {
      known(name);
      const hash = await hashed(name, password);
      const { role } = known(name);
      const { users: next, user } = withPassword(users, { name, hash, role, at: at() });
      save(next);
      return userView(user);
    },
    setRole(name, role) {
      const user = known(name);
      const next = { ...user, role };
      save(keepAdmin(users.map((one) => (one === user ? next : one))));
      return userView(next);
    },
    remove(name) {
      const user = known(name);
      save(keepAdmin(users.filter((one) => one !== user)));
    },
    refresh,
  };
}

/** viewer < operator < admin. */
export function mayAct(role: UserRole, needed: UserRole): boolean {
  return USER_ROLES.indexOf(role) >= USER_ROLES.indexOf(needed);
}
