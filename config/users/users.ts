/** The file of users, `<state>/manager/users.json`: its form, and what changes in it. Pure. */
import * as z from 'zod';
import { USER_ROLES } from '../../core/api/users.ts';
import type { UserRole, UserView } from '../../core/api/users.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { isPasswordHash } from './password.ts';

/** Where it lies in the state directory. */
export const USERS_FILE = 'manager/users.json';

/** More than any appliance has administrators; a bound for what is read. */
export const MOST_USERS = 1000;

export interface UserRecord {
  readonly name: string;
  readonly role: UserRole;
  readonly hash: string;
  readonly createdAt: string;
  readonly passwordChangedAt: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** What is wrong with the name of a user, or null. */
export function userNameProblem(name: string): string | null {
  if (NAME.test(name)) return null;
  return 'a user name is 1 to 63 letters, digits, dots, dashes and underscores, and begins with a letter or digit';
}

const record = z.strictObject({
  name: z.string().regex(NAME),
  role: z.enum(USER_ROLES),
  hash: z.string().max(500).refine(isPasswordHash, { error: 'no hash of a password' }),
  createdAt: z.string().max(40),
  passwordChangedAt: z.string().max(40),
});
const file = z.strictObject({ version: z.literal(1), users: z.array(record).max(MOST_USERS) });

/** The users in the text of the file. The error says what is wrong, and nothing of what stands there. */
export function readUsers(text: string): Result<readonly UserRecord[], string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('it is no JSON');
  }
  const parsed = file.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(`${issue?.path.join('.') ?? ''}: ${issue?.code === 'custom' ? issue.message : 'not as expected'}`);
  }
  const { users } = parsed.data;
  const names = new Set(users.map(({ name }) => name));
  return names.size === users.length ? ok(users) : fail('a user stands there twice');
}

export function usersText(users: readonly UserRecord[]): string {
  return `${JSON.stringify({ version: 1, users }, null, 2)}\n`;
}

export interface PasswordSet {
  readonly name: string;
  readonly hash: string;
  /** Null: as it is; a new user is an admin then if there is no other user, and a viewer otherwise. */
  readonly role: UserRole | null;
  /** Wall time, ISO 8601. */
  readonly at: string;
}

/** The users with this one's password set; it is added where there was none. */
export function withPassword(
  users: readonly UserRecord[],
  set: PasswordSet,
): { readonly users: readonly UserRecord[]; readonly user: UserRecord; readonly added: boolean } {
  const { name, hash, at } = set;
  const before = users.find((user) => user.name === name);
  const role = set.role ?? before?.role ?? (users.length === 0 ? 'admin' : 'viewer');
  const user = { name, role, hash, createdAt: before?.createdAt ?? at, passwordChangedAt: at };
  const rest = before === undefined ? [...users, user] : users.map((other) => (other === before ? user : other));
  return { users: rest, user, added: before === undefined };
}

/** Without an admin nobody could add one but root. */
export const hasAdmin = (users: readonly UserRecord[]): boolean => users.some(({ role }) => role === 'admin');

/** What others may see of a user. */
export function userView({ name, role, createdAt, passwordChangedAt }: UserRecord): UserView {
  return { name, role, createdAt, passwordChangedAt };
}
