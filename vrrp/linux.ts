/**
 * Numbers of Linux's system calls on x86-64 and arm64 (asm-generic). They are part of the kernel's ABI and never change.
 */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_RAW = 3;
export const IPPROTO_IP = 0;
export const IPPROTO_IPV6 = 41;
export const IPPROTO_RAW = 255;
export const SOL_SOCKET = 1;
export const SOL_PACKET = 263;
export const SOL_NETLINK = 270;
export const SO_RCVBUF = 8;
export const SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26;
export const SO_RCVBUFFORCE = 33;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_MULTICAST_ALL = 49;
export const IPV6_MULTICAST_IF = 17;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_JOIN_GROUP = 20;
export const IPV6_MULTICAST_ALL = 29;
export const IPV6_FREEBIND = 78;
export const PACKET_ADD_MEMBERSHIP = 1;
/** Nine counters of 32 bits: bytes that wait to be read first, packets dropped last. */
export const SO_MEMINFO = 55;
export const MEMINFO_SIZE = 36;
export const MEMINFO_WAITING = 0;
export const MEMINFO_DROPS = 32;
export const NETLINK_ROUTE = 0;
export const NETLINK_NO_ENOBUFS = 5;
export const NETLINK_CAP_ACK = 10;
export const NETLINK_EXT_ACK = 11;
