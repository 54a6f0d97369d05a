/**
 * Captures of sessions: tcpdump on every port, each into two files of half the size that take turns, so that the newest packets are kept and a disk is
 * never filled. A capture outlives this process if it is killed, and the next one finds it. Never rejects.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FeatureRequest, RunningFeature, SessionAnswer } from '../../core/session-link.ts';
import { giveToGroup } from '../group.ts';
import type { SessionGround } from './rules.ts';

export interface Captures {
  start(request: Extract<FeatureRequest, { kind: 'feature.capture' }>, ground: SessionGround): Promise<SessionAnswer>;
  stop(session: string): void;
  stopAll(): Promise<void>;
  /** Of sessions whose captures all run. */
  running(): readonly RunningFeature[];
}

export interface CapturesParts {
  /** Remembers over an end of this process what runs. */
  readonly file: string;
  readonly isThere: (port: string) => boolean;
}

interface Capture {
  readonly session: string;
  readonly pid: number;
  /** Without the number that tcpdump puts behind it. */
  readonly path: string;
}

/** A program that cannot do it says so within this time. */
const SETTLE_MS = 300;
/** Packets that are on their way into a file. */
const LEAVE_MS = 2_000;
/** Files of sessions that are kept; the oldest go when another capture begins. */
const MOST_FILES = 200;

export function createCaptures({ file, isThere }: CapturesParts): Captures {
  let all: readonly Capture[] = load(file);

  function keep(next: readonly Capture[]): void {
    all = next;
    try {
      if (next.length === 0) rmSync(file, { force: true });
      else writeFileSync(file, JSON.stringify(next), { mode: 0o600 });
    } catch {
      // A full disk: this process knows it all the same.
    }
  }

  function begin(argv: readonly string[]): Promise<{ readonly pid: number } | string> {
    const [program = '', ...rest] = argv;
    return new Promise((resolve) => {
      // What others say to the target is nobody's business but the group's.
      const before = process.umask(0o027);
      const child = spawn(program, rest, {
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
        cwd: '/',
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      });
      process.umask(before);
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-1_000)));
      child.on('error', (error) => resolve(`${program}: ${error.message}: is it installed?`));
      child.on('exit', () => resolve(`${program}: ${said.trim().replaceAll(/\s*\n\s*/g, '; ')}`));
      setTimeout(() => {
        if (child.pid === undefined || child.exitCode !== null) return;
        // It goes on without us, whatever becomes of this process.
        child.stderr.removeAllListeners('data');
        child.stderr.resume();
        child.unref();
        resolve({ pid: child.pid });
      }, SETTLE_MS);
    });
  }

  function stop(session: string): void {
    for (const one of all) if (one.session === session) end(one, 'SIGINT');
    keep(all.filter((one) => one.session !== session));
  }

  return {
    async start({ session, target, megabytes }, { ports, captures: folder }) {
      if (all.some((one) => one.session === session && isAlive(one))) return { ok: true, text: '' };
      const there = ports.filter(isThere);
      if (there.length === 0) return { ok: false, text: `capture: none of the ports ${ports.join(', ')} is there` };
      try {
        makeFolder(folder);
      } catch (error) {
        return { ok: false, text: `capture: ${error instanceof Error ? error.message : String(error)}` };
      }
      for (const port of there) {
        const path = join(folder, `${session}-${port.replace(/[^A-Za-z0-9.-]/g, '_')}.pcap`);
        const begun = await begin(captureArgv(port, path, target, megabytes));
        if (typeof begun === 'string') {
          stop(session);
          return { ok: false, text: begun };
        }
        keep([...all, { session, pid: begun.pid, path }]);
      }
      return { ok: true, text: '' };
    },
    stop,
    async stopAll() {
      const left = all.filter(isAlive);
      for (const one of left) end(one, 'SIGINT');
      for (const limit = performance.now() + LEAVE_MS; left.some(isAlive) && performance.now() < limit;)
        await new Promise((resolve) => setTimeout(resolve, 20));
      for (const one of left) if (isAlive(one)) end(one, 'SIGKILL');
      keep([]);
    },
    running() {
      const sessions = [...new Set(all.map(({ session }) => session))];
      return sessions
        .filter((session) => all.every((one) => one.session !== session || isAlive(one)))
        .map((session) => ({ session, feature: 'capture' }));
    },
  };
}

/** Two files take turns: `-C` counts in millions of bytes. */
export function captureArgv(port: string, path: string, target: string, megabytes: number): readonly string[] {
  const family = target.includes(':') ? 'ip6' : 'ip';
  const filter = target.endsWith('/0') ? [family] : [target.includes('/') ? 'net' : 'host', target];
  const half = String(Math.max(1, Math.floor(megabytes / 2)));
  // It keeps its user, as it could not write where it does with the one that it takes otherwise.
  return ['tcpdump', '-n', '-U', '-i', port, '-w', path, '-C', half, '-W', '2', '-Z', 'root', ...filter];
}

/** For root, and for the group to read. The oldest files go. */
function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  giveToGroup(folder, 'tandem');
  // Files get the folder's group.
  chmodSync(folder, 0o2750);
  const files = readdirSync(folder)
    .filter((name) => /\.pcap\d?$/.test(name))
    .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
    .toSorted((a, b) => b.at - a.at);
  for (const { name } of files.slice(MOST_FILES)) rmSync(join(folder, name), { force: true });
}

/** A number alone may be another process by now. */
function isAlive({ pid, path }: Capture): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .some((word) => basename(word) === basename(path));
  } catch {
    return false;
  }
}

function end(one: Capture, signal: NodeJS.Signals): void {
  if (!isAlive(one)) return;
  try {
    process.kill(one.pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Root wrote it, in a folder that is root's. */
function load(file: string): readonly Capture[] {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(value) ? (value as readonly Capture[]) : [];
  } catch {
    return [];
  }
}
