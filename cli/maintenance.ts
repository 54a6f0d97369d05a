import { NOTE_LENGTH, parseStay } from '../core/action.ts';
import { NO_WAIT, perform, performByManager } from './action.ts';
import { usageFailure } from './command.ts';
import type { Command } from './command.ts';

export const maintenance: Command = {
  name: 'maintenance',
  summary: 'take this instance out of service, or back into it',
  usage: [
    'maintenance on [--for DURATION | --until-reboot] [--note TEXT] [--force] [--no-wait]',
    'maintenance off [--no-wait]',
  ],
  details:
    'An active instance first gives the role away without a gap. Refused where that would leave no instance that can serve, unless --force is given: then the ' +
    'addresses answer nowhere. Without --for and --until-reboot it lasts until it is left, over a restart and a reboot too. A note is kept by the manager: with --note one has to run.',
  options: {
    for: { type: 'string', value: 'DURATION', text: 'leave it by itself after this time: 2h' },
    'until-reboot': { type: 'boolean', text: 'leave it by itself at the next reboot of the machine' },
    note: { type: 'string', value: 'TEXT', text: 'to colleagues: on every page while the maintenance lasts' },
    force: { type: 'boolean', text: 'also if nobody else is known to be eligible' },
    ...NO_WAIT,
  },
  operands: { min: 1, max: 1, choices: ['on', 'off'] },
  async run(context) {
    const { options, operands } = context;
    const { for: stay, note, force = false } = options;
    const untilReboot = options['until-reboot'] === true;
    if (operands[0] === 'off') {
      const beside = ['for', 'until-reboot', 'note', 'force'].find((name) => options[name] !== undefined);
      if (beside !== undefined) throw usageFailure(`'maintenance off' has no option '--${beside}'`);
      return perform(context, 'maintenance', { on: false });
    }
    if (stay !== undefined && untilReboot) throw usageFailure("'--for' and '--until-reboot' exclude each other");
    const read = stay === undefined ? null : parseStay(String(stay));
    if (read?.ok === false) throw usageFailure(`'--for ${String(stay)}': expected ${read.error}`);
    const body = { on: true, ...(stay === undefined ? { untilReboot } : { for: stay }), force };
    if (note === undefined) return perform(context, 'maintenance', body);
    if (String(note).length > NOTE_LENGTH) throw usageFailure(`'--note': expected at most ${NOTE_LENGTH} characters`);
    return performByManager(context, 'maintenance', { ...body, note });
  },
};
