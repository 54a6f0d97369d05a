/** People and programs (core/api/users.ts). */
import * as z from 'zod';
import type {
  LoginRequest,
  NewToken,
  NewUser,
  PasswordChange,
  TokenList,
  TokenMade,
  UserList,
} from '../../../core/api/rest.ts';
import { USER_ROLES } from '../../../core/api/users.ts';
import type { SessionView, TokenView, UserView } from '../../../core/api/users.ts';
import { nameAsked, time, timeAsked } from './common.ts';
import type { AllSame, Same } from './same.ts';

export const userRole = z.enum(USER_ROLES, { error: `expected one of ${USER_ROLES.join(', ')}` });

/** What a password must be says config/users/password.ts; here it is only kept from being endless. */
const password = z.string({ error: 'expected text' }).max(1000, { error: 'expected at most 1000 characters' });

export const loginBody = z.strictObject({
  user: z.string({ error: 'expected a name' }).max(200, { error: 'expected at most 200 characters' }),
  password,
});
export const sessionView = z.object({ user: z.string(), role: userRole, csrf: z.string(), expiresAt: time });

export const userView = z.object({ name: z.string(), role: userRole, createdAt: time, passwordChangedAt: time });
export const userList = z.object({ users: z.array(userView) });
export const newUser = z.strictObject({ name: nameAsked, role: userRole, password });
export const roleChange = z.strictObject({ role: userRole });
export const passwordChange = z.strictObject({ password, current: z.exactOptional(password) });

export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  role: userRole,
  createdAt: time,
  createdBy: z.string(),
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
});
export const tokenList = z.object({ tokens: z.array(tokenView) });
export const tokenMade = tokenView.extend({ token: z.string() });
export const newToken = z.strictObject({
  name: nameAsked,
  role: userRole,
  expiresAt: z.exactOptional(timeAsked.nullable()),
});

export type Checked = AllSame<
  [
    Same<typeof loginBody, LoginRequest>,
    Same<typeof sessionView, SessionView>,
    Same<typeof userView, UserView>,
    Same<typeof userList, UserList>,
    Same<typeof newUser, NewUser>,
    Same<typeof passwordChange, PasswordChange>,
    Same<typeof tokenView, TokenView>,
    Same<typeof tokenList, TokenList>,
    Same<typeof tokenMade, TokenMade>,
    Same<typeof newToken, NewToken>,
  ]
>;
