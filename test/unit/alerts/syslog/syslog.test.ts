import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { X509Certificate } from 'node:crypto';
import type { OpenJournal } from '../../../../alerts/journal/journal.ts';
import { createQueue } from '../../../../alerts/queue.ts';
import type { Queue } from '../../../../alerts/queue.ts';
import { createSyslogSink } from '../../../../alerts/syslog/syslog.ts';
import type { SyslogTarget } from '../../../../alerts/syslog/syslog.ts';
import { makeCertificate } from '../../../../webui/server/tls/own-certificate.ts';
import { events, journalRig, own } from '../journal/rig.ts';
import { until } from '../../../support/until.ts';
import { receiver, seqOf } from './receivers.ts';
import type { Receiver } from './receivers.ts';

describe('syslog', () => {
  const rig = journalRig();
  let journal: OpenJournal;
  let queues: Queue[];
  let receivers: Receiver[];

  beforeEach(async () => {
    journal = await rig.open();
    queues = [];
    receivers = [];
  });
  rig.atEnd(async () => {
    for (const queue of queues) await queue.stop();
    for (const one of receivers) await one.close();
  });

  const listen = async (...more: Parameters<typeof receiver>): Promise<Receiver> => {
    const made = await receiver(...more);
    receivers.push(made);
    return made;
  };

  function send(more: Partial<SyslogTarget>, files: Readonly<Record<string, string>> = {}): Queue {
    const syslog: SyslogTarget = {
      host: '127.0.0.1',
      port: null,
      transport: 'tcp',
      facility: 'daemon',
      caFile: null,
      ...more,
    };
    const readSecret = (file: string): string => {
      const text = files[file];
      if (text === undefined) throw new Error(`${file}: no such file`);
      return text;
    };
    const sink = createSyslogSink({ syslog, hostName: 'fw-a', stack: 'edge', readSecret });
    const queue = createQueue({ sink, journal, note: () => undefined, now: () => rig.now, pause: () => 5 });
    queues.push(queue);
    journal.onEntry((entry) => queue.take(entry));
    queue.start();
    return queue;
  }
  const has = (to: Receiver, count: number) => () => new Set(to.messages.map(seqOf)).size === count;

  it('names its receiver by transport and address', () => {
    assert.equal(send({ transport: 'udp' }).view().id, 'syslog:127.0.0.1:514/udp');
    assert.equal(send({ transport: 'tls', host: '::1' }).view().id, 'syslog:[::1]:6514/tls');
  });

  it('goes out over UDP, a datagram an entry, in order', async () => {
    const socket = createSocket('udp4');
    const seen: number[] = [];
    socket.on('message', (message) => seen.push(seqOf(message.toString())));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    try {
      send({ transport: 'udp', port: socket.address().port });
      await journal.appendAll(events(20));
      await until('twenty', () => seen.length === 20);
      assert.deepEqual(
        seen,
        Array.from({ length: 20 }, (_, at) => at + 1),
      );
    } finally {
      socket.close();
    }
  });

  it('goes over TCP, counted, in order', async () => {
    const to = await listen();
    send({ port: to.port });
    await journal.appendAll(events(120));
    await until('all', has(to, 120));
    assert.deepEqual(
      to.messages.map(seqOf),
      Array.from({ length: 120 }, (_, at) => at + 1),
    );
    assert.match(to.messages[0]!, /^<30>1 2026-\S+ fw-a tandem - recovered \[tandem@32473 id="e1" .*\] text 1$/);
  });

  it('waits for a receiver that is not there, and loses nothing', async () => {
    const before = await listen();
    const { port } = before;
    await before.close();
    const queue = send({ port });
    await journal.appendAll(events(30));
    await until('failing', () => queue.view().state === 'failing');
    assert.match(queue.view().lastError ?? '', /ECONNREFUSED/);
    const to = await listen(undefined, port);
    await until('all', has(to, 30));
  });

  it('repeats what a receiver had acknowledged and not read when it died', async () => {
    const deaf = await listen();
    deaf.deaf = true;
    const queue = send({ port: deaf.port });
    await journal.appendAll(events(10));
    // Its kernel took them: nothing tells that nobody will ever read them.
    await until('sent', () => queue.view().sent === 10);
    await deaf.close();
    await until('doubted', () => queue.view().queued > 0);
    const to = await listen(undefined, deaf.port);
    await until('all', has(to, 10));
    await journal.append(own('after'));
    await until('one more', has(to, 11));
  });

  it('does not repeat what a receiver had read when it ended', async () => {
    const first = await listen();
    const queue = send({ port: first.port });
    await journal.appendAll(events(5));
    await until('five', () => queue.view().sent === 5 && has(first, 5)());
    const ended = new Promise((resolve) => [...first.connections][0]!.on('close', resolve));
    for (const socket of first.connections) socket.end();
    await ended;
    await first.close();
    const to = await listen(undefined, first.port);
    await journal.append(own('after'));
    await until('the next', has(to, 1));
    assert.deepEqual(to.messages.map(seqOf), [6]);
  });

  it('goes over TLS where the authority and the name fit', async () => {
    const made = await makeCertificate(['127.0.0.1'], Date.now());
    const to = await listen(made);
    send({ transport: 'tls', port: to.port, caFile: '/ca.pem' }, { '/ca.pem': made.cert });
    await journal.appendAll(events(3));
    await until('three', has(to, 3));
  });

  for (const [what, name, ca, expected] of [
    ['an authority that is not trusted', '127.0.0.1', 'other', /self-signed|unable to verify|certificate/i],
    ['a certificate for another name', '192.0.2.1', 'own', /does not match certificate|not in the cert/],
    ['a CA file that cannot be read', '127.0.0.1', 'none', /\/ca\.pem: no such file/],
  ] as const) {
    it(`says nothing over TLS to ${what}, and why`, async () => {
      const made = await makeCertificate([name], Date.now());
      const other = await makeCertificate(['127.0.0.1'], Date.now());
      assert.ok(new X509Certificate(made.cert).subjectAltName !== undefined);
      const to = await listen(made);
      const files: Record<string, string> = ca === 'none' ? {} : { '/ca.pem': ca === 'own' ? made.cert : other.cert };
      const queue = send({ transport: 'tls', port: to.port, caFile: '/ca.pem' }, files);
      await journal.appendAll(events(3));
      await until('failing', () => queue.view().state === 'failing');
      assert.match(queue.view().lastError ?? '', expected);
      assert.deepEqual(to.messages, []);
    });
  }
});
