/** PDUs of AgentX (RFC 2741 section 6), in network byte order. What cannot be read throws `Malformed`. */
import type { Oid } from '../mib/oid.ts';
import { Malformed } from './ber.ts';
import type { Binding, WireValue } from './pdu.ts';

export const HEADER_BYTES = 20;
/** Of one PDU from the master; a question of hundreds of variables is some ten kilobytes. */
export const MOST_PAYLOAD = 262_144;

export const AGENTX = {
  open: 1,
  close: 2,
  register: 3,
  get: 5,
  getNext: 6,
  getBulk: 7,
  testSet: 8,
  commitSet: 9,
  undoSet: 10,
  cleanupSet: 11,
  ping: 13,
  response: 18,
} as const;

const VERSION = 1;
const FLAG_NETWORK_ORDER = 0x10;
const FLAG_CONTEXT = 0x08;
/** OIDs that begin with 1.3.6.1.N are sent without that, N in a byte. */
const INTERNET: Oid = [1, 3, 6, 1];

const TYPE: Readonly<Record<WireValue['type'], number>> = {
  integer: 2,
  octets: 4,
  null: 5,
  oid: 6,
  address: 64,
  counter32: 65,
  gauge: 66,
  ticks: 67,
  opaque: 68,
  counter64: 70,
  noSuchObject: 128,
  noSuchInstance: 129,
  endOfMibView: 130,
};

export interface Header {
  readonly type: number;
  readonly bigEndian: boolean;
  readonly context: boolean;
  readonly session: number;
  readonly transaction: number;
  readonly packet: number;
  readonly length: number;
}

/** `bytes` holds at least HEADER_BYTES. */
export function readHeader(bytes: Buffer): Header {
  if (bytes[0] !== VERSION) throw new Malformed(`AgentX version ${bytes[0]}`);
  const flags = bytes[2]!;
  const bigEndian = (flags & FLAG_NETWORK_ORDER) !== 0;
  const word = (at: number): number => (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const length = word(16);
  if (length > MOST_PAYLOAD || length % 4 !== 0) throw new Malformed(`an AgentX payload of ${length} bytes`);
  return {
    type: bytes[1]!,
    bigEndian,
    context: (flags & FLAG_CONTEXT) !== 0,
    session: word(4),
    transaction: word(8),
    packet: word(12),
    length,
  };
}

/** From where (`included`: from there on, else after it) to before where; an empty end is none. */
export interface SearchRange {
  readonly start: Oid;
  readonly included: boolean;
  readonly end: Oid;
}

/** Reads a payload; the master answers in our byte order, but need not ask in it. */
export class PayloadReader {
  readonly #bytes: Buffer;
  readonly #bigEndian: boolean;
  #at = 0;

  constructor(bytes: Buffer, { bigEndian, context }: Pick<Header, 'bigEndian' | 'context'>) {
    this.#bytes = bytes;
    this.#bigEndian = bigEndian;
    if (context) this.#skipOctets();
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  short(): number {
    const at = this.#take(2);
    return this.#bigEndian ? this.#bytes.readUInt16BE(at) : this.#bytes.readUInt16LE(at);
  }

  word(): number {
    const at = this.#take(4);
    return this.#bigEndian ? this.#bytes.readUInt32BE(at) : this.#bytes.readUInt32LE(at);
  }

  ranges(): SearchRange[] {
    const all: SearchRange[] = [];
    while (!this.done) {
      const { oid: start, included } = this.#oid();
      all.push({ start, included, end: this.#oid().oid });
    }
    return all;
  }

  #oid(): { readonly oid: Oid; readonly included: boolean } {
    const at = this.#take(4);
    const [count, prefix, include] = this.#bytes.subarray(at) as Buffer & [number, number, number];
    if (count > 128) throw new Malformed(`an OID of ${count} numbers`);
    const oid: number[] = prefix === 0 ? [] : [...INTERNET, prefix];
    for (let i = 0; i < count; i++) oid.push(this.word());
    return { oid, included: include !== 0 };
  }

  #skipOctets(): void {
    const length = this.word();
    this.#take(Math.ceil(length / 4) * 4);
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw new Malformed('an AgentX PDU ends too early');
    this.#at = at + count;
    return at;
  }
}

export function encodeAgentX(
  type: keyof typeof AGENTX,
  ids: { readonly session: number; readonly transaction: number; readonly packet: number },
  ...payload: readonly Buffer[]
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([VERSION, AGENTX[type], FLAG_NETWORK_ORDER, 0]);
  header.writeUInt32BE(ids.session, 4);
  header.writeUInt32BE(ids.transaction, 8);
  header.writeUInt32BE(ids.packet, 12);
  header.writeUInt32BE(
    payload.reduce((sum, part) => sum + part.length, 0),
    16,
  );
  return Buffer.concat([header, ...payload]);
}

export const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);

export function word(n: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32BE(n >>> 0);
  return encoded;
}

export function encodeOid(oid: Oid): Buffer {
  const short = oid.length > 4 && INTERNET.every((part, i) => part === oid[i]) && oid[4]! > 0 && oid[4]! < 256;
  const rest = short ? oid.slice(5) : oid;
  return Buffer.concat([bytes(rest.length, short ? oid[4]! : 0, 0, 0), ...rest.map(word)]);
}

export function encodeOctets(content: Uint8Array): Buffer {
  const padding = Buffer.alloc((4 - (content.length % 4)) % 4);
  return Buffer.concat([word(content.length), content, padding]);
}

/** The payload of a response: sysUpTime (the master does not look at ours), error, index, variables. */
export function encodeResponse(error: number, index: number, bindings: readonly Binding[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(error, 4);
  head.writeUInt16BE(index, 6);
  return Buffer.concat([head, ...bindings.map(encodeVarbind)]);
}

export function encodeVarbind({ oid, value }: Binding): Buffer {
  const type = Buffer.alloc(4);
  type.writeUInt16BE(TYPE[value.type]);
  return Buffer.concat([type, encodeOid(oid), encodeValue(value)]);
}

function encodeValue(value: WireValue): Buffer {
  switch (value.type) {
    case 'integer':
    case 'counter32':
    case 'gauge':
    case 'ticks':
      return word(value.value);
    case 'counter64': {
      const encoded = Buffer.alloc(8);
      encoded.writeBigUInt64BE(value.value);
      return encoded;
    }
    case 'octets':
    case 'address':
    case 'opaque':
      return encodeOctets(value.value);
    case 'oid':
      return encodeOid(value.value);
    default:
      return Buffer.alloc(0);
  }
}
