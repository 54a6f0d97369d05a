/**
 * Messages: SNMP v2c (RFC 1901) and v3 (RFC 3412 section 6) with the user-based security model (RFC 3414). Of a v3 message only the frame is decoded
 * here; its PDU is read (`readScoped`) when the security model has let it pass. SNMP v1 is not spoken.
 */
import { type Result, fail, ok } from '../../core/result.ts';
import { Malformed, Reader, TAG, integer, octets, sequence, text } from './ber.ts';
import { type Pdu, encodePdu, readPdu } from './pdu.ts';

/** The most that one UDP datagram over IPv4 holds. */
export const LARGEST_MESSAGE = 65_507;
/** What every receiver must take (RFC 3412 section 6.3). */
const LEAST_MAX_SIZE = 484;
const USM = 3;
const FLAG = { auth: 1, priv: 2, reportable: 4 } as const;

export interface CommunityMessage {
  readonly version: '2c';
  readonly community: Buffer;
  readonly pdu: Pdu;
}

export interface SecurityParameters {
  readonly engineId: Buffer;
  readonly boots: number;
  readonly time: number;
  readonly user: string;
  /** Signature. */
  readonly auth: Buffer;
  /** Salt. */
  readonly priv: Buffer;
}

export interface V3Message {
  readonly version: 3;
  readonly id: number;
  readonly maxSize: number;
  readonly auth: boolean;
  readonly priv: boolean;
  readonly reportable: boolean;
  readonly security: SecurityParameters;
  /** The scoped PDU as a whole element; encrypted if `priv`. */
  readonly body: Buffer;
}

export interface ScopedPdu {
  readonly engineId: Buffer;
  readonly context: string;
  readonly pdu: Pdu;
}

export type Message = CommunityMessage | V3Message;

export function decodeMessage(bytes: Buffer): Result<Message, 'malformed' | 'version' | 'securityModel'> {
  return reading(() => {
    const outer = new Reader(bytes).inside();
    const version = outer.integer();
    if (version === 1) {
      return ok<Message>({ version: '2c', community: outer.octets(), pdu: readPdu(outer) });
    }
    if (version !== 3) return fail('version');
    const header = outer.inside();
    const id = header.integer();
    const maxSize = header.integer();
    const flags = header.octets();
    const model = header.integer();
    if (flags.length !== 1 || id < 0 || maxSize < LEAST_MAX_SIZE) return fail('malformed');
    if (model !== USM) return fail('securityModel');
    const [bits] = flags as Buffer & [number];
    const auth = (bits & FLAG.auth) !== 0;
    const priv = (bits & FLAG.priv) !== 0;
    // RFC 3412 section 7.2: encrypted without a signature is not allowed.
    if (priv && !auth) return fail('malformed');
    const security = readSecurity(outer.octets());
    const body = priv ? outer.octets() : outer.whole(TAG.sequence);
    return ok<Message>({
      version: 3,
      id,
      maxSize,
      auth,
      priv,
      reportable: (bits & FLAG.reportable) !== 0,
      security,
      body,
    });
  });
}

function readSecurity(bytes: Buffer): SecurityParameters {
  const reader = new Reader(bytes).inside();
  const engineId = reader.octets();
  const boots = reader.integer();
  const time = reader.integer();
  const user = reader.octets();
  if (boots < 0 || time < 0 || engineId.length > 32 || user.length > 32) throw new Malformed('security parameters');
  return { engineId, boots, time, user: user.toString(), auth: reader.octets(), priv: reader.octets() };
}

/** Reads the scoped PDU of a body that is not, or no longer, encrypted. */
export function readScoped(body: Buffer): Result<ScopedPdu, 'malformed' | 'version' | 'securityModel'> {
  return reading(() => {
    const reader = new Reader(body).inside();
    return ok({ engineId: reader.octets(), context: reader.octets().toString(), pdu: readPdu(reader) });
  });
}

function reading<T, E>(read: () => Result<T, E | 'malformed'>): Result<T, E | 'malformed'> {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) return fail('malformed');
    throw error;
  }
}

export function encodeCommunity({ community, pdu }: Omit<CommunityMessage, 'version'>): Buffer {
  return sequence(integer(1), octets(community), encodePdu(pdu));
}

export function encodeScoped({ engineId, context, pdu }: ScopedPdu): Buffer {
  return sequence(octets(engineId), text(context), encodePdu(pdu));
}

/** With a signature to come, `security.auth` holds zeros, and `authAt` says where in the bytes they are. */
export function encodeV3(message: Omit<V3Message, 'version'>): { readonly bytes: Buffer; readonly authAt: number } {
  const { security, body } = message;
  const flags =
    (message.auth ? FLAG.auth : 0) | (message.priv ? FLAG.priv : 0) | (message.reportable ? FLAG.reportable : 0);
  const header = sequence(integer(message.id), integer(message.maxSize), octets(Uint8Array.of(flags)), integer(USM));
  const salt = octets(security.priv);
  const parameters = sequence(
    octets(security.engineId),
    integer(security.boots),
    integer(security.time),
    text(security.user),
    octets(security.auth),
    salt,
  );
  const data = message.priv ? octets(body) : body;
  const bytes = sequence(integer(3), header, octets(parameters), data);
  return { bytes, authAt: bytes.length - data.length - salt.length - security.auth.length };
}
