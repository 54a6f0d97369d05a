import type { BypassStatus } from '../core/status.ts';
import { NOTE_LENGTH } from '../core/action.ts';
import { NO_WAIT, perform, performByManager } from './action.ts';
import { bypassText } from './bypass-text.ts';
import { EXIT, Failure, usageFailure } from './command.ts';
import type { Command } from './command.ts';
import { wrap } from './format.ts';
import { printJson } from './terminal.ts';

export const bypass: Command = {
  name: 'bypass',
  summary: 'show the bypass, wire the link pairs through, or take them back inline',
  usage: ['bypass', 'bypass engage [--note TEXT] [--no-wait]', 'bypass release [--no-wait]'],
  details:
    'Without a word it says what the bypass reads, why, and since when. While it is engaged traffic passes uninspected and this instance is not active. release ' +
    'also opens the latch that too many flaps have closed, and forgets the flaps. An engaged bypass lasts over a restart of the daemon, not over a reboot. A note is kept by the manager: ' +
    'with --note one has to run.',
  options: {
    note: { type: 'string', value: 'TEXT', text: 'to colleagues: on the page while it is engaged' },
    ...NO_WAIT,
  },
  operands: { min: 0, max: 1, choices: ['engage', 'release'] },
  async run(context) {
    const { engine, io, json, operands, options } = context;
    const [word] = operands;
    const { note } = options;
    if (note !== undefined) {
      if (word !== 'engage') throw usageFailure("'--note' is for 'bypass engage'");
      if (String(note).length > NOTE_LENGTH) throw usageFailure(`'--note': expected at most ${NOTE_LENGTH} characters`);
      return performByManager(context, 'bypass', { engage: true, note });
    }
    if (word !== undefined) return perform(context, 'bypass', { engage: word === 'engage' });
    if (options['no-wait'] !== undefined) throw usageFailure("'bypass' alone has no option '--no-wait'");
    const found = readBypass(await engine.get('/status'));
    if (json) printJson(io, found);
    else io.out(`${wrap(bypassText(found, io.now()) ?? NONE, io.size().columns).join('\n')}\n`);
    return EXIT.done;
  },
};

const NONE = 'bypass: no driver is configured (bypass.driver is none)';

function readBypass(answer: unknown): BypassStatus {
  if (typeof answer === 'object' && answer !== null && 'bypass' in answer && typeof answer.bypass === 'object') {
    return answer.bypass as BypassStatus;
  }
  throw new Failure(
    EXIT.failed,
    'badAnswer',
    'the daemon did not answer with its bypass: are daemon and tandem of one version?',
  );
}
