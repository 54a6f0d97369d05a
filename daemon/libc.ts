/**
 * The few system calls that Node has no function for, through koffi. One file, so that the foreign signatures stand together.
 * Every function returns null or the errno name (`EPERM`, `EWOULDBLOCK` …); none throws.
 */
import { constants } from 'node:os';
import koffi from 'koffi';

const libc = koffi.load(null);

type Int = number;
const flock: (fd: Int, operation: Int) => Int = libc.func('int flock(int fd, int operation)');
const mlock2: (address: number, length: number, flags: Int) => Int = libc.func(
  'int mlock2(uintptr_t address, size_t length, uint flags)',
);
const madvise: (address: number, length: number, advice: Int) => Int = libc.func(
  'int madvise(uintptr_t address, size_t length, int advice)',
);
const schedSetscheduler: (pid: Int, policy: Int, param: readonly [Int]) => Int = libc.func(
  'int sched_setscheduler(int pid, int policy, const int *param)',
);
const socket: (domain: Int, type: Int, protocol: Int) => Int = libc.func(
  'int socket(int domain, int type, int protocol)',
);
// `long` rather than `ssize_t`, which koffi does not take in prototypes.
const sendto: (fd: Int, data: Buffer, length: number, flags: Int, address: Buffer, addressLength: Int) => Int =
  libc.func(
    'long sendto(int fd, const void *data, size_t length, int flags, const void *address, uint address_length)',
  );
const close: (fd: Int) => Int = libc.func('int close(int fd)');

const NAMES = new Map<number, string>(Object.entries(constants.errno).map(([name, number]) => [number, name]));

function outcome(returned: number): string | null {
  if (returned >= 0) return null;
  const number = koffi.errno();
  return NAMES.get(number) ?? `errno ${number}`;
}

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Exclusive advisory lock on an open file, without waiting. It lasts until every copy of the descriptor is closed. */
export function lockFile(fd: number): string | null {
  return outcome(flock(fd, LOCK_EX | LOCK_NB));
}

// Only pages that are really touched: without it V8's reserved ranges would become resident.
const MLOCK_ONFAULT = 1;

/** Keeps a piece of this process's address space from being swapped out, page by page as it is touched. */
export function lockRange(from: number, to: number): string | null {
  return outcome(mlock2(from, to - from, MLOCK_ONFAULT));
}

const MADV_DONTNEED = 4;

/** Lets the pages of a mapped file go: they are mapped again when they are touched. Never for memory that was written to, which would be lost. */
export function releaseRange(from: number, to: number): string | null {
  return outcome(madvise(from, to - from, MADV_DONTNEED));
}

const SCHED_OTHER = 0;
/** Round robin, not first in first out: a thread that spins for one of equal priority on its core (seen in Node) would wait for ever. */
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;

/**
 * Puts one thread (a process id means its main thread) under `SCHED_RR`; priority 0 puts it back under the ordinary class.
 * With `resetOnFork` what it starts begins under the ordinary class.
 */
export function schedule(thread: number, priority: number, resetOnFork: boolean): string | null {
  const policy = (priority > 0 ? SCHED_RR : SCHED_OTHER) | (resetOnFork ? SCHED_RESET_ON_FORK : 0);
  return outcome(schedSetscheduler(thread, policy, [priority]));
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** A Unix datagram socket that never blocks; -1 if there is none to be had. */
export function openDatagramSocket(): number {
  return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/** Sends one datagram to a path, or to an abstract address if it begins with `@`. */
export function sendDatagram(fd: number, path: string, text: string): string | null {
  const name = Buffer.from(path);
  if (path.startsWith('@')) name[0] = 0;
  const address = Buffer.alloc(2 + name.length + (path.startsWith('@') ? 0 : 1));
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  const data = Buffer.from(text);
  return outcome(sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length));
}

/** Closes a descriptor of `openDatagramSocket`. */
export function closeDescriptor(fd: number): void {
  close(fd);
}
