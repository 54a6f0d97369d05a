import type { FeatureView } from '../core/api/sessions.ts';
import { EXIT, NO_OPERANDS } from './command.ts';
import type { Command } from './command.ts';
import { createManagerClient } from './client.ts';
import { listOf } from './answer.ts';
import { table } from './table.ts';
import { paintFor, printJson } from './terminal.ts';

export const features: Command = {
  name: 'features',
  summary: 'what a session can do, and what of it survives a failover',
  usage: ['features'],
  details:
    'A session that uses a feature which does not survive ends on a failover with StateLost. The manager answers.',
  options: {},
  operands: NO_OPERANDS,
  async run({ io, json, run }) {
    const manager = createManagerClient(run, { raw: json, env: io.env });
    const all = listOf<FeatureView>(await manager.get('/api/v1/features'), 'features');
    if (json) {
      printJson(io, { features: all });
      return EXIT.done;
    }
    const rows = all.map(({ name, ha, text }) => [
      name,
      ha ? ({ text: 'yes', style: 'good' } as const) : ({ text: 'no', style: 'warn' } as const),
      text,
    ]);
    io.out(`${table(['FEATURE', 'SURVIVES', 'HOW'], rows, io.size().columns, paintFor(io)).join('\n')}\n`);
    return EXIT.done;
  },
};
