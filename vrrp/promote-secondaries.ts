import { writeFileSync } from 'node:fs';

/**
 * Let the kernel promote a secondary IPv4 address when the primary of its subnet is removed, instead of removing all of
 * them: without it, taking one VIP away takes its siblings along. For set-up time; writes
 * net.ipv4.conf.{interface}.promote_secondaries. Null, or a sentence that says what to do.
 */
export function promoteSecondaries(interfaceName: string): string | null {
  const file = `/proc/sys/net/ipv4/conf/${interfaceName}/promote_secondaries`;
  try {
    writeFileSync(file, '1\n');
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `cannot let ${interfaceName} keep its other addresses when the first is removed: ${why}; set ${file} to 1`;
  }
}
