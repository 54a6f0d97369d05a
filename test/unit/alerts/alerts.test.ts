import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAlerts } from '../../../alerts/alerts.ts';
import type { AlertsOptions } from '../../../alerts/alerts.ts';
import type { OpenJournal } from '../../../alerts/journal/journal.ts';
import type { Alerts } from '../../../core/api/alerts.ts';
import { alerts as schema } from '../../../config/schema/alerts.ts';
import { journalRig, own } from './journal/rig.ts';
import { receiver } from './syslog/receivers.ts';
import type { Receiver } from './syslog/receivers.ts';
import { until } from '../../support/until.ts';

describe('alerts', () => {
  const rig = journalRig();
  let journal: OpenJournal;
  let alerts: Alerts | null;
  let syslog: Receiver;
  let web: Server;
  let bodies: { readonly reason: { readonly code: string } }[];

  beforeEach(async () => {
    journal = await rig.open();
    alerts = null;
    syslog = await receiver();
    bodies = [];
    web = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        bodies.push(JSON.parse(body) as (typeof bodies)[number]);
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  });
  rig.atEnd(async () => {
    await alerts?.stop();
    await syslog.close();
    await new Promise((resolve) => web.close(resolve));
  });

  async function start(config: unknown): Promise<Alerts> {
    const options: AlertsOptions = {
      config: schema.parse(config),
      folder: rig.folder,
      journal,
      instance: 'a',
      stack: 'edge',
      version: '1.2.3',
      status: () => null,
      vrrp: { preempt: true, accepting: [] },
      readSecret: (file) => {
        throw new Error(`${file}: no such file`);
      },
      now: () => rig.now,
    };
    alerts = createAlerts(options);
    journal.onEntry((entry) => alerts?.take(entry));
    await alerts.start();
    return alerts;
  }
  const webPort = (): number => (web.address() as AddressInfo).port;
  const both = () => ({
    syslog: [{ host: '127.0.0.1', port: syslog.port, transport: 'tcp' }],
    webhooks: [{ url: `http://127.0.0.1:${webPort()}/hook`, events: ['role'] }],
  });

  it('go to every receiver that wants them', async () => {
    const made = await start(both());
    assert.deepEqual(
      made.sinks().map(({ id, state }) => [id, state]),
      [
        [`syslog:127.0.0.1:${syslog.port}/tcp`, 'idle'],
        [`webhook:http://127.0.0.1:${webPort()}/hook`, 'idle'],
      ],
    );
    await journal.append(own('a'));
    await journal.append({ kind: 'role', severity: 'info', reason: { code: 'recovered', text: 'b' }, incident: null });
    await until('both', () => syslog.messages.length === 2 && bodies.length === 1);
    assert.equal(bodies[0]?.reason.code, 'recovered');
  });

  it('are tested one by one or together, whatever a receiver is for, and a test is in the journal once', async () => {
    const made = await start(both());
    const all = await made.test(null, 'anna');
    assert.deepEqual(
      all.map(({ ok }) => ok),
      [true, true],
    );
    const { id } = made.sinks()[0]!;
    const one = await made.test(id, 'anna');
    assert.equal(one.length, 1);
    assert.match(one[0]!.text, /^taken \(\d+ ms\)$/);
    assert.equal(syslog.messages.length, 2);
    assert.match(syslog.messages[0]!, / testAlert \[.*\] test alert, asked for by anna$/);
    assert.equal(bodies.length, 1);
    assert.equal(journal.query({}).entries.length, 2);
    assert.deepEqual(await made.test('none', 'anna'), []);
  });

  it('of a receiver whose secret cannot be read are its trouble, and nobody else’s', async () => {
    const config = both();
    const made = await start({
      ...config,
      webhooks: [{ url: `http://127.0.0.1:${webPort()}/hook`, secretFile: '/etc/tandem/hook.key' }],
      snmp: { traps: [{ version: '2c', host: '127.0.0.1', communityFile: '/etc/tandem/community' }] },
    });
    const results = await made.test(null, 'anna');
    assert.deepEqual(
      results.map(({ ok, text }) => (ok ? 'ok' : text)),
      ['ok', '/etc/tandem/community: no such file', '/etc/tandem/hook.key: no such file'],
    );
    assert.deepEqual(
      made.sinks().map(({ state }) => state),
      ['ok', 'failing', 'failing'],
    );
    assert.equal(made.sinks()[2]?.lastError, '/etc/tandem/hook.key: no such file');
  });

  it('have a queue of its own for each of two receivers that look the same', async () => {
    const url = `http://127.0.0.1:${webPort()}/hook`;
    const made = await start({ webhooks: [{ url: `${url}?a=1` }, { url: `${url}?a=2` }] });
    assert.deepEqual(
      made.sinks().map(({ id }) => id),
      [`webhook:${url}`, `webhook:${url}#2`],
    );
    await journal.append(own('a'));
    await until('both', () => bodies.length === 2);
  });
});
