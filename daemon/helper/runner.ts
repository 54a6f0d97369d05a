/** Does the steps of a request in order: programs, and the writing of kernel settings. Never rejects. */
import { writeFile } from 'node:fs/promises';
import type { HelperAnswer } from './protocol.ts';
import { LIMITS, runProgram } from './run-program.ts';
import type { Limits } from './run-program.ts';
import type { Work } from './work.ts';

export async function runWork(work: readonly Work[], limits: Limits = LIMITS): Promise<HelperAnswer> {
  for (const step of work) {
    const answer = step.kind === 'setting' ? await writeSetting(step.file, step.value) : await runStep(step, limits);
    if (!answer.ok && !(step.kind === 'program' && step.mayFail)) return answer;
  }
  return { ok: true, text: '' };
}

async function runStep(step: Extract<Work, { kind: 'program' }>, limits: Limits): Promise<HelperAnswer> {
  const { ok, text } = await runProgram(step.argv, step.input, limits);
  return { ok, text };
}

async function writeSetting(file: string, value: string): Promise<HelperAnswer> {
  try {
    await writeFile(file, value, { flag: 'r+' });
    return { ok: true, text: '' };
  } catch (error) {
    // A kernel without the feature (IPv6 off) has no such file; then there is nothing to set.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { ok: true, text: '' };
    return { ok: false, text: `cannot set ${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
