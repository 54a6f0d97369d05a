/**
 * The packet filter of a VRRP socket as a classic BPF program (the kernel's Documentation/networking/filter.rst):
 * it lets adverts of our own VRIDs through and drops the rest before it wakes anybody.
 *
 * What a raw socket's filter sees differs by family: IPv4 the packet from its IP header on, IPv6 from the transport
 * header on, with the IP header reachable at SKF_NET_OFF. A load beyond the packet drops it.
 * IPv4 adverts with a wrong TTL must pass: they are counted in user space (ipTtlErrors). IPv6 ones cannot be, because
 * no header comes with them, so the filter is where hop limit 255 (RFC 9568 section 7.1) is enforced.
 */
import type { Family } from '../config/plan.ts';
import { putU16, putU32 } from './host-order.ts';

/** One instruction: `sock_filter`. */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export const LOAD_BYTE = 0x30; // ldb [k]
export const LOAD_HALF = 0x28; // ldh [k]
export const LOAD_BYTE_X = 0x50; // ldb [x + k]
export const LOAD_CONSTANT = 0x00; // ld #k
export const LOAD_MEMORY = 0x60; // ld M[k]
export const STORE_MEMORY = 0x02; // st M[k]
export const LOAD_X_HEADER = 0xb1; // ldx 4*([k]&0xf)
export const AND = 0x54; // and #k
export const SHIFT_RIGHT = 0x74; // rsh #k
export const SHIFT_RIGHT_X = 0x7c; // rsh x
export const TO_X = 0x07; // tax
export const JUMP = 0x05; // ja k
export const JUMP_EQUAL = 0x15; // jeq #k
export const JUMP_SET = 0x45; // jset #k
export const RETURN = 0x06; // ret #k
/** Base of addresses relative to the network header (linux/filter.h). */
export const SKF_NET_OFF = -0x100000;

const HOP_LIMIT = 7;
const FRAGMENT_OFFSET = 0x1fff;
const WHOLE = 0x40000;

const op = (code: number, k = 0, jt = 0, jf = 0): Instruction => ({ code, k, jt, jf });
const DROP = op(RETURN, 0);
const ACCEPT = op(RETURN, WHOLE);

/** Lets nothing through: for sockets that only send, and for a socket that is not set up yet. */
export const DROP_ALL: readonly Instruction[] = [DROP];

/**
 * The program for one family and the VRIDs that are listened for (1–255, in any order; none = drop everything).
 * The VRIDs are a bit map of eight words: the program has at most 42 instructions, and no jump is longer than that.
 */
export function vrrpFilter(family: Family, vrids: readonly number[]): Instruction[] {
  const words = bitMap(vrids);
  const used = words.flatMap((bits, word) => (bits === 0 ? [] : [word]));
  if (used.length === 0) return [...DROP_ALL];

  const program = family === 'ipv4' ? ipv4Preamble() : ipv6Preamble();
  program.push(op(STORE_MEMORY, 0), op(AND, 31), op(TO_X), op(LOAD_MEMORY, 0), op(SHIFT_RIGHT, 5)); // A = word, X = bit
  used.forEach((word, n) => {
    // To this word's `ld`: over the remaining tests, the drop behind them and two instructions for each earlier word.
    program.push(op(JUMP_EQUAL, word, used.length - 1 - n + 1 + 2 * n, 0));
  });
  program.push(DROP);
  used.forEach((word, n) => {
    program.push(op(LOAD_CONSTANT, words[word]), op(JUMP, 2 * (used.length - 1 - n)));
  });
  program.push(op(SHIFT_RIGHT_X), op(JUMP_SET, 1, 0, 1), ACCEPT, DROP);
  return program;
}

/** Leaves the VRID in A; drops later pieces of fragmented packets, whose first bytes are not a VRRP header. */
function ipv4Preamble(): Instruction[] {
  return [op(LOAD_HALF, 6), op(JUMP_SET, FRAGMENT_OFFSET, 0, 1), DROP, op(LOAD_X_HEADER, 0), op(LOAD_BYTE_X, 1)];
}

/** Leaves the VRID in A; drops what a router forwarded. */
function ipv6Preamble(): Instruction[] {
  return [op(LOAD_BYTE, SKF_NET_OFF + HOP_LIMIT), op(JUMP_EQUAL, 255, 1, 0), DROP, op(LOAD_BYTE, 1)];
}

function bitMap(vrids: readonly number[]): number[] {
  const words = Array.from({ length: 8 }, () => 0);
  for (const vrid of vrids) {
    if (!Number.isInteger(vrid) || vrid < 1 || vrid > 255) throw new RangeError(`VRID ${vrid} is not within 1–255`);
    words[vrid >> 5] = (words[vrid >> 5]! | (1 << (vrid & 31))) >>> 0;
  }
  return words;
}

/** Accepts ICMPv6 of two neighbour discovery types only, on a packet socket (frames from the Ethernet header on). */
export function neighbourFilter(types: readonly [number, number]): Instruction[] {
  return [
    op(LOAD_BYTE, 14 + 6), // next header of IPv6
    op(JUMP_EQUAL, 58, 0, 4),
    op(LOAD_BYTE, 14 + 40), // ICMPv6 type; extension headers are not allowed before neighbour discovery
    op(JUMP_EQUAL, types[0], 1, 0),
    op(JUMP_EQUAL, types[1], 0, 1),
    ACCEPT,
    DROP,
  ];
}

/** The instructions as the kernel wants them: eight bytes each, in the machine's order. */
export function encodeFilter(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach((instruction, n) => {
    putU16(bytes, instruction.code, n * 8);
    bytes[n * 8 + 2] = instruction.jt;
    bytes[n * 8 + 3] = instruction.jf;
    putU32(bytes, instruction.k, n * 8 + 4);
  });
  return bytes;
}
