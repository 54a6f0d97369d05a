/**
 * The certificate in use, and whether another one stands in its files by now: taken up without a restart, refused with the reason where it is no good.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import type { ManagerReason } from '../../../core/manager-reason.ts';
import { ownCertificate, pairProblem } from './own-certificate.ts';
import type { Pair } from './own-certificate.ts';

export interface TlsFiles {
  /** Null: the own certificate. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** Reads a file that the manager itself may not (the guardian does). */
  readonly read?: (path: string) => Promise<Buffer>;
}

export interface CertificateOptions {
  readonly files: TlsFiles;
  readonly stateFolder: string;
  readonly now: () => number;
  readonly tell: (reason: ManagerReason, severity: 'info' | 'warning' | 'critical') => void;
  /** How often the files are looked at, ms. */
  readonly every?: number;
}

export interface Certificate {
  /** The pair to begin with: the files', or the own one where they are no good, which is told. */
  start(): Promise<Pair>;
  /** Called with each other pair that is taken up. */
  onChange(listener: (pair: Pair) => void): void;
  stop(): void;
}

const EVERY_MS = 10_000;

export function createCertificate(options: CertificateOptions): Certificate {
  const { files, stateFolder, now, tell, every = EVERY_MS } = options;
  const { certFile, keyFile, read = readFile } = files;
  const listeners: ((pair: Pair) => void)[] = [];
  let inUse: Pair | null = null;
  /** What was seen last, good or not: the same is judged once. */
  let seen = '';
  /** Seen once and not judged yet: two files are not replaced in one moment. */
  let fresh = '';
  let timer: NodeJS.Timeout | null = null;
  const named = certFile ?? 'of its own';

  const own = (): Promise<Pair> => ownCertificate({ stateFolder, hostname: hostname(), now });

  async function given(): Promise<Pair> {
    if (certFile === null || keyFile === null) return own();
    const [cert, key] = await Promise.all([read(certFile), read(keyFile)]);
    return { cert: cert.toString('utf8'), key: key.toString('utf8') };
  }

  function refuse(error: string): void {
    tell({ code: 'certificateRefused', file: named, error }, inUse === null ? 'critical' : 'warning');
  }

  /** Takes the pair up, or says why not. */
  function judge(pair: Pair): boolean {
    const problem = pairProblem(pair, now()) ?? contextProblem(pair);
    if (problem !== null) {
      refuse(problem);
      return false;
    }
    inUse = pair;
    const until = new Date(new X509Certificate(pair.cert).validTo).toISOString();
    tell({ code: 'certificateLoaded', file: named, until }, 'info');
    return true;
  }

  async function look(): Promise<void> {
    let pair: Pair;
    try {
      pair = await given();
    } catch (error) {
      const text = `error ${error instanceof Error ? error.message : String(error)}`;
      if (seen !== text) refuse(text.slice(6));
      seen = text;
      return;
    }
    const content = `${pair.cert}\n${pair.key}`;
    if (content === seen) return;
    if (content !== fresh) {
      fresh = content;
      return;
    }
    seen = content;
    if (judge(pair)) for (const listener of listeners) listener(pair);
  }

  function again(): void {
    timer = setTimeout(() => {
      void look().finally(() => timer !== null && again());
    }, every);
    timer.unref();
  }

  return {
    async start() {
      try {
        const pair = await given();
        seen = `${pair.cert}\n${pair.key}`;
        judge(pair);
      } catch (error) {
        seen = `error ${error instanceof Error ? error.message : String(error)}`;
        refuse(error instanceof Error ? error.message : String(error));
      }
      // Without any certificate nobody could reach the page that says so.
      inUse ??= await own();
      again();
      return inUse;
    },
    onChange: (listener) => void listeners.push(listener),
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}

/** OpenSSL has rules of its own: keys that are too short, for one. */
function contextProblem({ cert, key }: Pair): string | null {
  try {
    createSecureContext({ cert, key });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
