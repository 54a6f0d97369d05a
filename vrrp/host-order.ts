/** Numbers in the machine's own byte order: what system calls, netlink and BPF take. Bounds are the caller's business. */

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Zeroes for a message that is sent and forgotten, out of Node's pool: memory of its own costs a microsecond or two, which a takeover of 255 addresses
 * pays six times for each. What is kept for long wants `Buffer.alloc`, as it would keep the pool.
 */
export function zeroes(size: number): Buffer {
  return Buffer.allocUnsafe(size).fill(0);
}

/** Read 16 bits. */
export function getU16(bytes: Buffer, at: number): number {
  return littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
}

/** Read 32 bits, unsigned. */
export function getU32(bytes: Buffer, at: number): number {
  return littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

/** Read 32 bits, signed. */
export function getS32(bytes: Buffer, at: number): number {
  return getU32(bytes, at) | 0;
}

/** Write 16 bits. */
export function putU16(bytes: Buffer, value: number, at: number): void {
  if (littleEndian) bytes.writeUInt16LE(value, at);
  else bytes.writeUInt16BE(value, at);
}

/** Write 32 bits; a negative number in two's complement. */
export function putU32(bytes: Buffer, value: number, at: number): void {
  if (littleEndian) bytes.writeUInt32LE(value >>> 0, at);
  else bytes.writeUInt32BE(value >>> 0, at);
}

/** Write 64 bits (pointers). */
export function putU64(bytes: Buffer, value: bigint, at: number): void {
  if (littleEndian) bytes.writeBigUInt64LE(value, at);
  else bytes.writeBigUInt64BE(value, at);
}

/** An `int`: four bytes. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  putU32(bytes, value, 0);
  return bytes;
}
