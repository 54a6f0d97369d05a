import { userInfo } from 'node:os';

/** Who asks, for the reason that everybody reads: the person behind sudo, if there is one. */
export function asker(env: Readonly<Record<string, string | undefined>>): string {
  const behind = env['SUDO_USER'];
  if (behind !== undefined && behind !== '') return behind;
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
