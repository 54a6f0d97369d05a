import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countedFrame, formatSyslog } from '../../../../alerts/syslog/format.ts';
import { findQueue } from '../../../../alerts/syslog/unacknowledged.ts';
import { entry } from '../../../support/sample-entry.ts';

const ORIGIN = { facility: 'daemon', host: 'fw-a.example', stack: 'edge' } as const;
const format = (more: Parameters<typeof entry>[0] = {}, most = 8192): string =>
  formatSyslog(entry(more), ORIGIN, most).toString();

describe('a message of RFC 5424', () => {
  it('has the reason as its text and everything else as structured data', () => {
    assert.equal(
      format(),
      '<30>1 2026-11-21T01:02:03.456Z fw-a.example tandem - peerUnhealthy ' +
        '[tandem@32473 id="e1" seq="1" stack="edge" instance="a" kind="role" severity="info"] ' +
        'b missed 3 of 3 checks on every path',
    );
    assert.equal(
      format({
        severity: 'critical',
        incident: 'i1',
        router: 'wan',
        from: 'standby',
        to: 'active',
        actionId: 'x1',
        ended: 'done',
        actor: { user: 'anna', from: '192.0.2.7' },
      }),
      '<26>1 2026-11-21T01:02:03.456Z fw-a.example tandem - peerUnhealthy ' +
        '[tandem@32473 id="e1" seq="1" stack="edge" instance="a" kind="role" severity="critical" incident="i1" router="wan" ' +
        'from="standby" to="active" action="x1" ended="done" user="anna" address="192.0.2.7"] ' +
        'b missed 3 of 3 checks on every path',
    );
  });

  it('carries facility and severity in its priority', () => {
    const priority = (facility: 'kern' | 'local7', severity: 'info' | 'warning') =>
      formatSyslog(entry({ severity }), { ...ORIGIN, facility }, 8192)
        .toString()
        .split('1 ')[0];
    assert.equal(priority('kern', 'warning'), '<4>');
    assert.equal(priority('local7', 'info'), '<190>');
  });

  it('has a byte order mark before text beyond ASCII, and none before ASCII', () => {
    const message = formatSyslog(entry({ reason: { code: 'x', text: 'größer' } }), ORIGIN, 8192);
    assert.ok(message.includes(Buffer.from([0x5d, 0x20, 0xef, 0xbb, 0xbf, 0x67])));
    assert.ok(!formatSyslog(entry(), ORIGIN, 8192).includes(Buffer.from([0xef, 0xbb, 0xbf])));
  });

  it('escapes what would end a value, a line or a terminal session', () => {
    const text = format({ router: 'a"b]c\\d\n', reason: { code: 'x', text: 'one\ntwo\u001b[31m\u0000\u2028' } });
    assert.ok(text.includes(String.raw` router="a\"b\]c\\d#012"]`));
    assert.ok(text.endsWith('one#012two#033[31m#000#20050'));
  });

  it('leaves out of the header what does not belong there', () => {
    const message = formatSyslog(entry({ reason: { code: 'a b\nc', text: 't' } }), { ...ORIGIN, host: 'ü \n' }, 8192);
    assert.match(message.toString(), /^<30>1 \S+ - tandem - abc \[/);
  });

  it('is cut at its end, between characters', () => {
    const message = formatSyslog(entry({ reason: { code: 'x', text: '€'.repeat(1000) } }), ORIGIN, 2048);
    assert.ok(message.length <= 2048 && message.length > 2040);
    assert.match(new TextDecoder('utf-8', { fatal: true }).decode(message), /€\.\.\.$/);
  });

  it('never has a control character and never is too long, whatever stands in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1024, max: 8192 }),
        (a, b, most) => {
          const message = formatSyslog(entry({ router: a, incident: b, reason: { code: a, text: b } }), ORIGIN, most);
          assert.ok(message.length <= most);
          assert.doesNotMatch(new TextDecoder('utf-8', { fatal: true }).decode(message), /\p{Cc}/u);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is counted on a stream', () => {
    assert.equal(countedFrame(Buffer.from('größer')).toString(), '8 größer');
  });
});

describe("the kernel's table of connections", () => {
  const TABLE = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0',
    '   1: 0100007F:C350 0100007F:1F90 01 0000002A:00000000 01:00000014 00000000     0        0 2 2 0 20 4 0 10 -1',
    '',
  ].join('\n');

  it('says how many bytes are not acknowledged', () => {
    assert.equal(findQueue(TABLE, { localAddress: '127.0.0.1', localPort: 50_000, remotePort: 8080 }), 42);
    assert.equal(findQueue(TABLE, { localAddress: '127.0.0.1', localPort: 50_001, remotePort: 8080 }), null);
    assert.equal(findQueue(TABLE, { localAddress: '127.0.0.2', localPort: 50_000, remotePort: 8080 }), null);
  });

  it('knows addresses of version 6', () => {
    const line =
      '   0: 00000000000000000000000001000000:C350 00000000000000000000000001000000:1F90 01 00000007:00000000 01:';
    assert.equal(findQueue(line, { localAddress: '::1', localPort: 50_000, remotePort: 8080 }), 7);
  });
});
