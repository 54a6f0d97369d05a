import type { LinksStatus } from '../core/status.ts';
import { EXIT, Failure, NO_OPERANDS } from './command.ts';
import type { Command } from './command.ts';
import { linksText } from './links-text.ts';
import { paintFor, printJson } from './terminal.ts';

export const links: Command = {
  name: 'links',
  summary: 'the link pairs and their ports',
  usage: ['links'],
  details: 'A pair is up if both of its ports have carrier. While the bypass is engaged pairs are not measured.',
  options: {},
  operands: NO_OPERANDS,
  async run({ engine, io, json }) {
    const answer = await engine.get('/links');
    if (json) printJson(io, answer);
    else io.out(linksText(readLinks(answer), { now: io.now(), width: io.size().columns, paint: paintFor(io) }));
    return EXIT.done;
  },
};

function readLinks(answer: unknown): LinksStatus {
  if (typeof answer === 'object' && answer !== null && 'pairs' in answer && Array.isArray(answer.pairs)) {
    return answer as unknown as LinksStatus;
  }
  throw new Failure(
    EXIT.failed,
    'badAnswer',
    'the daemon did not answer with its link pairs: are daemon and tandem of one version?',
  );
}
