/**
 * Informs of v3 (RFC 3414 section 3): the receiver is the authority, so its engine ID and its clock have to be learnt first. What it last said of
 * itself is remembered; where it was started again since, its report says so and the inform is stamped anew.
 */
import { LARGEST_MESSAGE, decodeMessage, encodeScoped, encodeV3, readScoped } from './message.ts';
import type { V3Message } from './message.ts';
import { type Pdu, ERROR } from './pdu.ts';
import type { Line } from './udp.ts';
import { decrypt, encrypt, isSigned, sign, SIGNATURE_BYTES } from './usm.ts';
import type { Level, User } from './usm.ts';
import { oidText } from '../mib/oid.ts';

/** Below usmStats (RFC 3414 section 5). */
export const USM_STATS = [1, 3, 6, 1, 6, 3, 15, 1, 1] as const;
export const USM_REPORT = {
  unsupportedSecLevels: 1,
  notInTimeWindows: 2,
  unknownUserNames: 3,
  unknownEngineIds: 4,
  wrongDigests: 5,
  decryptionErrors: 6,
} as const;

const REFUSALS: Readonly<Record<number, (user: string) => string>> = {
  [USM_REPORT.unsupportedSecLevels]: (user) => `does not take this security level from user ${user}`,
  [USM_REPORT.notInTimeWindows]: () => 'does not agree with the time that it told itself',
  [USM_REPORT.unknownUserNames]: (user) => `does not know user ${user}`,
  [USM_REPORT.unknownEngineIds]: () => 'does not agree with the engine ID that it told itself',
  [USM_REPORT.wrongDigests]: (user) => `cannot verify user ${user}: another pass phrase or protocol`,
  [USM_REPORT.decryptionErrors]: (user) => `cannot decrypt what user ${user} sends: another pass phrase or protocol`,
};

/** The engine of a receiver, as it last said. */
export interface Remote {
  readonly id: Buffer;
  readonly boots: number;
  readonly time: number;
  /** When it said so, monotonic ms. */
  readonly atMs: number;
}

export type Answer =
  | { readonly kind: 'response'; readonly pdu: Pdu }
  | { readonly kind: 'report'; readonly report: number; readonly signed: boolean; readonly remote: Remote };

/** A message of v3 to or from the engine `at`, signed and encrypted as the level asks: the user's, if none is named. */
export function secured(options: {
  readonly id: number;
  readonly user: User;
  readonly level?: Level;
  readonly at: { readonly id: Buffer; readonly boots: number; readonly time: number };
  readonly reportable: boolean;
  readonly pdu: Pdu;
}): Buffer {
  const { user, at } = options;
  const level = options.level ?? user.level;
  const keys = level === 'noAuthNoPriv' ? null : user.keysAt(at.id);
  const scoped = encodeScoped({ engineId: at.id, context: '', pdu: options.pdu });
  const priv = keys !== null && level === 'authPriv';
  const salt = priv ? user.nextSalt() : Buffer.alloc(0);
  const { bytes, authAt } = encodeV3({
    id: options.id,
    maxSize: LARGEST_MESSAGE,
    auth: keys !== null,
    priv,
    reportable: options.reportable,
    security: {
      engineId: at.id,
      boots: at.boots,
      time: at.time,
      user: user.name,
      auth: Buffer.alloc(keys === null ? 0 : SIGNATURE_BYTES),
      priv: salt,
    },
    body: priv ? encrypt(scoped, keys.priv, at, salt) : scoped,
  });
  if (keys !== null) sign(bytes, authAt, keys.auth);
  return bytes;
}

/** The question to which every engine answers who it is. */
export function discovery(id: number): Buffer {
  const none = Buffer.alloc(0);
  const pdu: Pdu = { type: 'get', requestId: id, status: 0, index: 0, bindings: [] };
  return encodeV3({
    id,
    maxSize: LARGEST_MESSAGE,
    auth: false,
    priv: false,
    reportable: true,
    security: { engineId: none, boots: 0, time: 0, user: '', auth: none, priv: none },
    body: encodeScoped({ engineId: none, context: '', pdu }),
  }).bytes;
}

