/**
 * Requests to rtnetlink that are answered at once. The kernel carries a request out inside the send call and leaves its
 * answer in our socket before the call returns, so there is nothing to wait for and nothing to match later.
 */
import * as libc from './libc.ts';
import * as linux from './linux.ts';
import { type KernelMessage, parseMessages } from './rtnetlink.ts';
import { netlinkPort, netlinkSocketAddress } from './socket-address.ts';

const ANSWER_SIZE = 4096;
/** Stale answers skipped before giving up. */
const PATIENCE = 64;

/** The kernel's answer: the errno name (`null` = done) and its own words, often empty. */
export interface Answer {
  readonly error: string | null;
  readonly text: string;
}

export interface RequestSocket {
  /** Make a message with this call's sequence number, send it and read the answer. Never throws, never blocks on us. */
  request(make: (sequence: number) => Buffer): Answer;
  close(): void;
}

/** A socket for requests, opened at the first one and again after an error of its own. */
export function createRequestSocket(): RequestSocket {
  const kernel = netlinkSocketAddress();
  const sender = netlinkSocketAddress();
  const buffer = Buffer.alloc(ANSWER_SIZE);
  let fd = -1;
  let sequence = 0;

  const close = (): void => {
    libc.closeSocket(fd);
    fd = -1;
  };

  const read = (wanted: number): Extract<KernelMessage, { kind: 'answer' }> | string => {
    for (let n = 0; n < PATIENCE; n += 1) {
      const length = libc.receiveFrom(fd, buffer, sender);
      if (typeof length === 'string') return length;
      if (length < 0) break;
      if (netlinkPort(sender) !== 0) continue;
      for (const message of parseMessages(buffer.subarray(0, length))) {
        if (message.kind === 'answer' && message.sequence === wanted) return message;
      }
    }
    return 'ENOBUFS'; // the kernel had no memory for the answer
  };

  return {
    request(make) {
      if (fd < 0) {
        const opened = libc.openSocket(linux.AF_NETLINK, linux.SOCK_RAW, linux.NETLINK_ROUTE);
        if (!opened.ok) return { error: opened.error, text: '' };
        fd = opened.value;
        // Both are comfort: the kernel's own words, and answers without our request in them.
        libc.setOption(fd, linux.SOL_NETLINK, linux.NETLINK_EXT_ACK, 1);
        libc.setOption(fd, linux.SOL_NETLINK, linux.NETLINK_CAP_ACK, 1);
      }
      sequence = (sequence + 1) >>> 0;
      let message: Buffer;
      try {
        message = make(sequence);
      } catch (error) {
        return { error: 'EINVAL', text: error instanceof Error ? error.message : String(error) };
      }
      const failure = libc.sendTo(fd, message, kernel);
      const answer = failure ?? read(sequence);
      if (typeof answer === 'string') {
        close();
        return { error: answer, text: '' };
      }
      return { error: answer.errno === 0 ? null : libc.errnoName(answer.errno), text: answer.text };
    },
    close,
  };
}
