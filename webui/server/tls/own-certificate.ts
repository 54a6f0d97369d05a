/** The certificate that is made where nobody gave one: enough for TLS, and for a person to recognise the instance by. */
import { X509Certificate, createPrivateKey, webcrypto } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { readPrivateFile, replacePrivateFile } from '../../../config/private-file.ts';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What browsers accept of a certificate that nobody signed for them. */
const LIFE_DAYS = 825;
const RENEW_DAYS = 30;
const DAY = 86_400_000;
/** Clocks of clients are not all right. */
const BACKDATED_DAYS = 1;

export const CERT_FILE = 'manager/tls.crt';
export const KEY_FILE = 'manager/tls.key';

export interface OwnOptions {
  readonly stateFolder: string;
  readonly hostname: string;
  readonly now: () => number;
}

/** The pair in the state directory; made where there is none, it can be read no more, or it ends soon. */
export async function ownCertificate({ stateFolder, hostname, now }: OwnOptions): Promise<Pair> {
  const certFile = join(stateFolder, CERT_FILE);
  const keyFile = join(stateFolder, KEY_FILE);
  const kept = keptPair(certFile, keyFile);
  if (kept !== null && Date.parse(new X509Certificate(kept.cert).validTo) - now() > RENEW_DAYS * DAY) return kept;
  const made = await makeCertificate([hostname, 'localhost', ...ownAddresses()], now());
  // The key first: a crash between the two leaves a pair that does not fit, which is made anew.
  replacePrivateFile(keyFile, made.key);
  replacePrivateFile(certFile, made.cert);
  return made;
}

function keptPair(certFile: string, keyFile: string): Pair | null {
  try {
    const cert = readPrivateFile(certFile)?.text;
    const key = readPrivateFile(keyFile)?.text;
    if (cert === undefined || key === undefined) return null;
    return pairProblem({ cert, key }, 0) === null ? { cert, key } : null;
  } catch {
    return null;
  }
}

/** All addresses of this machine; those that move with the role come and go, and are not in it unless they are here now. */
function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.map(({ address }) => address).filter((address) => !address.startsWith('fe80:'));
}

export async function makeCertificate(names: readonly string[], at: number): Promise<Pair> {
  // Loaded where it is needed alone: once in two years.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  x509.cryptoProvider.set(webcrypto as never);
  const unique = [...new Set(names)];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex'),
    name: `CN=${unique[0]?.replace(/[^A-Za-z0-9.-]/g, '-') ?? 'tandem'}`,
    notBefore: new Date(at - BACKDATED_DAYS * DAY),
    notAfter: new Date(at + (LIFE_DAYS - BACKDATED_DAYS) * DAY),
    signingAlgorithm: algorithm,
    keys: keys as never,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        unique.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name })),
      ),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { cert: `${certificate.toString('pem')}\n`, key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}

/** Why this pair cannot be used, or null. `at`: wall time; 0 = do not look at the dates. */
export function pairProblem({ cert, key }: Pair, at: number): string | null {
  let found: X509Certificate;
  try {
    found = new X509Certificate(cert);
  } catch {
    return 'it holds no certificate in PEM form';
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    return 'the key file holds no private key in PEM form, or one with a pass phrase';
  }
  if (!found.checkPrivateKey(privateKey)) return 'the key is not the one of the certificate';
  if (at > 0 && Date.parse(found.validTo) <= at) return `it ended on ${new Date(found.validTo).toISOString()}`;
  if (at > 0 && Date.parse(found.validFrom) > at) return `it begins on ${new Date(found.validFrom).toISOString()}`;
  return null;
}
