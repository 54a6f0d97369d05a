import type { RouterStatus } from '../core/status.ts';
import { EXIT, Failure } from './command.ts';
import type { Command } from './command.ts';
import { routerSheet, routersTable } from './routers-text.ts';
import { paintFor, printJson } from './terminal.ts';

export const routers: Command = {
  name: 'routers',
  summary: 'the virtual routers, or all about some of them',
  usage: ['routers [NAME…]'],
  details: 'With names: timers, addresses and counters of these. Counters carry the names of RFC 6527.',
  options: {},
  operands: { min: 0, max: Number.POSITIVE_INFINITY },
  async run({ engine, io, json, operands }) {
    const all = readRouters(await engine.get('/routers'));
    const missing = operands.find((name) => !all.some((r) => r.name === name));
    if (missing !== undefined) {
      const names = all.map((r) => r.name).join(', ') || 'none';
      throw new Failure(EXIT.failed, 'noSuchRouter', `there is no virtual router '${missing}'; there are: ${names}`);
    }
    const chosen = operands.length === 0 ? all : all.filter((r) => operands.includes(r.name));
    if (json) {
      printJson(io, { routers: chosen });
      return EXIT.done;
    }
    const view = { now: io.now(), width: io.size().columns, paint: paintFor(io) };
    io.out(operands.length === 0 ? routersTable(chosen, view) : chosen.map((r) => routerSheet(r, view)).join('\n'));
    return EXIT.done;
  },
};

function readRouters(answer: unknown): readonly RouterStatus[] {
  if (typeof answer === 'object' && answer !== null && 'routers' in answer && Array.isArray(answer.routers)) {
    return answer.routers as readonly RouterStatus[];
  }
  throw new Failure(
    EXIT.failed,
    'badAnswer',
    'the daemon did not answer with its routers: are daemon and tandem of one version?',
  );
}
