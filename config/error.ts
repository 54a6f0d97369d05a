/** What is wrong with a configuration file, and where. */

export interface ConfigError {
  /** The file as it was named by the caller. */
  readonly file: string;
  /** From 1; 0 where the file as a whole is meant (it cannot be read). */
  readonly line: number;
  /** From 1; 0 where the file as a whole is meant. */
  readonly column: number;
  /** `vrrp[0].addresses[1]`; empty where no key is meant. */
  readonly path: string;
  /** What was expected and what was found. Never a secret. */
  readonly message: string;
  /** What to do, where that can be guessed: a did-you-mean. */
  readonly hint?: string;
}

/** One line: `file:line:column: path: message (hint)`. */
export function formatConfigError({ file, line, column, path, message, hint }: ConfigError): string {
  const where = line === 0 ? file : `${file}:${line}:${column}`;
  return `${where}: ${path === '' ? '' : `${path}: `}${message}${hint === undefined ? '' : ` (${hint})`}`;
}
