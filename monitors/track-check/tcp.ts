import { connect } from 'node:net';
import type { CheckOutcome } from './outcome.ts';
import { bad, good, late, messageOf } from './outcome.ts';

/** A TCP connection must be accepted; it is closed at once and nothing is sent. */
export function checkTcp(target: string, timeoutMs: number): Promise<CheckOutcome> {
  const where = parseHostPort(target);
  if (where === null) return Promise.resolve(bad('the target is not host:port'));
  return new Promise((resolve) => {
    const socket = connect(where);
    const end = (outcome: CheckOutcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end(late(timeoutMs)), timeoutMs);
    socket.on('connect', () => end(good('connected')));
    socket.on('error', (error) => end(bad(messageOf(error))));
  });
}

/** `host:port`, with an IPv6 address in brackets; null if it is none. */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : null;
}
