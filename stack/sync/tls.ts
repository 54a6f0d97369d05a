/**
 * TLS 1.3 with a key that both ends have, and nothing else: no certificate is shown, and none is believed.
 *
 * Two things make it safe, and a test holds each. Whoever accepts a certificate of some authority in place of the key lets everybody in, so no authority is
 * trusted, and after the handshake both ends look whether it was the key that made it (a session that is `reused`, in the words of TLS, without a
 * certificate). And no tickets are given: with one of them somebody whose key has been taken away would come back in.
 */
import { constants } from 'node:crypto';
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls';
import type { SyncKey } from './keys.ts';
import type { RefusalReason } from './refusals.ts';

/** With SHA-256 only: the keys are made for it. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256';
const HANDSHAKE_MS = 3000;

const COMMON = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: CIPHERS } as const;

export function clientOptions({ key }: SyncKey, identity: string): ConnectionOptions {
  return {
    ...COMMON,
    pskCallback: () => ({ psk: key, identity }),
    // No certificate is ever good enough.
    ca: [],
    rejectUnauthorized: true,
    // Asked for only where a certificate was shown, which is refused anyway: there is no name to compare.
    checkServerIdentity: () => undefined,
  };
}

/** `keyOf`: the key that goes with the name that was shown; null = none of ours. */
export function serverOptions(keyOf: (identity: string, socket: TLSSocket) => Buffer | null): TlsOptions {
  return {
    ...COMMON,
    pskCallback: (socket: TLSSocket, identity: string) => keyOf(identity, socket),
    secureOptions: constants.SSL_OP_NO_TICKET,
    handshakeTimeout: HANDSHAKE_MS,
  };
}

/** It was the key that made the handshake, and not a certificate. */
export function isProven(socket: TLSSocket): boolean {
  const certificate = socket.getPeerCertificate() as object | null;
  const shown = certificate !== null && Object.keys(certificate).length > 0;
  return socket.getProtocol() === 'TLSv1.3' && socket.isSessionReused() && !shown;
}

const codeOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? '';

/** Why somebody who dialled us was not let in; null = it went away, as anybody may. */
export function serverRefusal(error: Error): RefusalReason | null {
  const code = codeOf(error);
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'timeout';
  if (code === 'ERR_SSL_BINDER_DOES_NOT_VERIFY') return 'wrongKey';
  // Without a key it would have to be a certificate, and we have none.
  if (['ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM', 'ERR_SSL_NO_SHARED_CIPHER'].includes(code)) return 'noKey';
  return code.startsWith('ERR_SSL') ? 'garbage' : null;
}

/** Why whom we dialled is not the peer; null = the network's trouble. */
export function clientRefusal(error: Error): RefusalReason | null {
  const code = codeOf(error);
  if (code === 'ERR_SSL_SSLV3_ALERT_ILLEGAL_PARAMETER' || code === 'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR')
    return 'wrongKey';
  if (code === 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE') return 'noKey';
  if (/CERT|SIGNATURE_FAILURE|^ERR_TLS_CERT/.test(code)) return 'certificate';
  return code.startsWith('ERR_SSL') ? 'garbage' : null;
}
