import { get as httpGet } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import type { CheckOutcome } from './outcome.ts';
import { bad, good, late, messageOf } from './outcome.ts';

/** As much of a body as is read: enough for a status page, and no way to keep the helper busy. */
const MOST_BYTES = 64 * 1024;

/**
 * A GET must be answered with a status of 200 to 399, and its body must end or reach 64 KB, all within `timeoutMs`. Redirects are not followed:
 * where they lead is another host's health. Certificates are verified as always in Node. The URL is in no detail: it may carry a token.
 */
export function checkHttp(target: string, timeoutMs: number): Promise<CheckOutcome> {
  const url = URL.canParse(target) ? new URL(target) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return Promise.resolve(bad('the target is no http or https URL'));
  }
  const get = url.protocol === 'https:' ? httpsGet : httpGet;
  return new Promise((resolve) => {
    // `agent: false`: a connection of its own, since a kept one says nothing of whether a new one is accepted.
    const request = get(url, { agent: false, headers: { 'user-agent': 'tandem', accept: '*/*' } });
    const end = (outcome: CheckOutcome): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end(late(timeoutMs)), timeoutMs);
    request.on('error', (error) => end(bad(messageOf(error))));
    request.on('response', (response) => readBody(response, end));
  });
}

function readBody(response: IncomingMessage, end: (outcome: CheckOutcome) => void): void {
  response.on('error', (error) => end(bad(messageOf(error))));
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 399) return end(bad(`HTTP ${status}`));
  const outcome = good(`HTTP ${status}`);
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size >= MOST_BYTES) end(outcome);
  });
  response.on('end', () => end(outcome));
}
