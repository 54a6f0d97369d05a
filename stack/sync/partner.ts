/** A peer of the stack, as the sync knows it: the connection that is in use, and the dialling while there is none. */
import type { TLSSocket } from 'node:tls';
import type { Instant } from '../../core/clock.ts';
import { later } from '../../core/clock.ts';
import { plainAddress } from './admission.ts';
import { nextAttempt } from './attempts.ts';
import { dial } from './dial.ts';
import { dialsFirst } from './hello.ts';
import { identityText } from './keys.ts';
import type { SyncKey } from './keys.ts';
import type { Link } from './link.ts';
import { refusalText } from './refusals.ts';
import type { RefusalReason } from './refusals.ts';
import type { PeerSync, SyncNews } from './status.ts';

export interface Dialling {
  readonly stack: string;
  readonly instance: string;
  readonly paths: readonly string[];
  readonly port: number;
  readonly keys: readonly SyncKey[];
  readonly from: string | undefined;
}

export interface Partner {
  readonly link: Link | null;
  apply(dialling: Dialling): void;
  /** Of its paths, those over which nothing comes through, as the peer checks have it. */
  setLost(addresses: ReadonlySet<string>): void;
  use(link: Link): void;
  synced(link: Link): void;
  lost(link: Link, why: string): void;
  tick(): void;
  status(): PeerSync;
  stop(): void;
}

export interface PartnerPorts {
  readonly begin: (
    socket: TLSSocket,
    facts: { readonly peer: string; readonly address: string; readonly keyId: string },
    dialled: boolean,
  ) => void;
  readonly refused: (reason: RefusalReason, from: string, detail: string) => void;
  readonly news: Pick<SyncNews, 'synced' | 'apart'>;
  readonly now: () => Instant;
}

/** Apart for so long is worth an entry: a manager that was restarted is back sooner. */
const PATIENCE_MS = 15_000;

export function createPartner(name: string, wanted: Dialling, ports: PartnerPorts): Partner {
  let dialling = wanted;
  let lostPaths: ReadonlySet<string> = new Set();
  let link: Link | null = null;
  let failures = 0;
  let timer: NodeJS.Timeout | null = null;
  let cancel: (() => void) | null = null;
  let text = 'not reached yet';
  /** When it is told that it is apart; null = it was, or there is nothing to tell. */
  let tellAt: Instant | null = later(ports.now(), PATIENCE_MS);
  let told: 'synced' | 'apart' | null = null;
  let stopped = false;

  /** A path that is lost is tried last, but tried: checks and sync are not the same. */
  const byHope = (): readonly string[] =>
    dialling.paths.toSorted((one, other) => Number(lostPaths.has(one)) - Number(lostPaths.has(other)));

  function next(): void {
    if (stopped || link !== null || timer !== null || cancel !== null) return;
    const { instance, paths, keys } = dialling;
    const count = { paths: paths.length, keys: keys.length };
    const attempt = nextAttempt(failures, count, dialsFirst(instance, name), Math.random());
    timer = setTimeout(() => {
      timer = null;
      const [address, key] = [byHope()[attempt.path], dialling.keys[attempt.key]];
      if (link !== null) return;
      if (address === undefined || key === undefined) return next();
      start(address, key);
    }, attempt.waitMs);
    timer.unref();
  }

  function start(address: string, key: SyncKey): void {
    const { stack, instance, port, from } = dialling;
    const identity = identityText({ stack, instance, keyId: key.id });
    cancel = dial({ address, port, from, key, identity }, (result) => {
      cancel = null;
      if (result.ok) return ports.begin(result.socket, { peer: name, address, keyId: key.id }, true);
      failures += 1;
      text = `${address}: ${result.reason === null ? result.text : whyNot(result.reason)}`;
      if (result.reason !== null) ports.refused(result.reason, address, `dialled: ${result.text}`);
      next();
    });
  }

  function quit(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    cancel?.();
    cancel = null;
  }

  const pathOf = (address: string): string =>
    dialling.paths.find((path) => plainAddress(path) === plainAddress(address)) ?? address;

  next();
  return {
    get link() {
      return link;
    },
    apply(changed) {
      const isSame = wayTo(changed) === wayTo(dialling);
      dialling = changed;
      if (isSame) return;
      failures = 0;
      quit();
      next();
    },
    setLost(addresses) {
      const fresh = [...addresses].some((address) => !lostPaths.has(address));
      lostPaths = addresses;
      if (!fresh) return;
      const [best] = byHope();
      if (best === undefined || lostPaths.has(best)) return;
      // Its silence would be noticed later.
      if (link === null) quit();
      else if (lostPaths.has(pathOf(link.address))) link.put({ kind: 'close', why: 'path' });
      next();
    },
    use(fresh) {
      link = fresh;
      quit();
    },
    synced(of) {
      if (of !== link || !of.synced) return;
      failures = 0;
      text = '';
      tellAt = null;
      if (told !== 'synced') ports.news.synced(name, of.address);
      told = 'synced';
    },
    lost(of, why) {
      // Of two connections one was given up, or an attempt came to nothing.
      if (of !== link && (link !== null || !of.dialled)) return;
      if (of !== link || !of.synced) failures += 1;
      link = null;
      text = why;
      tellAt ??= later(ports.now(), PATIENCE_MS);
      next();
    },
    tick() {
      if (tellAt === null || ports.now() < tellAt) return;
      tellAt = null;
      if (told !== 'apart') ports.news.apart(name, text);
      told = 'apart';
    },
    status: () => ({
      name,
      state: link === null ? 'apart' : link.synced ? 'synced' : 'exchanging',
      address: link?.address ?? null,
      behind: link === null ? 0 : link.sent - link.acked,
      text: link === null ? text : '',
    }),
    stop() {
      stopped = true;
      quit();
      link?.put({ kind: 'close', why: 'changed' });
    },
  };
}

const wayTo = ({ paths, port, keys }: Dialling): string => [port, ...paths, ...keys.map(({ id }) => id)].join(' ');

/** Seen from here. */
function whyNot(reason: RefusalReason): string {
  if (reason === 'noKey' || reason === 'wrongKey')
    return 'the other end does not take our key: is ha.secretFile the same there?';
  if (reason === 'certificate') return "the other end shows a certificate instead of the stack's key: it is not Tandem";
  return refusalText(reason);
}
