import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { makeCertificate, ownCertificate, pairProblem } from '../../../../webui/server/tls/own-certificate.ts';
import { readText, startRig, until } from './web-rig.ts';
import type { WebRig } from './web-rig.ts';

const DAY = 86_400_000;

describe('the own certificate', () => {
  let folder: string;
  let at: number;
  const own = () => ownCertificate({ stateFolder: folder, hostname: 'fw-a', now: () => at });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-tls-'));
    mkdirSync(join(folder, 'manager'));
    at = Date.now();
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('names the machine and its addresses, for 825 days at most, with a key that nobody else reads', async () => {
    const { cert } = await own();
    const found = new X509Certificate(cert);
    assert.match(found.subjectAltName ?? '', /DNS:fw-a, DNS:localhost.*IP Address:127\.0\.0\.1/);
    assert.equal(found.checkHost('fw-a'), 'fw-a');
    assert.equal(found.ca, false);
    const days = (Date.parse(found.validTo) - Date.parse(found.validFrom)) / DAY;
    assert.ok(days <= 825 && days > 800);
    const key = join(folder, 'manager/tls.key');
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.equal(pairProblem({ cert, key: readText(key) }, at), null);
  });

  it('stays the same until it ends soon', async () => {
    const first = await own();
    at += 700 * DAY;
    assert.equal((await own()).cert, first.cert);
    at += 100 * DAY;
    assert.notEqual((await own()).cert, first.cert);
  });

  it('is made anew where the files do not fit each other', async () => {
    const first = await own();
    writeFileSync(join(folder, 'manager/tls.key'), (await makeCertificate(['other'], at)).key);
    const second = await own();
    assert.notEqual(second.cert, first.cert);
    assert.equal(pairProblem(second, at), null);
  });
});

describe('a pair of certificate and key', () => {
  it('is refused for a reason that a person can act on', async () => {
    const at = Date.now();
    const [one, other] = [await makeCertificate(['a'], at), await makeCertificate(['a'], at)];
    assert.equal(pairProblem(one, at), null);
    assert.match(pairProblem({ ...one, cert: 'nothing' }, at) ?? '', /no certificate in PEM form/);
    assert.match(pairProblem({ ...one, key: 'nothing' }, at) ?? '', /no private key in PEM form/);
    assert.match(pairProblem({ ...one, key: other.key }, at) ?? '', /not the one of the certificate/);
    assert.match(pairProblem(one, at + 900 * DAY) ?? '', /it ended on 20/);
    assert.match(pairProblem(one, at - 10 * DAY) ?? '', /it begins on 20/);
  });
});

describe('the certificate of the configuration', function () {
  this.timeout(30_000);
  let rig: WebRig;
  let folder: string;
  const certFile = (): string => join(folder, 'server.crt');
  const keyFile = (): string => join(folder, 'server.key');

  async function put(name: string): Promise<void> {
    const { cert, key } = await makeCertificate([name], Date.now());
    writeFileSync(certFile(), cert);
    writeFileSync(keyFile(), key);
  }

  /** The name in the certificate that a client gets now. */
  function served(): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: rig.port, rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.on('error', reject);
    });
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-tls-'));
    await put('first');
    rig = await startRig({ tls: { certFile: certFile(), keyFile: keyFile() }, certificateEvery: 20 });
  });

  afterEach(async () => {
    await rig.stop();
    rmSync(folder, { recursive: true });
  });

  it('is used, and another one in its place without a restart', async () => {
    assert.equal(await served(), 'first');
    await put('second');
    await until(() => rig.audit('certificateLoaded').length === 2, 'the second one');
    assert.equal(await served(), 'second');
  });

  it('goes on as it was when what is put in its place is no good, and the journal says why once', async () => {
    writeFileSync(certFile(), 'no certificate');
    await until(() => rig.audit('certificateRefused').length > 0, 'the refusal');
    assert.equal(await served(), 'first');
    await new Promise((resolve) => void setTimeout(resolve, 100));
    assert.equal(rig.audit('certificateRefused').length, 1);
    await put('third');
    await until(() => rig.audit('certificateLoaded').length === 2, 'the third one');
    assert.equal(await served(), 'third');
  });

  it('can be another one after a reload, while logins go on', async () => {
    const login = await rig.login('viewer');
    const listen = [`127.0.0.1:${rig.port}`];
    await rig.server.apply({
      listen: ['127.0.0.1:0'],
      tls: { certFile: null, keyFile: null },
      sessionLifetimeMs: 60_000,
    });
    assert.notEqual(await served(), 'first');
    assert.equal((await rig.ask('GET', '/api/v1/session', { as: login })).status, 200);
    await rig.server.apply({ listen, tls: { certFile: certFile(), keyFile: keyFile() }, sessionLifetimeMs: 60_000 });
    assert.equal(await served(), 'first');
    assert.deepEqual(rig.server.urls, [`https://127.0.0.1:${rig.port}`]);
  });

  it('is not waited for: where it is missing at the start, the own one is used and the journal says so', async () => {
    await rig.stop();
    rmSync(certFile());
    rig = await startRig({ tls: { certFile: certFile(), keyFile: keyFile() }, certificateEvery: 20 });
    assert.match(rig.audit('certificateRefused')[0]?.reason.text ?? '', /server\.crt not taken up: ENOENT/);
    await put('late');
    await until(() => rig.audit('certificateLoaded').length === 1, 'the late one');
    assert.equal(await served(), 'late');
  });
});
