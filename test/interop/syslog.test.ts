/** Syslog taken by Debian's rsyslogd over UDP, TCP and TLS: the reason arrives as it was told, and nothing is lost while it is away. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAlerts } from '../../alerts/alerts.ts';
import { openJournal } from '../../alerts/journal/journal.ts';
import type { OpenJournal } from '../../alerts/journal/journal.ts';
import { alerts as schema } from '../../config/schema/alerts.ts';
import type { Alerts } from '../../core/api/alerts.ts';
import type { JournalEntry, NewEntry } from '../../core/api/journal.ts';
import { formatReason } from '../../core/reason.ts';
import { until } from '../support/until.ts';
import { need } from '../support/need.ts';
import { Rsyslog } from './rsyslog.ts';

const PROMISED = ['local1', 'local2'];
const ALL = ['local0', ...PROMISED];
const REASON = { code: 'masterDown', router: 'wan', silentMs: 3600 } as const;
const FAILOVER = { code: REASON.code, text: formatReason(REASON) };

const role = (text: string): NewEntry => ({
  kind: 'role',
  severity: 'critical',
  reason: { code: 'masterDown', text },
  incident: 'i1',
});

/** rsyslogd speaks TLS by a module of a package of its own. */
function needGnutls(context: Mocha.Context): void {
  const root = '/usr/lib';
  const found = readdirSync(root).some((name) => existsSync(join(root, name, 'rsyslog/lmnsd_gtls.so')));
  if (found) return;
  const text = "rsyslogd's TLS is missing: apt-get install rsyslog-gnutls";
  if (process.env['CI'] === 'true') throw new Error(`with CI=true nothing may be skipped: ${text}`);
  process.stderr.write(`      skipped: ${text}\n`);
  context.skip();
}

describe('syslog with rsyslogd', function () {
  this.timeout(60_000);
  let folder: string;
  let rsyslog: Rsyslog;
  let journal: OpenJournal;
  let alerts: Alerts;

  before(async function () {
    need(this, 'rsyslogd');
    needGnutls(this);
    folder = mkdtempSync(join(tmpdir(), 'tandem-syslog-'));
    rsyslog = new Rsyslog();
    await rsyslog.prepare();
    await rsyslog.start();
    journal = await openJournal(join(folder, 'journal'), 'a', Date.now);
    const { udp, tcp, tls } = rsyslog.ports;
    alerts = createAlerts({
      config: schema.parse({
        syslog: [
          { host: '127.0.0.1', port: udp, transport: 'udp', facility: 'local0' },
          { host: '127.0.0.1', port: tcp, transport: 'tcp', facility: 'local1' },
          { host: '127.0.0.1', port: tls, transport: 'tls', facility: 'local2', caFile: '/ca.pem' },
        ],
      }),
      folder,
      journal,
      instance: 'a',
      stack: 'edge',
      version: '1.2.3',
      status: () => null,
      vrrp: { preempt: true, accepting: [] },
      readSecret: () => rsyslog.ca,
      now: Date.now,
    });
    journal.onEntry((entry) => alerts.take(entry));
    await alerts.start();
  });

  after(async () => {
    await alerts?.stop();
    await journal?.close();
    await rsyslog?.remove();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** All of these have come by these ways. Each way has a facility of its own. */
  const have = (entries: readonly JournalEntry[], ...ways: readonly string[]): boolean => {
    const taken = new Set(
      rsyslog.taken().map(({ facility, data }) => `${facility} ${/ id="([^"]+)"/.exec(data)?.[1]}`),
    );
    return entries.every(({ id }) => ways.every((way) => taken.has(`${way} ${id}`)));
  };

  it('takes the reason of a failover word for word over UDP, TCP and TLS', async () => {
    const entry = await journal.append(role(FAILOVER.text));
    await until('three copies', () => have([entry], ...ALL), 10_000);
    for (const { msgId, data, text } of rsyslog.taken().filter(({ data }) => data.includes(entry.id))) {
      assert.equal(msgId, 'masterDown');
      assert.match(data, /^\[tandem@32473 id="[^"]+" seq="1" stack="edge" instance="a" kind="role" .*incident="i1"\]$/);
      assert.equal(text, FAILOVER.text);
    }
  });

  it('takes text beyond ASCII, and one line for what has line breaks in it', async () => {
    const entry = await journal.append(role('„größer“ — one\ntwo'));
    await until('three copies', () => have([entry], ...ALL), 10_000);
    const mine = rsyslog.taken().filter(({ data }) => data.includes(entry.id));
    for (const { text } of mine) assert.equal(text.replace(/^\uFEFF/, ''), '„größer“ — one#012two');
  });

  for (const [what, signal] of [
    ['stopped', 'SIGTERM'],
    ['killed', 'SIGKILL'],
  ] as const) {
    it(`gets everything over TCP and TLS after it was ${what} and started again`, async () => {
      const before = await journal.appendAll(Array.from({ length: 20 }, (_, at) => role(`before ${at}`)));
      await until('those before', () => have(before, ...PROMISED), 10_000);
      await rsyslog.stop(signal);
      const away = await journal.appendAll(Array.from({ length: 50 }, (_, at) => role(`away ${at}`)));
      await until(
        'both are failing',
        () => alerts.sinks().filter(({ state }) => state === 'failing').length === 2,
        10_000,
      );
      await rsyslog.start();
      // UDP has lost them: nobody promised them.
      await until('those of the time away', () => have(away, ...PROMISED), 20_000);
      await until('nothing waits', () => alerts.sinks().every(({ state, queued }) => state === 'ok' && queued === 0));
      assert.deepEqual(
        alerts.sinks().map(({ dropped }) => dropped),
        [0, 0, 0],
      );
    });
  }
});
