/**
 * The instance's part in the peer checks towards the network: keys, boot id, counter, sockets. What the messages mean is the
 * session's business (session.ts).
 */
import { randomBytes } from 'node:crypto';
import type { EnginePlan } from '../../config/plan.ts';
import type { Clock } from '../../core/clock.ts';
import { refusalOf } from './admission.ts';
import { type CheckKey, deriveKeys } from './keys.ts';
import { createSigners } from './signers.ts';
import { type SocketsPlan, createPeerSockets } from './sockets.ts';
import { type Envelope, FINAL_COUNTER, type IgnoredReason, type PeerMessage } from './state.ts';
import { decode, encode, keyIdsOf, peekNames } from './wire.ts';

/** What the exchange needs of the plan. */
export type ExchangePlan = Pick<EnginePlan, 'haInterface' | 'haPort' | 'peers' | 'routers'>;

/** A ready-made UDP datagram for a path of a peer (as `ReadyDatagram` of daemon/channel.ts). */
export interface PeerDatagram {
  readonly interface: string | null;
  readonly destination: string;
  readonly port: number;
  /** Base64. */
  readonly bytes: string;
}

export interface ExchangeOptions {
  /** Name of this instance. */
  readonly self: string;
  readonly stack: string;
  readonly plan: ExchangePlan;
  /** Base64, newest first. Never logged. */
  readonly secrets: readonly string[];
  readonly clock?: Clock;
  /** An authentic datagram of the peer, for this instance, over the path with this index. */
  onReceived(peer: string, path: number, envelope: Envelope): void;
  /** What did not count. `peer`: whose path it came from, null for a stranger. `detail`: for an alarm, in words. */
  onIgnored(peer: string | null, reason: IgnoredReason, detail: string): void;
  /** Something that a person should know about a path, once when it begins. */
  onProblem(text: string): void;
}

export interface Exchange {
  /** Boot id of this engine: 32 hex digits. */
  readonly boot: string;
  /** Send a message over a path, `null` = over every path, each with a counter of its own. Null, or the first error: an errno name or words. */
  send(peer: string, path: number | null, message: PeerMessage, peerBoot: string | null): string | null;
  /** The last will's word to every peer whose boot is known, over each of its paths, signed with the reserved counter (brain 3.4, 6.3). */
  told(peerBoots: Readonly<Record<string, string | null>>): readonly PeerDatagram[];
  /** Why a path is not used, for the status; null while it is. */
  detail(peer: string, path: number): string | null;
  /** Another configuration or other keys; what did not change stays open. */
  replan(plan: ExchangePlan, secrets: readonly string[]): void;
  /** Interfaces, addresses or routes have changed. */
  refresh(): void;
  close(): void;
}

const BOOT_BYTES = 16;
/** Priority of an address owner (RFC 9568 section 5.2.4). */
const OWNER = 255;

/** A fresh nonce: 32 hex digits. */
export function newNonce(): string {
  return randomBytes(BOOT_BYTES).toString('hex');
}

