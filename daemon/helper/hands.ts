/** Hands and eyes of the bypass drivers: programs and files, each with a deadline. Never rejects. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Hands } from '../bypass/control.ts';
import type { Sight } from '../bypass/driver.ts';
import { LIMITS, runProgram } from './run-program.ts';

/** What `ip` says about 64 pairs with every detail is well below. */
const OUTPUT_BYTES = 1024 * 1024;

/** A control file holds a word. */
const FILE_BYTES = 4_096;

export const hands: Hands = {
  async run(argv, input, deadlineMs) {
    const { ok, stdout, text } = await runProgram(argv, input, { ...LIMITS, deadlineMs, outputBytes: OUTPUT_BYTES });
    return { ok, text: stdout, trouble: text.slice(0, LIMITS.outputBytes) };
  },

  read(file, deadlineMs) {
    return within(file, deadlineMs, async () => {
      const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(FILE_BYTES), 0, FILE_BYTES, null);
        return buffer.toString('utf8', 0, bytesRead);
      } finally {
        await handle.close();
      }
    });
  },

  write(file, text, deadlineMs) {
    return within(file, deadlineMs, async () => {
      // Never created: a name with a typing error must not become a file that holds what was written to it.
      const handle = await open(file, constants.O_WRONLY | constants.O_TRUNC | constants.O_NONBLOCK);
      try {
        await handle.write(text);
        return '';
      } finally {
        await handle.close();
      }
    });
  },
};

/** Files whose reading or writing has not come back: each keeps one of the few threads that Node does such work on. */
const hanging = new Set<string>();

/** A kernel driver may keep whoever reads or writes its file waiting for as long as it likes; nobody else joins the queue then. */
async function within(file: string, deadlineMs: number, work: () => Promise<string>): Promise<Sight> {
  if (hanging.has(file)) return { ok: false, text: '', trouble: `${file} has still not answered` };
  hanging.add(file);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Sight>((resolve) => {
    const trouble = `${file} did not answer within ${deadlineMs} ms`;
    timer = setTimeout(() => resolve({ ok: false, text: '', trouble }), deadlineMs);
  });
  const done = work()
    .then(
      (text): Sight => ({ ok: true, text, trouble: '' }),
      (error: unknown): Sight => ({
        ok: false,
        text: '',
        trouble: error instanceof Error ? error.message : String(error),
      }),
    )
    .finally(() => hanging.delete(file));
  const sight = await Promise.race([done, late]);
  clearTimeout(timer);
  return sight;
}
