import type { CheckOutcome } from './outcome.ts';
import { bad, good } from './outcome.ts';
import { runProgram } from './program.ts';

/** A program must end with exit code 0. Its last line on standard error is the detail. */
export async function checkScript(command: readonly string[], timeoutMs: number): Promise<CheckOutcome> {
  const { why, said } = await runProgram(command, timeoutMs);
  if (why === '') return good(said);
  return bad(said === '' ? why : `${why}: ${said}`);
}
