/**
 * Requests to rtnetlink that are answered at once. The kernel carries a request out inside the send call and leaves its
 * answer in our socket before the call returns, so there is nothing to wait for and nothing to match later.
 */
import * as libc from './libc.ts';
import * as linux from './linux.ts';
import { type KernelMessage, parseMessages, withoutAnswer } from './rtnetlink.ts';
import { netlinkPort, netlinkSocketAddress } from './socket-address.ts';

const ANSWER_SIZE = 4096;
/** Datagrams read before giving up: errors of a slice, and stale answers. */
const PATIENCE = 128;

/** The kernel's answer: the errno name (`null` = done) and its own words, often empty. */
export interface Answer {
  readonly error: string | null;
  readonly text: string;
}

/** Makes a request with this sequence number. */
export type MakeRequest = (sequence: number) => Buffer;

export interface RequestSocket {
  /**
   * Make a message with this call's sequence number, send it and read the answer; several go with one system call, and are carried out in their
   * order, whatever becomes of each. An answer for each. Never throws, never blocks on us.
   */
  request(makes: readonly MakeRequest[]): Answer[];
  close(): void;
}

type Known = Extract<KernelMessage, { kind: 'answer' }>;

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

  const open = (): string | null => {
    if (fd >= 0) return null;
    const opened = libc.openSocket(linux.AF_NETLINK, linux.SOCK_RAW, linux.NETLINK_ROUTE);
    if (!opened.ok) return opened.error;
    fd = opened.value;
    // Both are comfort: the kernel's own words, and answers without our request in them.
    libc.setOption(fd, linux.SOL_NETLINK, linux.NETLINK_EXT_ACK, 1);
    libc.setOption(fd, linux.SOL_NETLINK, linux.NETLINK_CAP_ACK, 1);
    return null;
  };

  /** Read until the last request is answered. What failed before it was answered before it. */
  const read = (last: number, answers: Map<number, Known>): string | null => {
    for (let n = 0; n < PATIENCE; n += 1) {
      const length = libc.receiveFrom(fd, buffer, sender);
      if (typeof length === 'string') return length;
      if (length < 0) break;
      if (netlinkPort(sender) !== 0) continue;
      for (const message of parseMessages(buffer.subarray(0, length))) {
        if (message.kind === 'answer') answers.set(message.sequence, message);
      }
      if (answers.has(last)) return null;
    }
    return 'ENOBUFS'; // the kernel had no memory for the answer
  };

  return {
    request(makes) {
      const failed = open();
      if (failed !== null) return makes.map(() => ({ error: failed, text: '' }));
      const made = makes.map((make): { sequence: number; message: Buffer } | Answer => {
        sequence = (sequence + 1) >>> 0;
        try {
          return { sequence, message: make(sequence) };
        } catch (error) {
          return { error: 'EINVAL', text: error instanceof Error ? error.message : String(error) };
        }
      });
      const messages = made.flatMap((one) => ('message' in one ? [one.message] : []));
      const last = made.findLast((one) => 'message' in one);
      if (last === undefined || !('message' in last)) return made as Answer[];
      // An error is always answered; that all is well is said once.
      for (const message of messages) if (message !== last.message) withoutAnswer(message);
      const answers = new Map<number, Known>();
      const trouble = libc.sendTo(fd, Buffer.concat(messages), kernel) ?? read(last.sequence, answers);
      if (trouble !== null) close();
      return made.map((one): Answer => {
        if (!('message' in one)) return one;
        const answer = answers.get(one.sequence);
        if (answer === undefined) return { error: trouble, text: '' };
        return { error: answer.errno === 0 ? null : libc.errnoName(answer.errno), text: answer.text };
      });
    },
    close,
  };
}
