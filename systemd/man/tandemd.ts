/** tandemd(8). The ways to call it come from the daemon's own table. Pure. */
import { DEFAULTS, USAGE } from '../../daemon/arguments.ts';
import { bold, item, italic, literal, page, paragraph, prose, section } from './roff.ts';

/** `usage: tandemd run …`, explanations of commands, explanations of options: blocks with an empty line between them. */
function explained(block: string): readonly (readonly [string, string])[] {
  return block.split('\n').flatMap((line) => {
    const found = /^\s*(\S+(?: [A-Z]+)?)\s{2,}(.*)$/.exec(line);
    return found === null ? [] : [[found[1] ?? '', found[2] ?? ''] as const];
  });
}

export function tandemdPage(version: string): string {
  const [usage = '', commands = '', options = ''] = USAGE.split('\n\n');
  const ways = usage.split('\n').map((line) =>
    line
      .replace(/^usage:/, '')
      .trim()
      .replaceAll(/\s+/g, ' '),
  );
  return page(
    'tandemd',
    8,
    version,
    section('Name', ['tandemd \\- the high\\-availability daemon Tandem']),
    section('Synopsis', ...ways.map((way) => ['.PP', bold(way)])),
    section(
      'Description',
      paragraph(
        'Tandem runs on every appliance of a stack. It decides which of them is active, moves the virtual addresses to it (VRRP), and lets traffic through by hardware bypass ' +
          'when no instance can be trusted.',
      ),
      paragraph(
        'The process that is started is the guardian. It starts the engine, which does the work under real-time scheduling, the helper, which runs programs for it, and (unless ' +
          '`--without-manager`) the manager, an ordinary user with the web page, the API and the alerts. An engine that dies is replaced by a healthy peer, or its addresses stay in service until the next engine takes them over.',
      ),
    ),
    section('Commands', ...explained(commands).map(([name, text]) => item(bold(name), prose(`${text}.`)))),
    section('Options', ...explained(options).map(([name, text]) => item(bold(name), prose(`${text}.`)))),
    section(
      'Signals',
      item(bold('SIGTERM, SIGINT'), 'The role is handed over to a peer, or given up in order; then everything ends.'),
      item(bold('SIGHUP'), 'The configuration is read again, with the secret. One that is not valid changes nothing.'),
      paragraph('They are for the guardian alone: the other processes act on its word.'),
    ),
    section(
      'Exit status',
      item(bold('0'), 'stopped as asked'),
      item(bold('1'), 'could not run'),
      item(bold('2'), 'wrong usage or invalid configuration'),
    ),
    section(
      'Files',
      item(italic(DEFAULTS.config), 'configuration, see tandem.yaml(5)'),
      item(
        italic(`${DEFAULTS.state}/guardian`),
        'what must survive: latch, flaps, maintenance, address journal, earlier configurations',
      ),
      item(italic(`${DEFAULTS.state}/manager`), 'journal, users, certificate, snapshots; the user tandem'),
      item(italic(DEFAULTS.run), 'sockets and process ids'),
    ),
    section(
      'Service manager',
      paragraph(
        'The package brings two units. `tandem.service` is the daemon; it is ready when its socket is open, addresses are reconciled and the status can be asked for. `tandem-manager.service` is the manager; neither needs the other.',
      ),
      literal('systemctl status tandem tandem-manager\nsystemctl reload tandem\njournalctl -u tandem -f'),
    ),
    section('See also', ['.PP', '.BR tandem (1),', '.BR tandem.yaml (5)']),
  );
}
