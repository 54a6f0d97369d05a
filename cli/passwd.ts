import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { USER_ROLES } from '../core/api/users.ts';
import type { UserRole } from '../core/api/users.ts';
import { EXIT, Failure, usageFailure } from './command.ts';
import type { Command } from './command.ts';
import { printJson } from './terminal.ts';
import type { Io } from './terminal.ts';

/** Where the state is if nobody says otherwise (design section 7). */
const DEFAULT_STATE = '/var/lib/tandem';

export const passwd: Command = {
  name: 'passwd',
  summary: 'set the password of a user of the web page and its API',
  usage: ['passwd USER [--role viewer|operator|admin] [--state DIR]'],
  details:
    'Asks for the password on the terminal without showing it, or takes the first line of its standard input. A user that does not exist is added: ' +
    'as admin where there is no user yet, otherwise as viewer unless --role says more. Works whether or not the daemon runs, so that nobody stays locked out; ' +
    'it ends the sessions of the user. Run it as root.',
  options: {
    role: {
      type: 'string',
      value: 'ROLE',
      choices: USER_ROLES,
      text: 'viewer sees, operator acts, admin changes settings',
    },
    state: {
      type: 'string',
      value: 'DIR',
      files: true,
      text: `state directory of the daemon (default ${DEFAULT_STATE})`,
    },
  },
  operands: { min: 1, max: 1 },
  async run({ io, json, operands, options }) {
    const [name = ''] = operands;
    const role = readRole(options['role']);
    // Loaded here alone, as in `check`.
    const { userNameProblem } = await import('../config/users/users.ts');
    const wrongName = userNameProblem(name);
    if (wrongName !== null) throw usageFailure(wrongName);
    const { hashPassword, passwordProblem } = await import('../config/users/password.ts');
    const password = await askTwice(io, name);
    const problem = passwordProblem(name, password);
    if (problem !== null) throw new Failure(EXIT.failed, 'badPassword', problem);
    const hash = await hashPassword(password);
    const at = new Date(io.now()).toISOString();
    const state = resolve(String(options['state'] ?? DEFAULT_STATE));
    const { user, added } = await change(state, { name, role, hash, at });
    if (json) printJson(io, { user: user.name, role: user.role, added });
    else io.out(`${added ? 'added' : 'password set'}: ${user.name}, ${user.role}\n`);
    return EXIT.done;
  },
};

function readRole(given: string | boolean | undefined): UserRole | null {
  if (given === undefined) return null;
  const role = USER_ROLES.find((one) => one === given);
  if (role === undefined) throw usageFailure(`--role is one of ${USER_ROLES.join(', ')}, not '${String(given)}'`);
  return role;
}

async function askTwice(io: Io, name: string): Promise<string> {
  const password = await io.secret(`new password of ${name}: `);
  if (password === null) throw new Failure(EXIT.failed, 'noPassword', 'no password was given: nothing was changed');
  if (!io.typed()) return password;
  if ((await io.secret('the same again: ')) !== password) {
    throw new Failure(EXIT.failed, 'passwordsDiffer', 'the two are not the same: nothing was changed');
  }
  return password;
}

interface Change {
  readonly name: string;
  readonly role: UserRole | null;
  readonly hash: string;
  readonly at: string;
}

async function change(state: string, set: Change) {
  const { USERS_FILE, hasAdmin, readUsers, usersText, withPassword } = await import('../config/users/users.ts');
  const { readPrivateFile, replacePrivateFile } = await import('../config/private-file.ts');
  const file = join(state, USERS_FILE);
  if (!existsSync(join(state, 'manager'))) {
    const hint =
      'start tandemd once, which makes it for the user of the manager, or say with --state DIR where the state is';
    throw new Failure(EXIT.failed, 'noState', `there is no folder ${join(state, 'manager')}: ${hint}`, file);
  }
  try {
    const before = readPrivateFile(file);
    const users = before === null ? { ok: true as const, value: [] } : readUsers(before.text);
    if (!users.ok) throw new Failure(EXIT.failed, 'cannotRead', `${file}: ${users.error}; it was left as it is`, file);
    const after = withPassword(users.value, set);
    if (hasAdmin(users.value) && !hasAdmin(after.users)) {
      throw new Failure(EXIT.failed, 'lastAdmin', `${set.name} is the last admin: another role would leave none`);
    }
    replacePrivateFile(file, usersText(after.users));
    return after;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const reason = code === 'EACCES' || code === 'EPERM' ? 'no permission: run it as root' : code;
    throw new Failure(EXIT.failed, 'cannotWrite', `cannot change ${file}: ${reason}`, file);
  }
}
