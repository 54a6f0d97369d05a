/** An agent's answer to a datagram: who may ask (community, or user as RFC 3414 section 3.2 checks it), and then what the view says. Nothing here throws. */
import { timingSafeEqual } from 'node:crypto';
import { counter32 } from '../mib/value.ts';
import type { MibView } from '../mib/view.ts';
import type { AgentCounters } from './agent-counters.ts';
import type { EngineMoment } from './engine.ts';
import { USM_REPORT, USM_STATS, secured } from './inform.ts';
import { LARGEST_MESSAGE, decodeMessage, encodeCommunity, encodeScoped, encodeV3, readScoped } from './message.ts';
import type { CommunityMessage, V3Message } from './message.ts';
import { ERROR } from './pdu.ts';
import type { Pdu } from './pdu.ts';
import { answer, respond } from './respond.ts';
import { SIGNATURE_BYTES, decrypt, isSigned, sign } from './usm.ts';
import type { Level, User } from './usm.ts';

/** getBulk fills one frame of Ethernet: more would be cut into fragments, and would help whoever forges a sender. */
const BULK_BYTES = 1400;
/** RFC 3414 section 2.2.3, seconds. */
const TIME_WINDOW = 150;
const LEVELS: readonly Level[] = ['noAuthNoPriv', 'authNoPriv', 'authPriv'];

export interface Access {
  /** Null: v2c is not answered. */
  readonly community: Buffer | null;
  /** Null: v3 is not answered. */
  readonly user: User | null;
}

export interface AgentState {
  readonly access: Access;
  readonly engine: () => EngineMoment;
  readonly view: () => MibView;
  readonly counters: AgentCounters;
}

/** Null where nothing is answered. */
export function answerTo(bytes: Buffer, state: AgentState): Buffer | null {
  const { counters, access } = state;
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) {
    if (decoded.error === 'malformed') counters.malformed++;
    else counters.badVersions++;
    return null;
  }
  const message = decoded.value;
  if (message.version === '2c') return answerV2(message, state);
  if (access.user !== null) return answerV3(bytes, message, access.user, state);
  counters.badVersions++;
  return null;
}

function answerV2({ community, pdu }: CommunityMessage, { access, counters, view }: AgentState): Buffer | null {
  if (access.community === null || !isSame(access.community, community)) {
    counters.badCommunities++;
    return null;
  }
  const response = respond(view(), pdu, { largest: LARGEST_MESSAGE, bulk: BULK_BYTES });
  if (response === null) {
    counters.dropped++;
    return null;
  }
  return encodeCommunity({ community, pdu: response });
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** RFC 3414 section 3.2, in its order. */
function answerV3(bytes: Buffer, message: V3Message, user: User, state: AgentState): Buffer | null {
  const { counters } = state;
  const { security } = message;
  const engine = state.engine();
  const refuse = (kind: keyof typeof USM_REPORT, by: User | null = null): Buffer | null => {
    const number = USM_REPORT[kind];
    counters.usm[number]!++;
    return message.reportable ? report(message, engine, number, counters.usm[number]!, by) : null;
  };
  if (!security.engineId.equals(engine.id)) return refuse('unknownEngineIds');
  if (security.user !== user.name) return refuse('unknownUserNames');
  const level: Level = message.priv ? 'authPriv' : message.auth ? 'authNoPriv' : 'noAuthNoPriv';
  if (LEVELS.indexOf(level) > LEVELS.indexOf(user.level)) return refuse('unsupportedSecLevels');
  const keys = user.keysAt(engine.id);
  let { body } = message;
  if (message.auth && keys !== null) {
    if (security.auth.length !== SIGNATURE_BYTES || !isSigned(bytes, security.auth, keys.auth))
      return refuse('wrongDigests');
    const inTime = security.boots === engine.boots && Math.abs(security.time - engine.time) <= TIME_WINDOW;
    // Signed, so that whoever asks may believe our clock.
    if (!inTime) return refuse('notInTimeWindows', user);
    if (message.priv) {
      const plain = decrypt(body, keys.priv, security, security.priv);
      if (plain === null) return refuse('decryptionErrors');
      body = plain;
    }
  }
  const scoped = readScoped(body);
  if (!scoped.ok) {
    if (message.priv) return refuse('decryptionErrors');
    counters.malformed++;
    return null;
  }
  const { pdu, context } = scoped.value;
  const largest = Math.min(message.maxSize, LARGEST_MESSAGE);
  // There is no other context, and nobody may read with less security than is configured.
  const response =
    level === user.level && context === ''
      ? respond(state.view(), pdu, { largest, bulk: BULK_BYTES })
      : { ...answer(pdu, pdu.bindings), status: ERROR.authorizationError };
  if (response === null) {
    counters.dropped++;
    return null;
  }
  return secured({ id: message.id, user, level, at: engine, reportable: false, pdu: response });
}

/** A report (RFC 3414 section 3.2): signed if `by` somebody, never encrypted. */
function report(message: V3Message, engine: EngineMoment, number: number, count: number, by: User | null): Buffer {
  const keys = by?.keysAt(engine.id) ?? null;
  const pdu: Pdu = {
    type: 'report',
    // Ours to choose where the request could not be read.
    requestId: message.id,
    status: 0,
    index: 0,
    bindings: [{ oid: [...USM_STATS, number, 0], value: counter32(count) }],
  };
  const none = Buffer.alloc(0);
  const { bytes, authAt } = encodeV3({
    id: message.id,
    maxSize: LARGEST_MESSAGE,
    auth: keys !== null,
    priv: false,
    reportable: false,
    security: {
      engineId: engine.id,
      boots: engine.boots,
      time: engine.time,
      user: message.security.user,
      auth: keys === null ? none : Buffer.alloc(SIGNATURE_BYTES),
      priv: none,
    },
    body: encodeScoped({ engineId: engine.id, context: '', pdu }),
  });
  if (keys !== null) sign(bytes, authAt, keys.auth);
  return bytes;
}
