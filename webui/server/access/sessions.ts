/** Logins in progress: bounded, ended by time, by a logout, or because their user changed; kept over a restart by a keeper. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { UserRole } from '../../../core/api/users.ts';

export interface Session {
  readonly key: string;
  readonly user: string;
  readonly role: UserRole;
  readonly csrf: string;
  /** Wall time, ms. Absolute: using it does not make it longer. */
  readonly expiresAt: number;
}

export interface Sessions {
  /** Name of the cookie. A browser does not tell ports apart: instances that share an address must not log each other out. */
  readonly cookie: string;
  /** `id` is what the cookie holds; it is kept nowhere here. */
  open(user: string, role: UserRole): { readonly id: string; readonly session: Session };
  find(id: string): Session | 'expired' | 'unknown';
  end(session: Session): void;
  endOf(user: string): void;
  /** Called when it ends, for whatever reason; at once where it has ended. Returns how to stop that. */
  onEnd(session: Session, listener: () => void): () => void;
  setLifetime(ms: number): void;
  stop(): void;
}

/** Where they are while no manager runs. */
export interface SessionKeeper {
  load(): readonly Session[];
  save(sessions: readonly Session[]): void;
}

/** They end with the manager. */
const KEEPS_NOTHING: SessionKeeper = { load: () => [], save: () => undefined };

/** More logins of one person than anybody has windows; the oldest ends. */
const MOST_OF_ONE = 32;
/** How long an ended session is remembered as such, so that a late cookie is told the right thing. */
const REMEMBERED = 1000;
const LOOK_EVERY_MS = 5000;

const keyOf = (id: string): string => createHash('sha256').update(id).digest('base64url');

export function createSessions(
  instance: string,
  lifetimeMs: number,
  now: () => number,
  keeper: SessionKeeper = KEEPS_NOTHING,
): Sessions {
  const open = new Map<string, Session>();
  const listeners = new Map<string, Set<() => void>>();
  const ended = new Set<string>();
  let lifetime = lifetimeMs;
  for (const session of keeper.load()) if (session.expiresAt > now()) open.set(session.key, session);

  const save = (): void => keeper.save([...open.values()]);

  function end(session: Session): void {
    if (!open.has(session.key)) return;
    forget(session);
    save();
  }

  function forget({ key }: Session): void {
    open.delete(key);
    ended.add(key);
    for (const oldest of ended) {
      if (ended.size <= REMEMBERED) break;
      ended.delete(oldest);
    }
    const waiting = listeners.get(key);
    listeners.delete(key);
    for (const listener of waiting ?? []) listener();
  }

  const timer = setInterval(() => {
    for (const session of open.values()) if (session.expiresAt <= now()) end(session);
  }, LOOK_EVERY_MS);
  timer.unref();

  return {
    cookie: `__Host-tandem-${instance.replaceAll(/[^\w-]/g, '_')}`,
    open(user, role) {
      const id = randomBytes(32).toString('base64url');
      const csrf = randomBytes(32).toString('base64url');
      const session = { key: keyOf(id), user, role, csrf, expiresAt: now() + lifetime };
      const own = [...open.values()].filter((one) => one.user === user);
      if (own.length >= MOST_OF_ONE) end(own[0]!);
      open.set(session.key, session);
      save();
      return { id, session };
    },
    find(id) {
      const key = keyOf(id);
      const session = open.get(key);
      if (session === undefined) return ended.has(key) ? 'expired' : 'unknown';
      if (session.expiresAt > now()) return session;
      end(session);
      return 'expired';
    },
    end,
    endOf(user) {
      const own = [...open.values()].filter((session) => session.user === user);
      own.forEach(forget);
      if (own.length > 0) save();
    },
    onEnd(session, listener) {
      if (!open.has(session.key)) {
        listener();
        return () => undefined;
      }
      const waiting = listeners.get(session.key) ?? new Set();
      listeners.set(session.key, waiting.add(listener));
      return () => void waiting.delete(listener);
    },
    setLifetime(ms) {
      lifetime = ms;
    },
    stop() {
      clearInterval(timer);
      // Whoever listens leaves; the logins stay for the next manager.
      for (const session of open.values()) forget(session);
    },
  };
}

/** Compares without telling by its time how much was right. */
export function sameSecret(given: string, wanted: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}