export function createExchange(options: ExchangeOptions): Exchange {
  const { self, stack } = options;
  const boot = newNonce();
  let { plan } = options;
  let keys: readonly CheckKey[] = deriveKeys(options.secrets);
  let counter = 0;
  const signers = createSigners(() => keys);

  const sockets = createPeerSockets({
    plan: socketsPlan(plan),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    onDatagram: arrived,
    onProblem: (text) => options.onProblem(text),
    onWrongPath: (peer, source) =>
      options.onIgnored(peer, 'wrongPath', `from ${source}, but not by the way of that path`),
    onStranger: (source, bytes) => options.onIgnored(null, 'unknownSender', strangerText(source, bytes)),
  });

  function arrived(peer: string, path: number, bytes: Buffer): void {
    const decoded = decode(bytes, keys);
    if (!decoded.ok) {
      const [reason, detail] = unreadable(decoded.error, bytes);
      options.onIgnored(peer, reason, detail);
      return;
    }
    const envelope = decoded.value;
    const refusal = refusalOf(envelope, { stack, instance: self }, peer);
    if (refusal !== null) {
      options.onIgnored(peer, refusal.reason, refusal.detail);
      return;
    }
    signers.heard(peer, envelope.boot, envelope.counter, keyIdsOf(bytes));
    options.onReceived(peer, path, envelope);
  }

  /** Nobody vouches for the names, but they tell a person where to look. */
  function unreadable(reason: IgnoredReason, bytes: Buffer): readonly [IgnoredReason, string] {
    const names = reason === 'otherSecret' ? peekNames(bytes) : null;
    if (names === null) return [reason, ''];
    if (names.stack !== stack) return ['otherStack', `it is '${names.from}' of stack '${names.stack}'`];
    return [reason, `'${names.from}' signs with another secret`];
  }

  function sealed(to: string, message: PeerMessage, peerBoot: string | null, number: number): Buffer | string {
    const key = signers.keyFor(to, peerBoot);
    if (key === null) return 'there is no key';
    const envelope = { stack, from: self, to, boot, peerBoot, counter: number, message };
    return encode(envelope, key, keys) ?? 'the report is too long for a datagram';
  }

  function sendOn(peer: string, path: number, message: PeerMessage, peerBoot: string | null): string | null {
    counter += 1;
    const bytes = sealed(peer, message, peerBoot, counter);
    return typeof bytes === 'string' ? bytes : sockets.send(peer, path, bytes);
  }

  const pathsOf = (peer: string): readonly string[] => plan.peers.find(({ name }) => name === peer)?.paths ?? [];

  return {
    boot,
    send(peer, path, message, peerBoot) {
      if (path !== null) return sendOn(peer, path, message, peerBoot);
      const errors = pathsOf(peer).map((_, index) => sendOn(peer, index, message, peerBoot));
      return errors.find((error) => error !== null) ?? null;
    },
    told: (peerBoots) =>
      plan.peers.flatMap(({ name, paths }) => {
        const peerBoot = peerBoots[name] ?? null;
        const bytes = peerBoot === null ? '' : sealed(name, { type: 'told' }, peerBoot, FINAL_COUNTER);
        if (typeof bytes === 'string') return [];
        return readyDatagrams(
          paths.map((_, path) => sockets.target(name, path)),
          plan.haPort,
          bytes,
        );
      }),
    detail: (peer, path) => sockets.detail(peer, path),
    replan(next, secrets) {
      plan = next;
      keys = deriveKeys(secrets);
      sockets.replan(socketsPlan(plan));
    },
    refresh: () => sockets.refresh(),
    close: () => sockets.close(),
  };
}

/** The same datagram for each of the targets, ready to be sent by another process. */
export function readyDatagrams(
  targets: readonly { readonly interface: string | null; readonly destination: string }[],
  port: number,
  bytes: Buffer,
): readonly PeerDatagram[] {
  const text = bytes.toString('base64');
  return targets.map((target) => ({ ...target, port, bytes: text }));
}

function strangerText(source: string, bytes: Buffer): string {
  const names = peekNames(bytes);
  if (names === null) return `from ${source}`;
  return `from ${source}, which is no path of a peer; it calls itself '${names.from}' of stack '${names.stack}'`;
}

function socketsPlan({ haInterface, haPort, peers, routers }: ExchangePlan): SocketsPlan {
  // The owner's addresses are its own for good.
  const moving = routers.filter((router) => router.priority !== OWNER);
  const virtual = moving.flatMap((router) => [...router.addresses, ...router.excludedAddresses]);
  // Without an HA port there are no peers (config/rules/instances.ts).
  const used = haInterface === null ? [] : peers;
  return { haInterface: haInterface ?? '', port: haPort, peers: used, virtual: virtual.map(({ address }) => address) };
}
