/** Completion for shells, made from what the commands say of themselves. Pure. */
import { GLOBAL_OPTIONS } from './arguments.ts';
import type { Command, OptionSpec } from './command.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that makes `shell` complete `tandem`. What this version lacks is not offered. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  const here = commands.filter((c) => c.lacking !== true);
  return { bash, zsh, fish }[shell](here);
}

const names = (commands: readonly Command[]): string => commands.map((c) => c.name).join(' ');

function optionWords(options: Readonly<Record<string, OptionSpec>>): string {
  return Object.keys({ ...options, ...GLOBAL_OPTIONS })
    .map((name) => `--${name}`)
    .join(' ');
}

/** Options with a value, of all commands: what completes after them. */
function valued(commands: readonly Command[]): readonly (readonly [string, OptionSpec])[] {
  const all = Object.assign({}, ...commands.map((c) => c.options), GLOBAL_OPTIONS) as Record<string, OptionSpec>;
  return Object.entries(all).filter(([, spec]) => spec.type === 'string');
}

function bash(commands: readonly Command[]): string {
  const values = valued(commands);
  const skip = values.map(([name]) => `--${name}`).join('|');
  const after = values.map(([name, { choices, files }]) => {
    const reply =
      files === true ? '$(compgen -f -- "$word")' : `$(compgen -W '${(choices ?? []).join(' ')}' -- "$word")`;
    return `    --${name}) COMPREPLY=(${reply}); return ;;`;
  });
  const perCommand = commands.map(({ name, options, operands }) => {
    const files = operands.files === true ? '; COMPREPLY+=($(compgen -f -- "$word"))' : '';
    const words = [...(operands.choices ?? []), optionWords(options)].join(' ');
    return `    ${name}) COMPREPLY=($(compgen -W '${words}' -- "$word"))${files} ;;`;
  });
  return `# bash completion for tandem: source this file, or put it into /etc/bash_completion.d/tandem
_tandem() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${skip}) ((i++)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $before in
${after.join('\n')}
  esac
  case $command in
    '') COMPREPLY=($(compgen -W '${names(commands)} ${optionWords({})}' -- "$word")) ;;
${perCommand.join('\n')}
  esac
}
complete -F _tandem tandem
`;
}

/** Text between single quotes, for zsh (where brackets and colons have a meaning of their own) and fish. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(commands: readonly Command[]): string {
  const spec = ([name, { type, text, value, choices, files }]: readonly [string, OptionSpec]): string => {
    const plain = text.replace(/[[\]:\\]/g, ' ');
    if (type === 'boolean') return quoted(`--${name}[${plain}]`);
    const action = files === true ? '_files' : choices === undefined ? '' : `(${choices.join(' ')})`;
    return quoted(`--${name}[${plain}]:${value ?? 'value'}:${action}`);
  };
  const described = commands.map((c) => `    ${quoted(`${c.name}:${c.summary}`)}`);
  const perCommand = commands.map((c) => {
    const { choices, files, max } = c.operands;
    const action = files === true ? '_files' : choices === undefined ? '' : `(${choices.join(' ')})`;
    const operand = max === 0 || action === '' ? [] : [quoted(`*:argument:${action}`)];
    return `    ${c.name}) _arguments -s ${[...Object.entries({ ...c.options, ...GLOBAL_OPTIONS }).map(spec), ...operand].join(' ')} ;;`;
  });
  return `#compdef tandem
# zsh completion for tandem: put this file as _tandem into a folder of $fpath
_tandem() {
  local context state line
  typeset -A opt_args
  local -a commands=(
${described.join('\n')}
  )
  _arguments -C -s ${Object.entries(GLOBAL_OPTIONS).map(spec).join(' ')} '1:command:->command' '*::argument:->arguments'
  case $state in
    command) _describe command commands ;;
    arguments) case $line[1] in
${perCommand.join('\n')}
    esac ;;
  esac
}
_tandem "$@"
`;
}

function fish(commands: readonly Command[]): string {
  const option = ([name, { short, text, type, choices, files }]: readonly [string, OptionSpec]): string =>
    [
      `-l ${name}`,
      ...(short === undefined ? [] : [`-s ${short}`]),
      ...(type === 'boolean' ? [] : [files === true ? '-r -F' : '-x']),
      ...(choices === undefined ? [] : [`-a ${quoted(choices.join(' '))}`]),
      `-d ${quoted(text)}`,
    ].join(' ');
  const none = `not __fish_seen_subcommand_from ${names(commands)}`;
  const lines = [
    '# fish completion for tandem: put this file into ~/.config/fish/completions/tandem.fish',
    'complete -c tandem -f',
  ];
  for (const entry of Object.entries(GLOBAL_OPTIONS)) lines.push(`complete -c tandem ${option(entry)}`);
  for (const c of commands) {
    const seen = `__fish_seen_subcommand_from ${c.name}`;
    lines.push(`complete -c tandem -n ${quoted(none)} -a ${c.name} -d ${quoted(c.summary)}`);
    for (const entry of Object.entries(c.options)) lines.push(`complete -c tandem -n ${quoted(seen)} ${option(entry)}`);
    if (c.operands.files === true) lines.push(`complete -c tandem -n ${quoted(seen)} -F`);
    if (c.operands.choices !== undefined) {
      lines.push(`complete -c tandem -n ${quoted(seen)} -a ${quoted(c.operands.choices.join(' '))}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
