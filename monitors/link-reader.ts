/**
 * Whether a port has carrier, asked of the driver itself (ethtool's GLINK): the kernel's own link events act at once as a rule, but it holds back those of
 * a port that changed in the same second. Through koffi, because there is no file that is right in every network namespace: sysfs shows the one
 * that it was mounted in. Some 20 µs a port; never blocks, never throws. The simulator brings its own.
 */
import koffi from 'koffi';
import type { Carrier } from './pairs.ts';

const library = koffi.load(null);
const c = {
  socket: library.func('int socket(int, int, int)') as (domain: number, type: number, protocol: number) => number,
  ioctl: library.func('int ioctl(int, unsigned long, void *)') as (
    fd: number,
    request: number,
    data: Uint8Array,
  ) => number,
};

// Linux on x86-64 and arm64: part of the kernel's ABI.
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SIOCGIFFLAGS = 0x8913;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GLINK = 0x0a;
const IFF_UP = 1;
/** struct ifreq: the name, then a union of 24 bytes. */
const NAME_SIZE = 16;
const REQUEST_SIZE = 40;

/** As much of the engine's view of the kernel as is needed here: null = no such interface, `up` = set up and with carrier. */
export interface LinkView {
  interface(name: string): { readonly up: boolean } | null;
}

/** Reads ports: by their driver, and where that says nothing (no privilege, no such call) by the view. A port that is not there, or set down, has no carrier. */
export function createLinkReader(view: LinkView, ask: (name: string) => boolean | null = askDriver()): Carrier {
  return (name) => {
    const known = view.interface(name);
    return known !== null && (ask(name) ?? known.up);
  };
}

/** Null = the driver does not say. */
function askDriver(): (name: string) => boolean | null {
  let fd = -1;
  const value: unknown = koffi.alloc('uint32_t', 2);
  const type = koffi.array('uint32_t', 2);
  const address = koffi.address(value as Parameters<typeof koffi.address>[0]);
  return (name) => {
    if (fd < 0) fd = c.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return null;
    const request = requestFor(name);
    if (c.ioctl(fd, SIOCGIFFLAGS, request) < 0) return null;
    if ((request.readUInt16LE(NAME_SIZE) & IFF_UP) === 0) return false;
    const asking = requestFor(name);
    asking.writeBigUInt64LE(address, NAME_SIZE);
    koffi.encode(value as Parameters<typeof koffi.encode>[0], type, [ETHTOOL_GLINK, 0]);
    if (c.ioctl(fd, SIOCETHTOOL, asking) < 0) return null;
    return (koffi.decode(value as Parameters<typeof koffi.decode>[0], type) as ArrayLike<number>)[1] !== 0;
  };
}

function requestFor(name: string): Buffer {
  const request = Buffer.alloc(REQUEST_SIZE);
  request.write(name, 0, NAME_SIZE - 1, 'utf8');
  return request;
}
