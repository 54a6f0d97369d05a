/** How a webhook is signed: HMAC-SHA-256 over the time and the body, so that neither can be changed and an old one cannot be sent again. Pure. */
import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'tandem-signature';

/** `t=SECONDS,v1=HEX` over `SECONDS.BODY`. */
export function signature(key: Buffer, body: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`;
}
