import { resolve } from 'node:path';
import { DEFAULT_CONFIG } from './check.ts';
import { EXIT, NO_OPERANDS } from './command.ts';
import type { Command } from './command.ts';
import { diagnose } from './doctor-checks.ts';
import type { Check } from './doctor-checks.ts';
import { collectFindings } from './doctor-findings.ts';
import { count, wrap } from './format.ts';
import { cleanText, paintFor, printJson } from './terminal.ts';
import type { Paint } from './terminal.ts';

export const DEFAULT_STATE = '/var/lib/tandem';

export const doctor: Command = {
  name: 'doctor',
  summary: 'look for what is wrong, and say what to do',
  usage: ['doctor [--config FILE] [--state DIR]'],
  details:
    'Exit 1 if a check fails, 3 if the daemon is not reachable; warnings are no failure. Run it as root to see everything.',
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      files: true,
      text: `configuration of the daemon (default ${DEFAULT_CONFIG})`,
    },
    state: { type: 'string', value: 'DIR', files: true, text: `state directory (default ${DEFAULT_STATE})` },
  },
  operands: NO_OPERANDS,
  async run(context) {
    const { io, json, options } = context;
    const findings = await collectFindings(
      context,
      resolve(String(options['config'] ?? DEFAULT_CONFIG)),
      resolve(String(options['state'] ?? DEFAULT_STATE)),
    );
    const checks = diagnose(findings);
    const failed = checks.filter((check) => check.level === 'fail');
    const unreachable = 'unreachable' in findings.status;
    const text = failed.map((check) => check.text).join('; ');
    const code = unreachable ? 'unreachable' : 'unhealthy';
    if (json) printJson(io, { checks, ...(failed.length === 0 ? {} : { error: { code, text } }) });
    else io.out(checksText(checks, io.size().columns, paintFor(io)));
    if (failed.length === 0) return EXIT.done;
    io.err(`tandem: ${count(failed.length, 'check')} failed${json ? `: ${cleanText(text)}` : ''}\n`);
    return unreachable ? EXIT.unreachable : EXIT.failed;
  },
};

const STYLE = { ok: 'good', warn: 'warn', fail: 'bad' } as const;

/** A line a check, what to do below it. */
export function checksText(checks: readonly Check[], width: number, paint: Paint): string {
  const lines = checks.flatMap(({ level, name, text, advice }) => {
    const head = `${level.padEnd(4)}  ${name}: `;
    const [first = '', ...more] = wrap(head + cleanText(text), width);
    const below = advice === undefined ? [] : wrap(`-> ${cleanText(advice)}`, Math.max(10, width - 6));
    return [
      paint(STYLE[level], level) + first.slice(level.length),
      ...[...more, ...below].flatMap((line) => wrap(line, Math.max(10, width - 6))).map((line) => `      ${line}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}
