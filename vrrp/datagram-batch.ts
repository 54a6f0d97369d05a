/**
 * Datagrams that leave a socket with one system call (sendmmsg(2)). The memory is laid out once and used again for every batch:
 *
 *      mmsghdr: name (8) | its length (4), pad | iovec (8) | count (8) | control (8) | its length (8) | flags (4), pad | sent (4), pad
 *      iovec: base (8) | length (8)
 *
 * then the destinations and the datagrams themselves. Pointers of 64 bits, as on everything that Tandem runs on.
 */
import { putU32, putU64 } from './host-order.ts';
import * as libc from './libc.ts';

const HEADER = 64;
const NAME_LENGTH_AT = 8;
const IOVEC = 16;

export interface DatagramBatch {
  readonly full: boolean;
  /** Copy a datagram and its destination (`sockaddr_*`) in. A full batch, or one that is too large, is a mistake of the caller's. */
  add(bytes: Uint8Array, destination: Uint8Array): void;
  /** Send what was added, and begin anew. Returns how many have left; what the kernel refuses is left out. */
  send(fd: number): number;
}

/** Room for `capacity` datagrams of up to `size` bytes, to destinations of up to `nameSize` bytes. */
export function createDatagramBatch(capacity: number, size: number, nameSize: number): DatagramBatch {
  const stride = (bytes: number): number => (bytes + 7) & ~7;
  const iovecs = capacity * HEADER;
  const names = iovecs + capacity * IOVEC;
  const data = names + capacity * stride(nameSize);
  const memory = Buffer.alloc(data + capacity * stride(size));
  const base = libc.addressOf(memory);
  for (let n = 0; n < capacity; n += 1) {
    const header = n * HEADER;
    const iovec = iovecs + n * IOVEC;
    putU64(memory, base + BigInt(names + n * stride(nameSize)), header);
    putU64(memory, base + BigInt(iovec), header + 16);
    putU64(memory, 1n, header + 24);
    putU64(memory, base + BigInt(data + n * stride(size)), iovec);
  }
  let count = 0;

  return {
    get full() {
      return count === capacity;
    },
    add(bytes, destination) {
      if (count === capacity || bytes.length > size || destination.length > nameSize)
        throw new RangeError(`a batch of ${capacity} datagrams of ${size} bytes has no room for this one`);
      memory.set(destination, names + count * stride(nameSize));
      putU32(memory, destination.length, count * HEADER + NAME_LENGTH_AT);
      memory.set(bytes, data + count * stride(size));
      putU64(memory, BigInt(bytes.length), iovecs + count * IOVEC + 8);
      count += 1;
    },
    send(fd) {
      let left = 0;
      for (let at = 0; at < count;) {
        // It stops at the first that is refused, and says why when asked to begin with that one.
        const sent = libc.sendMany(fd, memory.subarray(at * HEADER, iovecs), count - at);
        if (typeof sent === 'number') left += sent;
        at += typeof sent === 'number' && sent > 0 ? sent : 1;
      }
      count = 0;
      return left;
    },
  };
}
