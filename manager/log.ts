/** What the manager says on its standard error: a line each, control characters made visible, for the journal of the system. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

export function createLog(write: (line: string) => void = (line) => void process.stderr.write(line)): Log {
  const say = (text: string): void =>
    write(`tandem-manager: ${text.replaceAll(/\p{Cc}/gu, (char) => JSON.stringify(char).slice(1, -1))}\n`);
  return { info: say, warn: say, error: say };
}
