import type { CheckOutcome } from './outcome.ts';
import { bad, good, late } from './outcome.ts';
import { type ProgramEnd, runProgram } from './program.ts';

/** One ICMP echo must be answered. */
export async function checkPing(target: string, timeoutMs: number): Promise<CheckOutcome> {
  return pingOutcome(await runProgram(pingCommand(target, timeoutMs), timeoutMs), timeoutMs);
}

/** One echo, no name look-up of the answer. `-W` takes whole seconds in every ping; the exact deadline is ours. */
export function pingCommand(target: string, timeoutMs: number): readonly string[] {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  const family = target.includes(':') ? ['-6'] : [];
  return ['ping', '-n', '-c1', `-W${seconds}`, ...family, '--', target];
}

/** What the end of ping means: 0 = answered, 1 = sent and not answered, anything else = it could not even ask. */
export function pingOutcome(end: ProgramEnd, timeoutMs: number): CheckOutcome {
  if (end.code === 0) return good('answered');
  if (end.late) return late(timeoutMs);
  if (end.said !== '') return bad(end.said);
  return end.code === 1 ? late(timeoutMs) : bad(`ping: ${end.why}`);
}
