/** An authority of a test's own, and a certificate that it signed: what a receiver inside a company has. */
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

export interface Signed {
  /** PEM of the authority. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const HOUR = 3_600_000;

/** A certificate for `name`, a host name or an address. */
export async function signedCertificate(name: string): Promise<Signed> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto as never);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [authority, server] = await Promise.all([newKeys(), newKeys()]);
  const dates = { notBefore: new Date(Date.now() - HOUR), notAfter: new Date(Date.now() + HOUR) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=an authority of tests',
    ...dates,
    signingAlgorithm: algorithm,
    keys: authority as never,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: '02',
    subject: 'CN=receiver',
    issuer: ca.subject,
    ...dates,
    signingAlgorithm: algorithm,
    publicKey: server.publicKey as never,
    signingKey: authority.privateKey as never,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }]),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', server.privateKey));
  return { ca: ca.toString('pem'), cert: cert.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}
