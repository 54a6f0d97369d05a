/** BER (X.690) as far as SNMP uses it: tags of one byte, definite lengths. Reading never goes beyond what is there; what cannot be read throws `Malformed`. */
import type { Oid } from '../mib/oid.ts';

export const TAG = { integer: 0x02, octets: 0x04, null: 0x05, oid: 0x06, sequence: 0x30 } as const;

/** Most numbers of an OID (RFC 2578 section 3.5). */
const LONGEST_OID = 128;
const UINT32 = 0xffff_ffff;

/** Caught where a whole packet is decoded. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Reads one element after the other out of `bytes`. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Tag of the next element; null at the end. */
  peek(): number | null {
    return this.#bytes[this.#at] ?? null;
  }

  content(tag: number): Buffer {
    const found = this.#byte();
    if (found !== tag) throw new Malformed(`expected tag ${tag}, found ${found}`);
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Malformed(`an element of ${length} bytes goes beyond the packet`);
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return content;
  }

  /** An element with its tag and length. */
  whole(tag: number): Buffer {
    const from = this.#at;
    this.content(tag);
    return this.#bytes.subarray(from, this.#at);
  }

  /** What lies inside an element, to be read on its own. */
  inside(tag: number = TAG.sequence): Reader {
    return new Reader(this.content(tag));
  }

  /** An integer of 32 bits with sign. */
  integer(): number {
    const n = signed(this.content(TAG.integer), 4);
    return Number(n);
  }

  /** One of 32 bits without sign (gauge, counter, ticks): four bytes, or five of which the first is zero. Some senders leave that out. */
  unsigned(tag: number): number {
    const content = this.content(tag);
    return content.length === 4 ? content.readUInt32BE() : Number(BigInt.asUintN(32, signed(content, 5)));
  }

  unsigned64(tag: number): bigint {
    return BigInt.asUintN(64, signed(this.content(tag), 9));
  }

  octets(tag: number = TAG.octets): Buffer {
    return this.content(tag);
  }

  oid(): Oid {
    return decodeOid(this.content(TAG.oid));
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Malformed('the packet ends too early');
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new Malformed('a length of this form is not used by SNMP');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    return length;
  }
}

function signed(content: Buffer, longest: number): bigint {
  if (content.length === 0 || content.length > longest) throw new Malformed(`an integer of ${content.length} bytes`);
  let n = content.readInt8() < 0 ? -1n : 0n;
  for (const byte of content) n = (n << 8n) | BigInt(byte);
  return n;
}

function decodeOid(content: Buffer): Oid {
  if (content.length === 0) throw new Malformed('an empty OID');
  const oid: number[] = [];
  let part = 0;
  for (const [i, byte] of content.entries()) {
    part = part * 128 + (byte & 0x7f);
    if (part > UINT32) throw new Malformed('a number of an OID is too large');
    if ((byte & 0x80) !== 0) {
      if (i === content.length - 1) throw new Malformed('an OID ends too early');
      continue;
    }
    if (oid.length === 0) {
      // The first two numbers share one: 40 times the first, which is 0, 1 or 2, plus the second.
      const first = Math.min(Math.floor(part / 40), 2);
      oid.push(first, part - first * 40);
    } else oid.push(part);
    if (oid.length > LONGEST_OID) throw new Malformed('an OID is too long');
    part = 0;
  }
  return oid;
}

export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.of(tag), encodeLength(length), ...content]);
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x1_0000) return Uint8Array.of(0x82, length >> 8, length & 0xff);
  return Uint8Array.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(TAG.sequence, ...content);
export const octets = (bytes: Uint8Array): Buffer => element(TAG.octets, bytes);
export const text = (words: string): Buffer => octets(Buffer.from(words));

/** The fewest bytes of two's complement that hold it. */
export function integer(value: number | bigint, tag: number = TAG.integer): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
    // The highest bit is the sign.
  } while (!(rest === 0n && bytes[0]! < 0x80) && !(rest === -1n && bytes[0]! >= 0x80));
  return element(tag, Uint8Array.from(bytes));
}

/** An OID has at least two numbers on the wire; shorter ones are filled up with zeros. */
export function oid(parts: Oid): Buffer {
  const [first = 0, second = 0, ...rest] = parts;
  return element(TAG.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(n: number): number[] {
  const bytes = [n % 128];
  for (let rest = Math.floor(n / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80);
  return bytes;
}
