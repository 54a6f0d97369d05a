/** tandem(1), from what the commands say of themselves. Pure. */
import { GLOBAL_OPTIONS } from '../../cli/arguments.ts';
import type { Command, OptionSpec } from '../../cli/command.ts';
import { bold, item, italic, literal, page, paragraph, prose, roff, section, subsection } from './roff.ts';
import type { Block } from './roff.ts';

export function tandemPage(commands: readonly Command[], version: string): string {
  const here = commands.filter(({ lacking }) => lacking !== true);
  return page(
    'tandem',
    1,
    version,
    section('Name', ['tandem \\- ask and operate an instance of Tandem']),
    section('Synopsis', [
      '.PP',
      `${bold('tandem')} [${bold('--run')} ${italic('DIR')}] [${bold('--json')}] ${italic('COMMAND')}`,
    ]),
    section(
      'Description',
      paragraph(
        'Tells what the Tandem daemon of this machine does, and tells the daemon what to do. It talks to the daemon over the sockets in its run directory: root may ' +
          'use them, and the members of the group `tandem`. A command that changes something returns when it has ended, after ten seconds at most.',
      ),
    ),
    section('Options', paragraph('They stand before or after the command.'), options(GLOBAL_OPTIONS)),
    section('Commands', ...here.map(commandBlock)),
    section(
      'Exit status',
      item(bold('0'), 'done'),
      item(bold('1'), 'refused or failed; the reason is on standard error'),
      item(bold('2'), 'wrong usage or invalid configuration'),
      item(bold('3'), 'the daemon is not reachable'),
      paragraph(
        'With `--json` a failure is printed as `{ "error": { "code", "text", "path"? } }` on standard output as well.',
      ),
    ),
    section(
      'Files',
      item(italic('/run/tandem/engine.sock'), 'the engine: status, events, actions'),
      item(italic('/run/tandem/manager.sock'), 'the manager: history, users, alerts'),
      item(italic('/etc/tandem/tandem.yaml'), 'the configuration, see tandem.yaml(5)'),
    ),
    section(
      'Examples',
      paragraph('Who is active, and why?'),
      literal('tandem status\ntandem why'),
      paragraph('Take this instance out of service for two hours, and put it back:'),
      literal('tandem maintenance on --for 2h\ntandem maintenance off'),
      paragraph('What a script may ask:'),
      literal("tandem --json status | jq -r '.role'"),
    ),
    section('See also', ['.PP', '.BR tandemd (8),', '.BR tandem.yaml (5)']),
  );
}

function commandBlock({ usage, summary, details, options: own }: Command): Block {
  return subsection(
    usage[0] ?? '',
    usage.length > 1 ? usage.slice(1).flatMap((way) => ['.PP', bold(way)]) : [],
    paragraph(sentence(summary)),
    details === undefined ? [] : paragraph(details),
    options(own),
  );
}

function options(specs: Readonly<Record<string, OptionSpec>>): Block {
  return Object.entries(specs).flatMap(([name, { short, value, text, choices }]) => {
    const shown = `${short === undefined ? '' : `${bold(`-${short}`)}, `}${bold(`--${name}`)}${value === undefined ? '' : ` ${italic(value)}`}`;
    const among = choices === undefined ? '' : roff(` (${choices.join(', ')})`);
    return item(shown, `${prose(sentence(text))}${among}`);
  });
}

/** `print a script` → `Print a script.` */
function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?)]$/.test(whole) ? whole : `${whole}.`;
}
