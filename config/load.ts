/** From a file to a validated configuration, or to every error in it. Nothing here throws because of what a file holds. */
import { open } from 'node:fs/promises';
import { LineCounter, type Document } from 'yaml';
import { fail, ok, type Result } from '../core/result.ts';
import { notInEffect } from './effect.ts';
import type { ConfigError } from './error.ts';
import { explain } from './explain.ts';
import { printable } from './printable.ts';
import { crossFieldIssues, issueText } from './rules.ts';
import { pathText, type Path } from './rules/rule.ts';
import { issuesBeside } from './salvage.ts';
import { structure, type Config } from './schema.ts';
import { parseSource } from './source.ts';
import { warningsOf } from './warnings.ts';

/** A configuration file may be this large, in bytes. 255 routers are about 60 kB. */
export const LARGEST_FILE = 1024 * 1024;

/** More errors than this are counted, not listed. */
const MOST_ERRORS = 500;

export interface Loaded {
  readonly config: Config;
  /** Keys that the file sets and that this version accepts without effect. */
  readonly notInEffect: readonly string[];
  /** What the administrator should be told once. */
  readonly warnings: readonly string[];
  /** The file as a document: a save edits it in place and keeps its comments. */
  readonly document: Document;
}

/** Parse and validate. `fileName` only names the file in errors. All errors at once, in the order of the file. */
export function loadConfigText(text: string, fileName: string): Result<Loaded, readonly ConfigError[]> {
  const whole = (message: string) => fail([{ file: fileName, line: 0, column: 0, path: '', message }]);
  if (Buffer.byteLength(text) > LARGEST_FILE) return whole(`larger than ${LARGEST_FILE} bytes: no configuration is`);
  const counter = new LineCounter();
  const at = (offset: number, path: string, message: string, hint?: string): ConfigError => {
    const { line, col } = counter.linePos(offset);
    return {
      file: fileName,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      path,
      message,
      ...(hint === undefined ? {} : { hint }),
    };
  };
  // YAML allows no other control characters; a file with them is something else.
  const control = /[^\P{Cc}\t\r\n\u0085]|[\ufffe\uffff]/u.exec(text);
  if (control !== null) {
    const before = text.slice(0, control.index).split('\n');
    const position = { line: before.length, column: before.at(-1)!.length + 1 };
    return fail([{ file: fileName, ...position, path: '', message: 'a control character: this is no YAML text' }]);
  }

  const source = parseSource(text, counter);
  if (!('data' in source)) return fail(limited(source.map(({ offset, message }) => at(offset, '', message))));
  const { data, document } = source;
  if (data === null || data === undefined) return whole('the file is empty: expected at least instance and stack');

  const parsed = structure.safeParse(data);
  const mistakes = parsed.success ? [] : explain(parsed.error.issues, data, MOST_ERRORS + 1);
  const between = parsed.success
    ? crossFieldIssues(parsed.data)
    : issuesBeside(
        mistakes.map(({ path, atKey, message }) => ({ path, unknownKey: atKey && message.startsWith('unknown key') })),
        data,
      );
  if (parsed.success && between.length === 0) {
    const unused = notInEffect(data);
    return ok({ config: parsed.data, notInEffect: unused, warnings: warningsOf(parsed.data, unused), document });
  }
  const errors = [
    ...mistakes.map(({ path, atKey, message, hint }) =>
      at(atKey ? source.keyAt(path) : source.valueAt(path), shownPath(path), message, hint),
    ),
    ...between.map((issue) => at(source.valueAt(issue.path), shownPath(issue.path), issueText(issue))),
  ];
  return fail(limited(errors.toSorted((a, b) => a.line - b.line || a.column - b.column)));
}

/** Read and load. A file that is missing, unreadable or no text is an error like any other. */
export async function loadConfigFile(path: string): Promise<Result<Loaded, readonly ConfigError[]>> {
  const whole = (message: string) => fail([{ file: path, line: 0, column: 0, path: '', message }]);
  let bytes: Uint8Array;
  try {
    const file = await open(path, 'r');
    try {
      if (!(await file.stat()).isFile()) return whole('not a file: expected a YAML text file');
      // One byte more than allowed, so that a larger file is seen to be larger.
      const buffer = new Uint8Array(LARGEST_FILE + 1);
      let length = 0;
      for (let read = 1; read > 0 && length < buffer.length; length += read) {
        ({ bytesRead: read } = await file.read(buffer, length, buffer.length - length));
      }
      bytes = buffer.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (error) {
    return whole(unreadable(error));
  }
  try {
    return loadConfigText(new TextDecoder('utf-8', { fatal: true }).decode(bytes), path);
  } catch {
    return whole('not UTF-8: this is no YAML text');
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT')
    return 'no such file: write one (config/example.yaml shows how), or name another with --config';
  if (code === 'EACCES') return 'permission denied: run as root, or as a user who may read it';
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

function shownPath(path: Path): string {
  return printable(pathText(path), 200);
}

/** The first errors, and how many more there are. */
function limited(errors: readonly ConfigError[]): readonly ConfigError[] {
  if (errors.length <= MOST_ERRORS) return errors;
  const last = errors[MOST_ERRORS - 1]!;
  return [
    ...errors.slice(0, MOST_ERRORS),
    { ...last, path: '', message: `more than ${MOST_ERRORS} errors: the others are not listed` },
  ];
}
