/** Counting tests, and printing what became of them. */

/** What the suite program tells of one test. */
export interface TestMessage {
  readonly kind: 'pass' | 'fail' | 'skip';
  /** Absolute path of the test file. */
  readonly file: string;
  readonly title: string;
  readonly ms: number;
  /** Of a failure: what went wrong. */
  readonly text?: string;
}

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export const emptyTally = (): Tally => ({ passed: 0, failed: 0, skipped: 0 });

export function add(to: Tally, from: Readonly<Tally>): void {
  to.passed += from.passed;
  to.failed += from.failed;
  to.skipped += from.skipped;
}

export function isTestMessage(value: unknown): value is TestMessage {
  return typeof value === 'object' && value !== null && 'kind' in value && 'title' in value && 'file' in value;
}

/** The one line that ends every run. */
export const closingLine = (tally: Readonly<Tally>): string =>
  `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`;

/** What a run that ended so has to return: with CI=true nothing may be skipped. */
export const exitCode = (tally: Readonly<Tally>): number =>
  tally.failed > 0 || (tally.skipped > 0 && process.env['CI'] === 'true') || tally.passed === 0 ? 1 : 0;

/** `m:ss`. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
export const red = (text: string): string => paint(31, text);
export const green = (text: string): string => paint(32, text);
export const yellow = (text: string): string => paint(33, text);
export const dim = (text: string): string => paint(2, text);

/** Prints a test as it ends: failures always and in full, others if `every`. */
export function show(message: TestMessage, folder: string, every: boolean): void {
  const seconds = message.ms >= 500 ? dim(` ${(message.ms / 1000).toFixed(1)} s`) : '';
  if (message.kind === 'fail') {
    const where = message.file.startsWith(folder) ? message.file.slice(folder.length) : message.file;
    process.stdout.write(`    ${red('✘')} ${message.title}${seconds}\n`);
    process.stdout.write(`${`${dim(where)}\n${message.text ?? ''}`.replaceAll(/^/gm, '        ')}\n`);
  } else if (message.kind === 'skip') process.stdout.write(`    ${yellow('-')} ${message.title}\n`);
  else if (every) process.stdout.write(`    ${green('✔')} ${message.title}${seconds}\n`);
}
