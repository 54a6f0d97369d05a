import { EXIT, Failure, NO_OPERANDS } from './command.ts';
import type { Command } from './command.ts';
import { paintFor, printJson } from './terminal.ts';
import { whyText } from './why-text.ts';
import type { WhyAnswer } from './why-text.ts';

export const why: Command = {
  name: 'why',
  summary: 'what led to the present role, step by step, and what would change it',
  usage: ['why'],
  options: {},
  operands: NO_OPERANDS,
  async run({ engine, io, json }) {
    const answer = await engine.get('/why');
    if (json) printJson(io, answer);
    else io.out(whyText(readWhy(answer), { now: io.now(), width: io.size().columns, paint: paintFor(io) }));
    return EXIT.done;
  },
};

function readWhy(answer: unknown): WhyAnswer {
  if (typeof answer === 'object' && answer !== null && 'steps' in answer && 'next' in answer) {
    if (Array.isArray(answer.steps) && Array.isArray(answer.next)) return answer as unknown as WhyAnswer;
  }
  throw new Failure(EXIT.failed, 'badAnswer', 'the daemon did not say why: are daemon and tandem of one version?');
}
