/** Who is at the other end: the first thing that both sides say, and which of two connections between the same two goes on. Pure. */
import { instanceOf } from '../store/embedded/record.ts';

/** Versions of the protocol that this version speaks: its own and the one before. */
export const VERSIONS: readonly number[] = [1];

export interface Hello {
  readonly versions: readonly number[];
  readonly stack: string;
  readonly instance: string;
  /** Name of its store. */
  readonly replica: string;
  /** Drawn at every start of its manager. */
  readonly boot: string;
}

export type HelloRefusal = 'version' | 'otherStack' | 'unknownSender' | 'sameStore';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const BOOT = /^[0-9a-f]{16}$/;

/** Null = it is none. More keys may be in it. */
export function readHello(text: string): Hello | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { versions, stack, instance, replica, boot } = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(versions) || !versions.every((one) => Number.isSafeInteger(one))) return null;
  if (typeof stack !== 'string' || typeof instance !== 'string' || !NAME.test(stack) || !NAME.test(instance))
    return null;
  if (typeof replica !== 'string' || instanceOf(replica) === null) return null;
  if (typeof boot !== 'string' || !BOOT.test(boot)) return null;
  return { versions: versions as readonly number[], stack, instance, replica, boot };
}

/** `expected`: the peer that has the address, and, where it dialled, the name under which it showed the key. Null = welcome. */
export function refusalOf(hello: Hello, own: Hello, expected: string): HelloRefusal | null {
  if (!hello.versions.some((one) => own.versions.includes(one))) return 'version';
  if (hello.stack !== own.stack) return 'otherStack';
  if (hello.instance !== expected) return 'unknownSender';
  // A disk that was copied with everything on it: two that write under one name would take each other's records for their own.
  if (hello.replica === own.replica) return 'sameStore';
  return null;
}

export interface Known {
  readonly boot: string;
  /** By us. */
  readonly dialled: boolean;
}

/**
 * Both may dial, and one connection goes on: the one that the first of the two by name has dialled. Both ends come to the same answer. Another boot at the
 * other end, or the same end dialling again, means that the one before is dead and only we have not noticed.
 */
export function freshOneWins(before: Known, fresh: Known, own: string, peer: string): boolean {
  if (fresh.boot !== before.boot || fresh.dialled === before.dialled) return true;
  return fresh.dialled === dialsFirst(own, peer);
}

/** Whose connection goes on where both have dialled: this one need not wait before it does. */
export const dialsFirst = (own: string, peer: string): boolean => own < peer;
