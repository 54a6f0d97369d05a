/** People and programs that may use the manager (design section 7). */

/** viewer: sees; operator: acts; admin: changes settings, users and tokens too. */
export const USER_ROLES = ['viewer', 'operator', 'admin'] as const;
export type UserRole = (typeof USER_ROLES)[number];

export interface UserView {
  readonly name: string;
  readonly role: UserRole;
  readonly createdAt: string;
  readonly passwordChangedAt: string;
}

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly role: UserRole;
  readonly createdAt: string;
  readonly createdBy: string;
  /** Null = never used, never ends. */
  readonly lastUsedAt: string | null;
  readonly expiresAt: string | null;
}

/** `POST /api/v1/login`, `GET /api/v1/session`. */
export interface SessionView {
  readonly user: string;
  readonly role: UserRole;
  /** To be sent as header `x-csrf-token` with every write. */
  readonly csrf: string;
  readonly expiresAt: string;
}
