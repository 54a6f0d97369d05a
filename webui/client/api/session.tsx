/** Who is logged in. A session that ends is asked for again over the page: what was typed stays. */
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { SessionView, UserRole } from '../../../core/api/users.ts';
import { USER_ROLES } from '../../../core/api/users.ts';
import { ask, setCsrf, whenExpired } from './client.ts';
import type { Problem } from './client.ts';

export type SessionState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'open'; readonly view: SessionView }
  /** It was open, and has ended while the page is shown. */
  | { readonly kind: 'expired'; readonly view: SessionView };

interface Access {
  readonly session: SessionState;
  login(user: string, password: string): Promise<Problem | null>;
  logout(): Promise<void>;
  retry(): void;
}

const Context = createContext<Access | null>(null);

export function SessionProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [session, setSession] = useState<SessionState>({ kind: 'asking' });

  const opened = useCallback((view: SessionView) => {
    setCsrf(view.csrf);
    setSession({ kind: 'open', view });
  }, []);

  const retry = useCallback(() => {
    void ask<SessionView>('GET', '/session').then((answer) => {
      if (answer.ok) opened(answer.value);
      else setSession({ kind: answer.problem.status === 0 ? 'unreachable' : 'none' });
    });
  }, [opened]);

  useEffect(() => {
    whenExpired(() =>
      setSession((before) =>
        before.kind === 'open'
          ? { kind: 'expired', view: before.view }
          : before.kind === 'expired'
            ? before
            : { kind: 'none' },
      ),
    );
    retry();
  }, [retry]);

  const access = useMemo<Access>(
    () => ({
      session,
      retry,
      async login(user, password) {
        const answer = await ask<SessionView>('POST', '/login', { body: { user, password } });
        if (!answer.ok) return answer.problem;
        opened(answer.value);
        return null;
      },
      async logout() {
        await ask('POST', '/logout');
        setSession({ kind: 'none' });
      },
    }),
    [session, retry, opened],
  );
  return <Context value={access}>{children}</Context>;
}

export function useAccess(): Access {
  const access = useContext(Context);
  if (access === null) throw new Error('useAccess outside of SessionProvider');
  return access;
}

/** Null: allowed. Otherwise why not, as the page says it beside the button. */
export function useRefusal(needed: UserRole): string | null {
  const { session } = useAccess();
  const role = session.kind === 'open' || session.kind === 'expired' ? session.view.role : 'viewer';
  if (USER_ROLES.indexOf(role) >= USER_ROLES.indexOf(needed)) return null;
  return `limited access: this needs the role ${needed}, you are ${role}`;
}
