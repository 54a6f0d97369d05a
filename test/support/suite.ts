/**
 * A program: runs test files with mocha and tells its parent, over IPC, what became of each test.
 * usage: suite.ts [--grep PATTERN] [--only usual|long] FILE…
 * A test or a suite with `@long` in its title takes too long for every run: `--only usual` leaves it out, `--only long` runs nothing else.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import type { TestMessage } from './tally.ts';

const { values, positionals } = parseArgs({
  options: { grep: { type: 'string' }, only: { type: 'string' } },
  allowPositionals: true,
});
const LONG = '@long';
/** What a full title has to look like to be run. */
const wanted = [
  ...(values.only === 'usual' ? [`(?!.*${LONG})`] : values.only === 'long' ? [`(?=.*${LONG})`] : []),
  ...(values.grep === undefined ? [] : [`(?=.*(?:${values.grep}))`]),
].join('');
/** The parent prints; mocha's own reporters would say everything twice. */
class Silent {}

const mocha = new Mocha({
  timeout: 20_000,
  forbidOnly: true,
  reporter: Silent as unknown as Mocha.ReporterConstructor,
  ...(wanted === '' ? {} : { grep: new RegExp(`^${wanted}`) }),
});

/** What is open in every run: our own IPC, the terminal, the compiler of the TypeScript loader. */
const QUIET = ['PipeWrap', 'TTYWrap', 'Pipe', 'Timeout', 'Immediate', 'ProcessWrap'];

function tell(message: TestMessage): void {
  process.send?.(message);
}

// A promise that nobody handles is a mistake that no test may pass over; mocha takes it as a failure of the running test.
process.on('disconnect', () => process.exit(143));
for (const file of positionals) {
  // By import(), not by mocha's own loading, which takes require() where it can: these are ES modules.
  mocha.suite.emit('pre-require', globalThis, file, mocha);
  try {
    const loaded: unknown = await import(pathToFileURL(file).href);
    mocha.suite.emit('require', loaded, file, mocha);
  } catch (error) {
    tell({ kind: 'fail', file, title: 'the file can be loaded', ms: 0, text: textOf(error) });
  }
  mocha.suite.emit('post-require', globalThis, file, mocha);
}

const runner = mocha.run((failures) => {
  process.exitCode = failures > 0 ? 1 : 0;
  // What still holds the event loop was forgotten by a test: said, and not waited for.
  const left = process.getActiveResourcesInfo().filter((name) => !QUIET.includes(name));
  if (left.length > 0) process.stderr.write(`    left open at the end: ${[...new Set(left)].join(', ')}\n`);
  setImmediate(() => process.exit());
});
const fileOf = (test: Mocha.Runnable): string => test.file ?? '';
const titleOf = (test: Mocha.Runnable): string => test.fullTitle().replaceAll(` ${LONG}`, '');
runner.on('pass', (test) => tell({ kind: 'pass', file: fileOf(test), title: titleOf(test), ms: test.duration ?? 0 }));
runner.on('pending', (test) => tell({ kind: 'skip', file: fileOf(test), title: titleOf(test), ms: 0 }));
runner.on('fail', (test, error: unknown) =>
  tell({ kind: 'fail', file: fileOf(test), title: titleOf(test), ms: test.duration ?? 0, text: textOf(error) }),
);

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = (error.stack ?? error.message)
    .split('\n')
    .filter((line) => !/node:internal|node_modules\/mocha/.test(line))
    .join('\n');
  const compared = 'actual' in error && 'expected' in error && !error.message.includes('\n');
  const values = compared
    ? `\n  expected ${JSON.stringify(error.expected)}\n  actual   ${JSON.stringify(error.actual)}`
    : '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${textOf(error.cause)}`;
  return `${own}${values}${cause}`;
}
