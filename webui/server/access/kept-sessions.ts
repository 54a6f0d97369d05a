/**
 * Logins over a restart of the manager (killed, upgraded): `<state>/manager/sessions.json` holds the hashes of their cookies, never a cookie. The login of
 * a user whose password or role was changed meanwhile is not taken up again.
 */
import * as z from 'zod';
import { USER_ROLES } from '../../../core/api/users.ts';
import { readPrivateFile, replacePrivateFile } from '../../../config/private-file.ts';
import type { Log } from '../log.ts';
import type { Session, SessionKeeper } from './sessions.ts';

const MOST_KEPT = 4096;

const record = z.strictObject({
  key: z.string().regex(/^[\w-]{43}$/),
  user: z.string().max(100),
  role: z.enum(USER_ROLES),
  csrf: z.string().regex(/^[\w-]{43}$/),
  expiresAt: z.number(),
  /** What the user was when this was written. */
  mark: z.string().max(100),
});
const fileSchema = z.strictObject({ version: z.literal(1), sessions: z.array(record).max(MOST_KEPT) });

/** `markOf`: changes with the user's password and role; null where there is no such user. */
export function keepSessions(file: string, log: Log, markOf: (user: string) => string | null): SessionKeeper {
  return {
    load() {
      try {
        const read = readPrivateFile(file);
        if (read === null) return [];
        const { sessions } = fileSchema.parse(JSON.parse(read.text));
        return sessions.flatMap(({ mark, ...session }): readonly Session[] =>
          markOf(session.user) === mark ? [session] : [],
        );
      } catch {
        log.warn(`${file} cannot be read as a file of sessions: everybody has to log in again`);
        return [];
      }
    },
    save(sessions) {
      const kept = sessions.slice(-MOST_KEPT).flatMap((session) => {
        const mark = markOf(session.user);
        return mark === null ? [] : [{ ...session, mark }];
      });
      try {
        replacePrivateFile(file, `${JSON.stringify({ version: 1, sessions: kept })}\n`);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        log.warn(`${file} cannot be written (${why}): a restart of the manager ends the logins`);
      }
    },
  };
}
