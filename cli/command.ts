/** What a command of `tandem` is, and what it is given. */
import type { EngineClient } from './client.ts';
import type { Io } from './terminal.ts';

/** Exit codes **[contract]**: done, refused or failed, wrong usage or invalid configuration, daemon not reachable. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** How the value is called in the help, for options that take one. */
  readonly value?: string;
  /** Values that completion offers. */
  readonly choices?: readonly string[];
  /** Completion offers files. */
  readonly files?: boolean;
  /** One line for the help. */
  readonly text: string;
}

export interface OperandSpec {
  readonly min: number;
  readonly max: number;
  readonly choices?: readonly string[];
  readonly files?: boolean;
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Context {
  readonly io: Io;
  /** Print for programs. */
  readonly json: boolean;
  /** The run directory. */
  readonly run: string;
  readonly options: OptionValues;
  readonly operands: readonly string[];
  readonly engine: EngineClient;
}

export interface Command {
  readonly name: string;
  /** One line, begins in lower case, no full stop. */
  readonly summary: string;
  /** Ways to call it, without `tandem`. */
  readonly usage: readonly string[];
  /** What else a person should know. */
  readonly details?: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly operands: OperandSpec;
  /** Part of the contract that this version does not have. */
  readonly lacking?: boolean;
  /** Does it. Throws Failure where it cannot be done. */
  run(context: Context): Promise<Exit>;
}

export const NO_OPERANDS: OperandSpec = { min: 0, max: 0 };

/** Why a command did not do what it was asked for. */
export class Failure extends Error {
  readonly exit: Exit;
  /** For programs: one word in camel case. */
  readonly code: string;
  /** File or key that it is about. */
  readonly path: string | undefined;

  constructor(exit: Exit, code: string, text: string, path?: string) {
    super(text);
    this.exit = exit;
    this.code = code;
    this.path = path;
  }
}

/** Wrong usage: exit 2. */
export function usageFailure(text: string): Failure {
  return new Failure(EXIT.usage, 'usage', text);
}
