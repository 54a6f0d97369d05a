/** Reads what the manager answered. */
import { EXIT, Failure } from './command.ts';

/** The list under this name. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what the route answers
export function listOf<T>(answer: unknown, name: string): readonly T[] {
  const value = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[name] : undefined;
  if (Array.isArray(value)) return value as readonly T[];
  throw badAnswer(name);
}

/** An object that has this key. */
export function objectOf<T>(answer: unknown, key: keyof T & string): T {
  if (typeof answer === 'object' && answer !== null && key in answer) return answer as T;
  throw badAnswer(key);
}

function badAnswer(what: string): Failure {
  return new Failure(
    EXIT.failed,
    'badAnswer',
    `the manager answered without ${what}: are daemon and tandem of one version?`,
  );
}
