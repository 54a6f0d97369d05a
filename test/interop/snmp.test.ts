/** SNMP with Debian's net-snmp: traps and informs taken by snmptrapd, the agent asked by its tools, and a subagent of snmpd. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createSnmpAgent, createSnmpEngine, createTrapSink } from '../../alerts/snmp/snmp.ts';
import type { AgentSettings, SnmpAgent, SnmpEngine, TrapTarget } from '../../alerts/snmp/snmp.ts';
import type { Sink } from '../../alerts/sink.ts';
import type { Status } from '../../core/status.ts';
import { until } from '../../lab/clock.ts';
import { need } from '../support/need.ts';
import { entry } from '../support/sample-entry.ts';
import { sampleStatus } from '../support/sample-status.ts';
import { SnmpTools, freeTcpPort, freeUdpPort } from './snmp-tools.ts';
import type { Program } from './snmp-tools.ts';

const SECRETS: Readonly<Record<string, string>> = {
  '/community': 'sesame\n',
  '/auth': 'correct horse\n',
  '/priv': 'battery staple\n',
};
const readSecret = (file: string): string => SECRETS[file]!;
const V2: Partial<TrapTarget> = { version: '2c', communityFile: '/community' };
const V3: Partial<TrapTarget> = { version: 3, user: 'tandem', level: 'authPriv', authFile: '/auth', privFile: '/priv' };
const V2_ASKS = ['-v2c', '-c', 'sesame'];
const V3_ASKS = [
  '-v3',
  '-u',
  'reader',
  '-l',
  'authPriv',
  '-a',
  'SHA-256',
  '-A',
  'correct horse',
  '-x',
  'AES',
  '-X',
  'battery staple',
];
const REASON = 'no advert for wan for 3.60 s — “wan” took over';
const TOOK_OVER = { kind: 'router', router: 'wan', from: 'backup', to: 'active' } as const;
const NEVER = new AbortController().signal;

describe('SNMP with net-snmp', function () {
  this.timeout(60_000);
  let tools: SnmpTools;
  let status: Status;
  const closing: (() => unknown)[] = [];

  before(function () {
    need(this, 'snmpget', 'snmpd', 'snmptrapd');
    tools = new SnmpTools();
  });
  beforeEach(() => {
    status = sampleStatus();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  after(() => tools?.close());

  const engine = (name: string): SnmpEngine => createSnmpEngine(join(tools.folder, name));

  it('TANDEM-MIB loads without a warning', async () => {
    const role = ['-On', 'TANDEM-MIB::tandemRole.0'];
    const { stdout, stderr } = await tools.run('snmptranslate', ...role);
    assert.deepEqual([stdout.trim(), stderr], ['.1.3.6.1.4.1.32473.11211.1.1.6.0', '']);
    // With every warning there is, and beside the usual modules, of which a system may lack some: nothing is said about ours.
    const beside = await tools.run('snmptranslate', '-Pw', '-m', '+TANDEM-MIB', ...role);
    assert.equal(beside.stdout, stdout);
    assert.doesNotMatch(beside.stderr.replaceAll(/^MIB search path.*$/gm, ''), /tandem-mib|tandem[A-Z]/i);
  });

  describe('snmptrapd', () => {
    /** Its output a notification a line: number of the notification, then each variable. */
    function trapd(port: number, engineId: string | null = null, ...more: readonly string[]): Program {
      const user = 'tandem SHA-256 "correct horse" AES "battery staple"';
      const config = [
        'authCommunity log sesame',
        `createUser ${user}`,
        'authUser log tandem priv',
        ...(engineId === null ? [] : [`createUser -e 0x${engineId} ${user}`]),
        'format2 %V|%v\\n',
      ];
      return tools.start('snmptrapd', 'snmptrapd', config, '-Lo', '-n', '-OT', ...more, `udp:127.0.0.1:${port}`);
    }

    function sink(port: number, of: Partial<TrapTarget>, inform: boolean, by: SnmpEngine): Sink {
      const trap = { host: '127.0.0.1', port, inform, ...of } as TrapTarget;
      const made = createTrapSink({ trap, engine: by, status: () => status, readSecret, interfaceIndex: () => 7 });
      closing.push(() => made.close());
      return made;
    }

    const ready = (program: Program): Promise<unknown> => program.says(/^NET-SNMP version/);

    it('takes traps and informs of v2c and v3, with the reason as it was written, and RFC 6527’s beside ours', async () => {
      const port = await freeUdpPort();
      const own = engine('engine');
      const receiver = trapd(port, own.now().id.toString('hex'));
      await ready(receiver);
      const sinks = [
        sink(port, V2, false, own),
        sink(port, V2, true, own),
        sink(port, V3, false, own),
        sink(port, V3, true, own),
      ];
      for (const [i, to] of sinks.entries()) {
        await to.deliver(entry({ id: `e${i}`, ...TOOK_OVER, reason: { code: 'masterDown', text: REASON } }), NEVER);
      }
      const ours = await receiver.says(/TANDEM-MIB::tandemRouterChanged/, 4);
      for (const [i, line] of ours.entries()) {
        assert.match(line, /^\S*sysUpTime\S* = Timeticks.*snmpTrapOID\S* = OID: TANDEM-MIB::tandemRouterChanged/);
        assert.ok(line.includes(`TANDEM-MIB::tandemEventReasonText.0 = STRING: ${REASON}`), line);
        assert.ok(line.includes(`TANDEM-MIB::tandemEventId.0 = STRING: e${i}`), line);
        assert.match(
          line,
          /tandemEventRole\.0 = INTEGER: active\(2\).*tandemEventTime\.0 = STRING: 2026-11-21,1:2:3\.4,\+0:0/,
        );
      }
      // Without VRRPV3-MIB, which nobody ships: by its numbers.
      const vrrp = await receiver.says(/snmpTrapOID\S* = OID: SNMPv2-SMI::mib-2\.207\.0\.1\b/, 4);
      for (const line of vrrp) {
        assert.match(
          line,
          /mib-2\.207\.1\.1\.1\.1\.3\.7\.51\.1 = Hex-STRING: C0 00 02 01.*mib-2\.207\.1\.2\.5\.1\.2\.7\.51\.1 = INTEGER: 3/,
        );
        assert.ok(line.includes(REASON));
      }
    });

    it('says in the words of RFC 6527’s MIB which router is active now, and why', async function () {
      need(this, 'keepalived');
      const port = await freeUdpPort();
      const receiver = trapd(port, null, ...tools.withVrrpMib);
      await ready(receiver);
      const to = sink(port, V2, true, engine('engine'));
      await to.deliver(entry({ ...TOOK_OVER, reason: { code: 'masterDown', text: REASON } }), NEVER);
      const wrong = {
        code: 'advertIgnored',
        text: 'advert of 192.0.2.7 for wan ignored: TTL 64, expected 255',
      } as const;
      await to.deliver(entry({ id: 'e2', kind: 'advert', router: 'wan', severity: 'warning', reason: wrong }), NEVER);
      const [active] = await receiver.says(/snmpTrapOID\S* = OID: VRRPV3-MIB::vrrpv3NewMaster\b/);
      assert.match(active!, /vrrpv3OperationsMasterIpAddr\.7\.51\.ipv4 = .*C0 00 02 01/);
      assert.match(active!, /vrrpv3StatisticsNewMasterReason\.7\.51\.ipv4 = INTEGER: masterNoResponse\(3\)/);
      assert.ok(active!.includes(REASON));
      const [error] = await receiver.says(/snmpTrapOID\S* = OID: VRRPV3-MIB::vrrpv3ProtoError\b/);
      assert.match(error!, /vrrpv3StatisticsProtoErrReason\.7\.51\.ipv4 = INTEGER: ipTtlError\(1\)/);
      assert.ok(error!.includes(wrong.text));
    });

    it('takes v3 traps after we were started again, and informs after it was', async () => {
      const port = await freeUdpPort();
      const id = engine('restarted').now().id.toString('hex');
      const receiver = trapd(port, id);
      await ready(receiver);
      const trapped = (name: string, by: SnmpEngine) => sink(port, V3, false, by).deliver(entry({ id: name }), NEVER);
      const before = engine('restarted');
      await trapped('before', before);
      await receiver.says(/tandemEventId\.0 = STRING: before/);
      const after = engine('restarted');
      assert.equal(after.now().boots, before.now().boots + 1);
      await trapped('after', after);
      await receiver.says(/tandemEventId\.0 = STRING: after/);
      // What an old start sends is what somebody recorded: it is not taken. Nothing says so but silence, which the next one ends.
      await trapped('replayed', before);
      await trapped('last', after);
      await receiver.says(/tandemEventId\.0 = STRING: last/);
      assert.doesNotMatch(receiver.text, /replayed/);

      const informs = sink(port, V3, true, after);
      await informs.deliver(entry({ id: 'inform' }), NEVER);
      await receiver.stop();
      const again = trapd(port, id);
      await ready(again);
      await informs.deliver(entry({ id: 'inform again' }), NEVER);
      await again.says(/tandemEventId\.0 = STRING: inform again/);
    });

    it('that was down gets every inform once it is back, in order and once', async () => {
      const port = await freeUdpPort();
      const to = sink(port, V3, true, engine('patient'));
      const ids = Array.from({ length: 20 }, (_, i) => `e${i}`);
      let refusals = 0;
      const sent = (async () => {
        for (const id of ids) {
          // As the queue does: the same again until it is taken.
          await until(
            () =>
              to.deliver(entry({ id }), NEVER).then(
                () => true,
                () => {
                  refusals++;
                  return false;
                },
              ),
            { what: 'the receiver to be back' },
          );
        }
      })();
      await until(() => refusals > 2, { what: 'the receiver to be missed' });
      const receiver = trapd(port);
      await sent;
      const lines = await receiver.says(/tandemEventId/, ids.length);
      assert.deepEqual(
        lines.map((line) => /tandemEventId\.0 = STRING: (\w+)/.exec(line)?.[1]),
        ids,
      );
    });
  });

  /** Asks for what the MIB says, and compares it with the status. */
  async function reads(at: string, asks: readonly string[]): Promise<void> {
    const got = await tools.run(
      'snmpget',
      ...asks,
      '-Oqv',
      at,
      'TANDEM-MIB::tandemRole.0',
      'TANDEM-MIB::tandemReasonText.0',
    );
    assert.deepEqual([got.lines, got.stderr], [['active', status.reason.text], '']);
    const tree = 'TANDEM-MIB::tandemMIB';
    const walked = await tools.run('snmpwalk', ...asks, at, tree);
    const bulk = await tools.run('snmpbulkwalk', ...asks, '-Cr40', at, tree);
    const ages = /tandemStatusAge|No more variables/;
    assert.ok(walked.lines.length > 150, walked.stdout + walked.stderr);
    assert.deepEqual(
      bulk.lines.filter((line) => !ages.test(line)),
      walked.lines.filter((line) => !ages.test(line)),
    );
    assert.equal(walked.stderr + bulk.stderr, '');
    assert.ok(walked.lines.includes('TANDEM-MIB::tandemRouterState."wan" = INTEGER: active(3)'), walked.stdout);
    const vrrp = await tools.run('snmpbulkwalk', ...asks, '-On', at, '.1.3.6.1.2.1.207');
    assert.ok(vrrp.lines.includes('.1.3.6.1.2.1.207.1.1.1.1.6.7.51.1 = INTEGER: 3'), vrrp.stdout);
    assert.equal(vrrp.lines.filter((line) => /\.207\.1\.2\.5\.1\.\d+\.7\.51\.1 = /.test(line)).length, 13);
  }

  async function cannotWrite(at: string, asks: readonly string[]): Promise<void> {
    const set = await tools.run('snmpset', ...asks, at, 'TANDEM-MIB::tandemInstanceName.0', 's', 'x');
    assert.match(set.stderr, /notWritable/);
  }

  async function agent(settings: AgentSettings): Promise<SnmpAgent> {
    const made = createSnmpAgent({
      agent: settings,
      instance: 'a',
      stack: 'edge',
      version: '0.1.0',
      engine: engine('agent'),
      status: () => status,
      readSecret,
      preempt: true,
      accept: () => true,
      interfaceIndex: () => 7,
    });
    await made.start();
    closing.push(() => made.stop());
    return made;
  }

  describe('its tools and the agent that stands alone', () => {
    let at: string;
    beforeEach(async () => {
      const port = await freeUdpPort();
      at = `127.0.0.1:${port}`;
      const files = { communityFile: '/community', authFile: '/auth', privFile: '/priv' };
      await agent({ listen: at, user: 'reader', level: 'authPriv', ...files });
    });

    it('read TANDEM-MIB and RFC 6527’s by v2c and by v3, with get, walk and bulk', async () => {
      await reads(at, V2_ASKS);
      await reads(at, V3_ASKS);
      const names = await tools.run(
        'snmpget',
        '-m',
        'SNMPv2-MIB',
        ...V2_ASKS,
        '-Oqv',
        at,
        'sysName.0',
        'sysObjectID.0',
      );
      assert.deepEqual(names.lines, ['a', 'SNMPv2-SMI::enterprises.32473.11211']);
    });

    it('find in RFC 6527’s MIB a name and a meaning for everything that is served of it', async function () {
      need(this, 'keepalived');
      const walk = await tools.run('snmpbulkwalk', ...tools.withVrrpMib, ...V2_ASKS, at, '.1.3.6.1.2.1.207');
      assert.equal(walk.stderr, '');
      assert.ok(walk.lines.length > 50);
      for (const line of walk.lines) {
        assert.match(line, /^VRRPV3-MIB::vrrpv3[A-Za-z]+\.[^=]+ = /);
        assert.doesNotMatch(line, /Wrong Type/);
        // Else a number that has no name there.
        if (!line.includes('AddrCount')) assert.doesNotMatch(line, /= INTEGER: \d+$/);
      }
      const says = (text: string) =>
        assert.ok(walk.lines.includes(`VRRPV3-MIB::${text}`), `${text} in:\n${walk.stdout}`);
      says('vrrpv3OperationsStatus.7.51.ipv4 = INTEGER: master(3)');
      says('vrrpv3OperationsVirtualMacAddr.7.51.ipv4 = STRING: 0:0:5e:0:1:33');
      says('vrrpv3OperationsPriority.7.51.ipv4 = Gauge32: 200');
      says('vrrpv3OperationsAdvInterval.7.51.ipv4 = INTEGER: 10 centiseconds');
    });

    it('see the next status at once, and whole tables', async () => {
      status = sampleStatus({ role: 'standby' });
      const role = await tools.run('snmpget', ...V2_ASKS, '-Oqv', at, 'TANDEM-MIB::tandemRole.0');
      assert.deepEqual(role.lines, ['standby']);
      const table = await tools.run('snmptable', ...V2_ASKS, '-Ci', '-Cb', at, 'TANDEM-MIB::tandemPeerTable');
      assert.match(table.stdout, /"b".*\n|'b'.*\n/);
      assert.equal(table.stderr, '');
    });

    it('can write nothing, and are told why they may not read', async () => {
      await cannotWrite(at, V2_ASKS);
      await cannotWrite(at, V3_ASKS);
      const get = (...asks: string[]) =>
        tools.run('snmpget', '-t', '0.3', '-r', '0', ...asks, at, '.1.3.6.1.2.1.1.5.0');
      const wrong = (at: number, word: string) => get(...V3_ASKS.with(at, word));
      assert.match((await wrong(V3_ASKS.indexOf('correct horse'), 'another phrase')).stderr, /Authentication failure/);
      assert.match((await wrong(V3_ASKS.indexOf('reader'), 'stranger')).stderr, /Unknown user name/);
      assert.match(
        (await get(...V3_ASKS.slice(0, 3), '-l', 'noAuthNoPriv')).stdout +
          (await get(...V3_ASKS.slice(0, 3), '-l', 'noAuthNoPriv')).stderr,
        /authorizationError/,
      );
      assert.match((await get('-v2c', '-c', 'wrong')).stderr, /Timeout/);
    });
  });

  it('snmpd serves it as a subagent over AgentX, and again after it was started again', async () => {
    const [port, master] = [await freeUdpPort(), await freeTcpPort()];
    const at = `127.0.0.1:${port}`;
    const config = ['rwcommunity sesame 127.0.0.1', 'master agentx', `agentXSocket tcp:127.0.0.1:${master}`];
    const snmpd = (): Program => tools.start('snmpd', 'snmpd', config, '-Lo', '-r', '-I', 'system_mib', `udp:${at}`);
    const first = snmpd();
    await first.says(/NET-SNMP version/);
    const subagent = await agent({ agentx: `127.0.0.1:${master}` });
    await until(() => subagent.view().state === 'ok', { what: 'a session with the master' });
    assert.match(subagent.view().detail, /^subagent \(AgentX\); /);
    await reads(at, V2_ASKS);
    await cannotWrite(at, V2_ASKS);
    await first.stop();
    await until(() => subagent.view().state === 'failing', { what: 'the master to be missed' });
    const second = snmpd();
    await second.says(/NET-SNMP version/);
    await until(() => subagent.view().state === 'ok', { what: 'the next session' });
    await reads(at, V2_ASKS);
  });
});
