import type { PeerStatus } from '../core/status.ts';
import { EXIT, Failure, NO_OPERANDS } from './command.ts';
import type { Command } from './command.ts';
import { peersText } from './peers-text.ts';
import { paintFor, printJson } from './terminal.ts';

export const peers: Command = {
  name: 'peers',
  summary: 'the other instances of the stack, and every path to them',
  usage: ['peers'],
  details: 'What checks say of each, and what it says of itself; a role is unknown without a fresh report.',
  options: {},
  operands: NO_OPERANDS,
  async run({ engine, io, json }) {
    const answer = await engine.get('/peers');
    if (json) printJson(io, answer);
    else io.out(peersText(readPeers(answer), { now: io.now(), width: io.size().columns, paint: paintFor(io) }));
    return EXIT.done;
  },
};

function readPeers(answer: unknown): readonly PeerStatus[] {
  if (typeof answer === 'object' && answer !== null && 'peers' in answer && Array.isArray(answer.peers)) {
    return answer.peers as readonly PeerStatus[];
  }
  throw new Failure(
    EXIT.failed,
    'badAnswer',
    'the daemon did not answer with its peers: are daemon and tandem of one version?',
  );
}
