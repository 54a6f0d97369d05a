/**
 * Declarations of mirrors (the reference's `agent` line): `a|b|c:9312:path`. What a mirror leaves out it takes from the last that says it, so that the end of
 * the line speaks for all. Pure.
 */
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';

export interface Mirror {
  readonly host: string;
  readonly port: number;
  /** Without a leading slash; empty = the root. */
  readonly path: string;
  /** Options in brackets: of this mirror alone, they win over the pool's. */
  readonly options: MirrorOptions;
}

export interface MirrorOptions {
  readonly haStrategy?: string;
  /** Absolute: not multiplied by the number of mirrors. */
  readonly retryCount?: number;
  readonly blackhole?: boolean;
  readonly persistent?: boolean;
}

export const DEFAULT_PORT = 9312;

const SHAPE =
  /^(?<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9._-]*)(?::(?<port>\d{1,5}))?(?::(?<path>[^|\s[\]]*))?(?:\[(?<options>[A-Za-z0-9_=,]*)\])?$/;

interface Piece {
  readonly text: string;
  readonly host: string;
  readonly port: string | undefined;
  readonly path: string | undefined;
  readonly options: string | undefined;
}

/** Reads the compact form, or a list of single mirrors. The error says which mirror is wrong and why. */
export function readMirrors(declaration: string | readonly string[]): Result<readonly Mirror[], string> {
  const texts = typeof declaration === 'string' ? declaration.split('|') : declaration;
  const pieces: Piece[] = [];
  for (const text of texts) {
    const groups = SHAPE.exec(text)?.groups;
    if (groups === undefined) return fail(`'${text}' is no mirror: expected one such as a:9312:path`);
    const { port } = groups;
    if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
      return fail(`'${text}': port ${port} is not between 1 and 65535`);
    pieces.push({
      text,
      host: (groups['host'] ?? '').replace(/^\[(.*)\]$/, '$1'),
      port,
      path: groups['path'],
      options: groups['options'],
    });
  }
  return fill(pieces);
}

/** From the right: what is left out is what the next one says. */
function fill(pieces: readonly Piece[]): Result<readonly Mirror[], string> {
  const mirrors: Mirror[] = [];
  let port = pieces.findLast((piece) => piece.port !== undefined)?.port ?? String(DEFAULT_PORT);
  let path = pieces.findLast((piece) => piece.path !== undefined)?.path ?? '';
  for (const piece of pieces.toReversed()) {
    port = piece.port ?? port;
    path = piece.path ?? path;
    const options = readOptions(piece.options ?? '');
    if (!options.ok) return fail(`'${piece.text}': ${options.error}`);
    mirrors.unshift({ host: piece.host, port: Number(port), path: path.replace(/^\/+/, ''), options: options.value });
  }
  const seen = new Set<string>();
  for (const mirror of mirrors) {
    const id = mirrorId(mirror);
    if (seen.has(id)) return fail(`${id} is named twice: a mirror is one place`);
    seen.add(id);
  }
  return ok(mirrors);
}

/** `a:9312:path`, `[2001:db8::1]:9312`: how statistics and status name it. */
export function mirrorId({ host, port, path }: Mirror): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}${path === '' ? '' : `:${path}`}`;
}

const STRATEGIES = ['random', 'roundrobin', 'nodeads', 'noerrors'];

function readOptions(text: string): Result<MirrorOptions, string> {
  const options: { -readonly [K in keyof MirrorOptions]: MirrorOptions[K] } = {};
  for (const item of text.split(',').filter((word) => word !== '')) {
    const [name = '', value = ''] = item.split('=');
    if (name === 'ha_strategy' && STRATEGIES.includes(value)) options.haStrategy = value;
    else if (name === 'retry_count' && /^\d{1,3}$/.test(value)) options.retryCount = Number(value);
    else if (name === 'blackhole' && /^[01]$/.test(value)) options.blackhole = value === '1';
    else if (name === 'conn' && (value === 'pconn' || value === 'persistent')) options.persistent = true;
    else
      return fail(
        `option '${item}' is none of ha_strategy=${STRATEGIES.join('|')}, retry_count=N, blackhole=0|1, conn=persistent`,
      );
  }
  return ok(options);
}
