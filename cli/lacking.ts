/** Commands of the contract (design section 7) that this version does not have: they say so, exit 1. */
import { EXIT, Failure } from './command.ts';
import type { Command, OptionSpec } from './command.ts';

interface Lacking {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** What the version does not have. */
  readonly what: string;
  /** Options, known so that they can stand before the command. */
  readonly options?: Readonly<Record<string, OptionSpec['type']>>;
}

const LACKING: readonly Lacking[] = [
  {
    name: 'config',
    summary: 'compare or copy configurations',
    usage: 'config compare|copy',
    what: 'configurations of other instances',
  },
  { name: 'sites', summary: 'the sites of the fleet', usage: 'sites [routing]', what: 'sites' },
  {
    name: 'pools',
    summary: 'pools of upstreams',
    usage: 'pools status [NAME] [--like PATTERN]',
    what: 'pools',
    options: { like: 'string' },
  },
];

export const lackingCommands: readonly Command[] = LACKING.map(({ name, summary, usage, what, options = {} }) => ({
  name,
  summary,
  usage: [usage],
  options: Object.fromEntries(Object.entries(options).map(([option, type]) => [option, { type, text: '' }])),
  operands: { min: 0, max: Number.POSITIVE_INFINITY },
  lacking: true,
  run: () => Promise.reject(new Failure(EXIT.failed, 'notInThisVersion', `this version does not have ${what} yet`)),
}));
