import { EXIT, Failure, NO_OPERANDS } from './command.ts';
import type { Command } from './command.ts';
import { createManagerClient } from './client.ts';
import { printJson } from './terminal.ts';

interface LeaderAnswer {
  readonly IsSelf: boolean;
  readonly HAEnabled: boolean;
  readonly LeaderAddress: string;
  readonly LeaderClusterAddress: string;
}

export const leader: Command = {
  name: 'leader',
  summary: 'the instance that accepts changes to what the stack shares',
  usage: ['leader'],
  details:
    'The leader takes sessions and policies; every other instance sends clients to it. With --json it is the body of GET /v1/system/leader: ' +
    'both addresses are empty while nobody leads. The manager answers.',
  options: {},
  operands: NO_OPERANDS,
  async run({ io, json, run }) {
    const manager = createManagerClient(run, { raw: json, env: io.env });
    const answer = read(await manager.get('/v1/system/leader'));
    if (json) printJson(io, answer);
    else io.out(`${textOf(answer)}\n`);
    return EXIT.done;
  },
};

function textOf({ IsSelf, HAEnabled, LeaderClusterAddress: address }: LeaderAnswer): string {
  if (!HAEnabled) return 'this instance leads: there is no other, or the store is not shared';
  if (IsSelf) return `this instance leads${address === '' ? '' : `; the others send clients to ${address}`}`;
  if (address === '') return 'nobody leads, or it is not known where: sessions and policies have to wait';
  return `this instance does not lead: it sends clients to ${address}`;
}

function read(answer: unknown): LeaderAnswer {
  if (typeof answer === 'object' && answer !== null && 'IsSelf' in answer && 'LeaderClusterAddress' in answer) {
    return answer as LeaderAnswer;
  }
  throw new Failure(
    EXIT.failed,
    'badAnswer',
    'the manager did not say who leads: are daemon and tandem of one version?',
  );
}