/** What a datagram answers to message `id`; null where it is not an answer, or not from whom it should be. */
export function readAnswer(bytes: Buffer, id: number, user: User, remote: Remote | null, nowMs: number): Answer | null {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok || decoded.value.version !== 3 || decoded.value.id !== id) return null;
  const message = decoded.value;
  const foreign = remote !== null && !message.security.engineId.equals(remote.id);
  const body = opened(bytes, message, user);
  const scoped = body === null ? null : readScoped(body);
  if (scoped === null || !scoped.ok) return null;
  const { pdu } = scoped.value;
  if (pdu.type === 'report') {
    const { engineId, boots, time } = message.security;
    const report = reportOf(pdu);
    return report === null
      ? null
      : {
          kind: 'report',
          report,
          signed: message.auth,
          remote: { id: Buffer.from(engineId), boots, time, atMs: nowMs },
        };
  }
  // Without the signature that was agreed anybody could say that the inform was taken.
  const asAgreed = message.auth === (user.level !== 'noAuthNoPriv') && message.priv === (user.level === 'authPriv');
  return pdu.type === 'response' && asAgreed && !foreign ? { kind: 'response', pdu } : null;
}

function opened(bytes: Buffer, message: V3Message, user: User): Buffer | null {
  const { security, auth, priv, body } = message;
  if (!auth) return body;
  const keys = user.keysAt(security.engineId);
  if (keys === null || security.user !== user.name || !isSigned(bytes, security.auth, keys.auth)) return null;
  return priv ? decrypt(body, keys.priv, security, security.priv) : body;
}

function reportOf({ bindings }: Pdu): number | null {
  const [first] = bindings;
  if (first === undefined || !oidText(first.oid).startsWith(`${oidText(USM_STATS)}.`)) return null;
  return first.oid[USM_STATS.length] ?? null;
}

/** It was started again, or is another one by now. A clock is believed only if it is signed for; an engine ID never is. */
function isNews({ report, signed }: Answer & { readonly kind: 'report' }): boolean {
  return report === USM_REPORT.unknownEngineIds || (report === USM_REPORT.notInTimeWindows && signed);
}

export interface Informer {
  /** Resolves with error-status when the receiver has acknowledged it; rejects with what a person reads. */
  inform(line: Line, user: User, pdu: Pdu, where: string): Promise<number>;
}

/** `nextId`: numbers for messages, 0 to 2³¹ − 1. */
export function createInformer(nextId: () => number, monotonicMs: () => number): Informer {
  let remote: Remote | null = null;

  async function discovered(line: Line, user: User): Promise<Remote> {
    const id = nextId();
    const answer = await line.ask(
      () => discovery(id),
      (bytes) => readAnswer(bytes, id, user, null, monotonicMs()),
    );
    if (answer.kind === 'report') return answer.remote;
    throw new Error('the receiver answers the discovery with something else');
  }

  function ask(line: Line, user: User, pdu: Pdu, at: Remote): Promise<Answer> {
    const id = nextId();
    return line.ask(
      () => {
        const time = at.time + Math.floor((monotonicMs() - at.atMs) / 1000);
        return secured({ id, user, at: { id: at.id, boots: at.boots, time }, reportable: true, pdu });
      },
      (bytes) => readAnswer(bytes, id, user, at, monotonicMs()),
    );
  }

  return {
    async inform(line, user, pdu, where) {
      remote ??= await discovered(line, user);
      let answer = await ask(line, user, pdu, remote);
      if (answer.kind === 'report' && isNews(answer)) {
        remote = answer.remote;
        answer = await ask(line, user, pdu, remote);
      }
      if (answer.kind === 'response' && answer.pdu.requestId === pdu.requestId) return answer.pdu.status;
      remote = null;
      const why = answer.kind === 'report' ? REFUSALS[answer.report]?.(user.name) : undefined;
      throw new Error(`${where} ${why ?? 'answers with something else'}`);
    },
  };
}

/** error-status of an answer in words, for the few that a receiver may give. */
export function errorText(status: number): string {
  return status === ERROR.tooBig
    ? 'it is too big'
    : status === ERROR.authorizationError
      ? 'not authorized'
      : `error ${status}`;
}
