/** The file that the API's socket is: whether it can be had. */
import { lstatSync, unlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';

/** Longest path of a Unix socket in bytes; Node 20 silently cuts a longer one. */
const LONGEST_PATH = 107;

/**
 * Make room for a socket at `path`: what a dead engine left there is removed, but only after it was seen that nobody answers on it.
 * Rejects with a sentence if somebody does, if it is no socket, or if the path is too long.
 */
export async function claimSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new Error(
      `the socket path ${path} is longer than ${LONGEST_PATH} bytes: choose a shorter run directory (--run)`,
    );
  }
  const folder = dirname(path);
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) {
    throw new Error(`the run directory ${folder} does not exist: make it, or choose another one (--run)`);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new Error(`${path} exists and is no socket: remove it or choose another run directory (--run)`);
  if (await answers(path)) {
    throw new Error(`another engine answers on ${path}: stop it first, or choose another run directory (--run)`);
  }
  unlinkSync(path);
}

/** False only if the kernel says that nobody listens; a socket that does not answer in time has an owner that stands still. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(true));
    socket.on('connect', () => done(true));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      done(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}
