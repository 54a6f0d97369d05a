import { EXIT, Failure, usageFailure } from './command.ts';
import type { Command } from './command.ts';
import { createManagerClient } from './client.ts';
import { printJson } from './terminal.ts';

interface Outcome {
  readonly sink: string;
  readonly ok: boolean;
  readonly text: string;
}

export const alerts: Command = {
  name: 'alerts',
  summary: 'send a test alert to the receivers of alerts',
  usage: ['alerts test [SINK]'],
  details:
    'To every receiver, or to the one named as the page and /api/v1/alerts name it (syslog:192.0.2.9:514/udp). Says of each whether it took it; exit 1 if one did not. ' +
    'UDP gives no receipt: look there as well.',
  options: {},
  operands: { min: 1, max: 2 },
  async run({ io, json, run, operands }) {
    const [word, sink = null] = operands;
    if (word !== 'test') throw usageFailure(`'${word ?? ''}' is not what alerts can do: tandem alerts test [SINK]`);
    const manager = createManagerClient(run, { raw: json, env: io.env });
    const results = read(await manager.post('/api/v1/alerts/test', { sink }));
    if (json) printJson(io, { results });
    else if (results.length === 0) io.out('no receiver is configured (section alerts of the configuration)\n');
    else io.out(results.map(({ sink: id, ok, text }) => `${ok ? 'ok    ' : 'failed'}  ${id}  ${text}\n`).join(''));
    return results.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  },
};

function read(answer: unknown): readonly Outcome[] {
  if (typeof answer === 'object' && answer !== null && 'results' in answer && Array.isArray(answer.results)) {
    return answer.results as readonly Outcome[];
  }
  throw new Failure(
    EXIT.failed,
    'badAnswer',
    'the manager answered without results: are daemon and tandem of one version?',
  );
}
