/** The file of the stack's key on disk: never seen by anybody else, never half of it, never through a link that somebody laid. */
import { closeSync, constants, fchmodSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readPrivateFile, replacePrivateFile } from '../config/private-file.ts';
import { EXIT, Failure } from './command.ts';

const MODE = 0o600;
/** Longer than any file of keys. */
const MOST_BYTES = 65_536;

/** Throws Failure where the file exists, or cannot be written. */
export function createKeyFile(file: string, text: string): void {
  try {
    write(file, text);
    syncFolder(file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unwritable(file, error);
    const hint = '--rotate puts a new key first and keeps the old one valid';
    throw new Failure(EXIT.failed, 'exists', `${file} exists already and was left as it is: ${hint}`, file);
  }
}

/** Its text. Throws Failure where there is no such file, or it is none that holds keys. */
export function readKeyFile(file: string): string {
  let text: string | undefined;
  try {
    text = readPrivateFile(file)?.text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unreadable(file, code ?? 'it is no file of keys');
  }
  if (text === undefined) throw unreadable(file, 'ENOENT');
  if (text.length > MOST_BYTES) throw unreadable(file, 'it is no file of keys');
  return text;
}

/** Either the old or the new content survives a crash. The owner stays. */
export function replaceKeyFile(file: string, text: string): void {
  try {
    replacePrivateFile(file, text);
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** A file that did not exist (a link to nowhere counts as one), on disk when this returns. */
function write(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
  try {
    fchmodSync(fd, MODE);
    writeFileSync(fd, text);
    fsyncSync(fd);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function syncFolder(file: string): void {
  const fd = openSync(dirname(file), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function unreadable(file: string, code: string): Failure {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `there is no key to rotate at ${file}: without --rotate a first one is made`,
    ELOOP: `${file} is a symbolic link: name the file itself`,
  };
  return new Failure(EXIT.failed, 'cannotRead', reasons[code] ?? `cannot read ${file}: ${code}`, file);
}

function unwritable(file: string, error: unknown): Failure {
  const code = codeOf(error);
  const reason = code === 'ENOENT' ? `there is no folder ${dirname(file)}` : code;
  return new Failure(EXIT.failed, 'cannotWrite', `cannot write ${file}: ${reason}`, file);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
