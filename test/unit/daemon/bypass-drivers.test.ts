/** What the bypass drivers run and write, and what they make of what they see. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BypassContext, Judgement, Sight } from '../../../daemon/bypass/driver.ts';
import { bridgeName } from '../../../daemon/bypass/bridge.ts';
import { DRIVERS } from '../../../daemon/bypass/drivers.ts';
import { chainName } from '../../../daemon/bypass/nft.ts';
import { WAN1, WAN2, context, driverOf, failed, ipSees, seen, told } from './bypass-samples.ts';

interface Row {
  readonly sees: readonly Sight[];
  readonly reads: Judgement['state'];
  readonly detail?: RegExp;
}

function judges(on: BypassContext, rows: readonly Row[]): void {
  for (const { sees, reads, detail } of rows) {
    const judgement = driverOf(on).judge(on, sees);
    assert.equal(judgement.state, reads, JSON.stringify(sees));
    if (detail === undefined) assert.equal(judgement.detail, '', JSON.stringify(sees));
    else assert.match(judgement.detail, detail);
  }
}

describe('bypass driver none', () => {
  const on = context({ driver: 'none' });

  it('is not fitted, and engages nothing', () => {
    assert.deepEqual(driverOf(on).judge(on, []), { state: 'notFitted', detail: '' });
    assert.deepEqual(told(driverOf(on).steps(on, 'bypass', [])), ['! no bypass driver is configured']);
  });
});

describe('bypass driver bridge', () => {
  const on = context({ driver: 'bridge' });
  const { steps, looks } = driverOf(on);

  it('asks for both ports and the bridge in one go', () => {
    const [look] = looks(on);
    assert.ok(look?.look === 'program');
    assert.equal(look.argv.join(' '), 'ip -force -json -details -batch -');
    assert.equal(look.input, 'link show dev eth0\nlink show dev eth1\nlink show dev tbr-wan1\n');
  });

  it('builds a bridge that floods, learns nothing and knows no spanning tree, and takes it up last', () => {
    assert.deepEqual(told(steps(on, 'bypass', [ipSees('eth0 up', 'eth1')])), [
      'wan1: ip link add name tbr-wan1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 group_fwd_mask 65528',
      'wan1: ? ip link set dev tbr-wan1 addrgenmode none',
      'wan1: ip link set dev eth0 master tbr-wan1',
      'wan1: ip link set dev eth0 type bridge_slave learning off group_fwd_mask 65533',
      'wan1: ip link set dev eth0 up',
      'wan1: ip link set dev eth1 master tbr-wan1',
      'wan1: ip link set dev eth1 type bridge_slave learning off group_fwd_mask 65533',
      'wan1: ip link set dev eth1 up',
      'wan1: ip link set dev tbr-wan1 up',
    ]);
  });

  it('mends what is half there instead of building it again', () => {
    const half = ipSees('eth0 up master=tbr-wan1', 'eth1 up', 'tbr-wan1 kind=bridge');
    assert.match(told(steps(on, 'bypass', [half]))[0] ?? '', /ip link set dev tbr-wan1 type bridge/);
  });

  it('refuses a port of another bridge, a port that is not there, and a name that is taken', () => {
    const refused = (sight: Sight): readonly string[] => told(steps(on, 'bypass', [sight]));
    assert.match(refused(ipSees('eth0 up master=br0', 'eth1 up')).join(), /^wan1: ! eth0 is a port of br0/);
    assert.match(refused(ipSees('eth0 up')).join(), /^wan1: ! eth1 does not exist/);
    assert.match(refused(ipSees('eth0', 'eth1', 'tbr-wan1 kind=dummy')).join(), /^wan1: ! tbr-wan1 is no bridge/);
    assert.match(refused(failed('ip: not found')).join(), /^wan1: ! ip: not found/);
  });

  it('releases by removing its bridge, and nothing else', () => {
    const engaged = ipSees('eth0 up master=tbr-wan1', 'eth1 up master=tbr-wan1', 'tbr-wan1 up kind=bridge');
    assert.deepEqual(told(steps(on, 'inline', [engaged])), ['wan1: ip link del dev tbr-wan1']);
    assert.deepEqual(told(steps(on, 'inline', [ipSees('eth0 up master=br0', 'eth1 up')])), []);
    assert.deepEqual(told(steps(on, 'inline', [ipSees('eth0', 'eth1', 'tbr-wan1 kind=dummy')])), []);
  });

  it('reads bypass only if both ports are in its bridge and everything is up', () => {
    const both = ['eth0 up master=tbr-wan1', 'eth1 up master=tbr-wan1'] as const;
    judges(on, [
      { sees: [ipSees(...both, 'tbr-wan1 up kind=bridge')], reads: 'bypass' },
      { sees: [ipSees('eth0 up', 'eth1 up')], reads: 'inline' },
      { sees: [ipSees('eth0 up master=br0', 'eth1 up master=br0')], reads: 'inline' },
      { sees: [ipSees('eth0', 'eth1', 'tbr-wan1 up kind=bridge')], reads: 'inline' },
      { sees: [ipSees(...both, 'tbr-wan1 kind=bridge')], reads: 'unknown', detail: /wan1: tbr-wan1 is down/ },
      {
        sees: [ipSees(both[0], 'eth1 master=tbr-wan1', 'tbr-wan1 up kind=bridge')],
        reads: 'unknown',
        detail: /eth1 is down/,
      },
      {
        sees: [ipSees(both[0], 'eth1 up', 'tbr-wan1 up kind=bridge')],
        reads: 'unknown',
        detail: /eth1 is not in tbr-wan1/,
      },
      {
        sees: [{ ...ipSees('eth0 up'), ok: false, trouble: 'exit code 1' }],
        reads: 'unknown',
        detail: /eth1 does not exist/,
      },
      { sees: [failed('Device "eth0" does not exist.')], reads: 'unknown', detail: /eth0 does not exist/ },
      { sees: [failed('spawn ip ENOENT')], reads: 'unknown', detail: /spawn ip ENOENT/ },
      { sees: [seen('<html>')], reads: 'unknown', detail: /./ },
      { sees: [], reads: 'unknown', detail: /not read/ },
    ]);
  });

  it('has a name of at most 15 characters for every pair, and never one for two', () => {
    assert.equal(bridgeName('wan1'), 'tbr-wan1');
    assert.equal(bridgeName('elevenchars'), 'tbr-elevenchars');
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
    fc.assert(
      fc.property(name, name, (one, other) => {
        assert.ok(bridgeName(one).length <= 15);
        assert.equal(bridgeName(one) === bridgeName(other), one === other);
      }),
    );
  });
});

/** What nft 1.0.6 prints. */
const table = (...chains: readonly (readonly [from: string, to: string, comment?: string])[]): Sight =>
  seen(
    [
      'table netdev tandem_a {',
      chains
        .map(
          ([from, to, comment]) =>
            `\tchain ${chainName(from)} {\n\t\ttype filter hook ingress device "${from}" priority -450; policy accept;\n` +
            `\t\tfwd to ${to}${comment === undefined ? '' : ` comment "${comment}"`}\n\t}\n`,
        )
        .join('\n'),
      '}\n',
    ].join('\n'),
  );
const NO_TABLE = failed('nft list table: exit code 1: Error: No such file or directory; list table netdev tandem_a');

describe('bypass driver nft', () => {
  const on = context({ driver: 'nft' });
  const { steps, looks } = driverOf(on);
  const wired = table(['eth0', '"eth1"'], ['eth1', '"eth0"']);
  const ready = ipSees('eth0 up promisc', 'eth1 up promisc');

  it('looks at its own table and at the ports', () => {
    const asked = looks(on).map((look) => (look.look === 'program' ? `${look.argv.join(' ')}|${look.input}` : ''));
    assert.deepEqual(asked, [
      'nft list table netdev tandem_a|null',
      'ip -force -json -details -batch -|link show dev eth0\nlink show dev eth1\n',
    ]);
  });

  it('makes the ports promiscuous and wires both directions in one transaction', () => {
    const [one] = steps(on, 'bypass', [NO_TABLE, ipSees('eth0', 'eth1')]);
    assert.deepEqual(told([one!]), [
      'wan1: ip link set dev eth0 promisc on up',
      'wan1: ip link set dev eth1 promisc on up',
      'wan1: nft -f -',
    ]);
    const last = one!.steps.at(-1);
    assert.ok(last?.do === 'program');
    assert.equal(
      last.input,
      [
        'table netdev tandem_a',
        'table netdev tandem_a {',
        '  chain from_eth0 {',
        '    type filter hook ingress device "eth0" priority -450; policy accept;',
        '    fwd to "eth1"',
        '  }',
        '  chain from_eth1 {',
        '    type filter hook ingress device "eth1" priority -450; policy accept;',
        '    fwd to "eth0"',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  const inputOf = (position: 'inline' | 'bypass', sights: readonly Sight[], at = on): string =>
    steps(at, position, sights)
      .flatMap((chain) => chain.steps)
      .map((step) => (step.do === 'program' ? (step.input ?? '') : ''))
      .join('');

  it('replaces its own chains, and keeps in the rule what was before', () => {
    const text = inputOf('bypass', [table(['eth0', '"eth1"', 'was promiscuous']), ready]);
    assert.match(text, /flush chain netdev tandem_a from_eth0\ndelete chain netdev tandem_a from_eth0\n/);
    assert.match(text, /fwd to "eth1" comment "was promiscuous"/, 'as the rule before said');
    assert.match(text, /fwd to "eth0" comment "was promiscuous"/, 'eth1 had no rule, and is');
    assert.match(
      inputOf('bypass', [wired, ready]),
      /fwd to "eth1"\n/,
      'it is promiscuous, but only because of the rule',
    );
  });

  it('releases its table, and puts back what it made promiscuous', () => {
    const sights = [table(['eth0', '"eth1"', 'was promiscuous'], ['eth1', '"eth0"']), ready];
    assert.deepEqual(told(steps(on, 'inline', sights)), ['nft -f -', '? ip link set dev eth1 promisc off']);
    assert.equal(inputOf('inline', sights), 'table netdev tandem_a\ndelete table netdev tandem_a\n');
    assert.deepEqual(steps(on, 'inline', [NO_TABLE, ready]), []);
  });

  it('leaves the chains of other pairs when one leaves', () => {
    const all = table(['eth0', '"eth1"'], ['eth1', '"eth0"'], ['eth2', '"eth3"'], ['eth3', '"eth2"']);
    const text = inputOf('inline', [all, ready], context({ driver: 'nft' }, [WAN2]));
    assert.match(text, /delete chain netdev tandem_a from_eth2/);
    assert.doesNotMatch(text, /delete table|from_eth0/);
  });

  it('reads bypass only if both directions are forwarded, by nothing but that, to ports that take everything', () => {
    const inFront = seen(wired.text.replace('\t\tfwd to "eth1"', '\t\tdrop\n\t\tfwd to "eth1"'));
    const conditional = seen(wired.text.replace('\t\tfwd to "eth1"', '\t\tether type ip fwd to "eth1"'));
    judges(on, [
      { sees: [wired, ready], reads: 'bypass' },
      { sees: [seen(wired.text.replaceAll(/device "(eth\d)"/g, 'devices = { "$1" }')), ready], reads: 'bypass' },
      { sees: [NO_TABLE, ready], reads: 'inline' },
      { sees: [table(['eth2', '"eth3"']), ready], reads: 'inline' },
      { sees: [table(['eth0', '"eth1"']), ready], reads: 'unknown', detail: /eth1 is not forwarded to eth0/ },
      {
        sees: [table(['eth0', '"eth2"'], ['eth1', '"eth0"']), ready],
        reads: 'unknown',
        detail: /eth0 is not forwarded/,
      },
      // The number of an interface that is gone: one that was made anew under the same name is another one.
      { sees: [table(['eth0', '3'], ['eth1', '"eth0"']), ready], reads: 'unknown', detail: /eth0 is not forwarded/ },
      { sees: [inFront, ready], reads: 'unknown', detail: /eth0 is not forwarded to eth1/ },
      { sees: [conditional, ready], reads: 'unknown', detail: /eth0 is not forwarded to eth1/ },
      { sees: [wired, ipSees('eth0 up', 'eth1 up promisc')], reads: 'unknown', detail: /eth0 is not promiscuous/ },
      { sees: [wired, ipSees('eth0 promisc', 'eth1 up promisc')], reads: 'unknown', detail: /eth0 is down/ },
      { sees: [wired, ipSees('eth0 up promisc')], reads: 'unknown', detail: /eth1 does not exist/ },
      { sees: [failed('nft list table: spawn nft ENOENT'), ready], reads: 'unknown', detail: /ENOENT/ },
      { sees: [failed('Operation not permitted'), ready], reads: 'unknown', detail: /not permitted/ },
      { sees: [seen('something else'), ready], reads: 'unknown', detail: /./ },
    ]);
  });

  it('gives every port a chain of its own', () => {
    assert.equal(chainName('eth0'), 'from_eth0');
    const port = fc.stringMatching(/^[A-Za-z0-9._@-]{1,15}$/);
    fc.assert(
      fc.property(port, port, (one, other) => {
        assert.match(chainName(one), /^[a-z][A-Za-z0-9_]*$/);
        assert.equal(chainName(one) === chainName(other), one === other);
      }),
    );
  });

  it('hands no name to ip or nft that means something else there', () => {
    for (const odd of ['eth"0', 'eth#0', 'eth\\0', '-eth0', "eth'0"]) {
      for (const driver of ['bridge', 'nft'] as const) {
        const at = context({ driver }, [{ ...WAN1, inside: odd }]);
        assert.ok(looks(at).every((look) => look.look !== 'program' || !(look.input ?? '').includes(odd)));
        assert.equal(driverOf(at).judge(at, [NO_TABLE, ready]).state, 'unknown');
        assert.match(told(driverOf(at).steps(at, 'bypass', [NO_TABLE, ready])).join(), /rename the interface/);
      }
    }
  });
});

describe('bypass driver silicom', () => {
  const on = context({ driver: 'silicom', watchdogMs: 2000 }, [WAN1, WAN2]);
  const { steps, looks, watchdog } = driverOf(on);

  it('asks and commands the outside port of each pair', () => {
    const argv = looks(on).map((look) => (look.look === 'program' ? look.argv.join(' ') : ''));
    assert.deepEqual(argv, ['bpctl_util eth0 get_bypass', 'bpctl_util eth2 get_bypass']);
    assert.deepEqual(told(steps(on, 'bypass', [])), [
      'wan1: bpctl_util eth0 set_bypass on',
      'wan2: bpctl_util eth2 set_bypass on',
    ]);
    assert.deepEqual(told(steps(on, 'inline', []))[0], 'wan1: bpctl_util eth0 set_bypass off');
  });

  it('reads what the program says in words', () => {
    const one = context({ driver: 'silicom' });
    judges(one, [
      { sees: [seen('The interface is in the Bypass mode.\n')], reads: 'bypass' },
      { sees: [seen('The interface is in the non-Bypass mode.\n')], reads: 'inline' },
      {
        sees: [seen('The interface is not Bypass-SD/TAP-SD device.\n')],
        reads: 'notFitted',
        detail: /eth0 is no bypass port/,
      },
      {
        sees: [seen("The interface is a slave interface or doesn't support Bypass or Bypass state is unknown.\n")],
        reads: 'unknown',
        detail: /If eth1 is the control port of the pair, name it as outside/,
      },
      { sees: [seen('Get Bypass failed.\n')], reads: 'unknown', detail: /Get Bypass failed/ },
      { sees: [seen('')], reads: 'unknown', detail: /nothing was said about eth0/ },
      { sees: [failed('spawn bpctl_util ENOENT')], reads: 'unknown', detail: /ENOENT/ },
      { sees: [], reads: 'unknown', detail: /not read/ },
    ]);
    judges(on, [
      {
        sees: [seen('The interface is in the Bypass mode.'), seen('The interface is in the non-Bypass mode.')],
        reads: 'unknown',
        detail: /wan1 reads bypass; wan2 reads inline/,
      },
    ]);
  });

  it('arms a watchdog that engages, and knows by the words whether it counts', () => {
    const pair = { ...on, pairs: [WAN1] };
    assert.deepEqual(told(watchdog!.arm(pair)), [
      'wan1: ? bpctl_util eth0 set_wd_exp_mode bypass',
      'wan1: ? bpctl_util eth0 set_wd_autoreset 0',
      'wan1: bpctl_util eth0 set_bypass_wd 2000',
    ]);
    assert.deepEqual(told(watchdog!.feed(pair)), ['wan1: bpctl_util eth0 reset_bypass_wd']);
    assert.deepEqual(told(watchdog!.disarm(pair)), ['wan1: bpctl_util eth0 set_bypass_wd 0']);
    assert.equal(watchdog!.armed([seen('WDT is disabled.'), seen('WDT is enabled with 3200 ms timeout value.')]), true);
    assert.equal(watchdog!.armed([seen('WDT is disabled.'), failed('WDT is enabled with')]), false);
  });
});

describe('bypass driver sysfs', () => {
  const files = { wan1: '/sys/card/bypass0', wan2: '/sys/card/bypass1' };
  const on = context({ driver: 'sysfs', sysfs: { file: files, inline: '0', bypass: '1' } }, [WAN1, WAN2]);

  it('writes the position into the file of each pair', () => {
    const { looks, steps } = driverOf(on);
    assert.deepEqual(looks(on), [
      { look: 'file', file: '/sys/card/bypass0' },
      { look: 'file', file: '/sys/card/bypass1' },
    ]);
    assert.deepEqual(told(steps(on, 'bypass', [])), [
      'wan1: /sys/card/bypass0 <- "1\\n"',
      'wan2: /sys/card/bypass1 <- "1\\n"',
    ]);
  });

  it('reads it back without its white space, and knows nothing else', () => {
    judges(on, [
      { sees: [seen('1\n'), seen('1\n')], reads: 'bypass' },
      { sees: [seen('0'), seen(' 0\n')], reads: 'inline' },
      { sees: [seen('0\n'), seen('1\n')], reads: 'unknown', detail: /wan1 reads inline; wan2 reads bypass/ },
      { sees: [seen('2\n'), seen('2\n')], reads: 'unknown', detail: /bypass0 holds '2': expected '0' or '1'/ },
      { sees: [seen(''), seen('')], reads: 'unknown', detail: /holds ''/ },
      { sees: [failed('ENOENT'), failed('ENOENT')], reads: 'unknown', detail: /ENOENT/ },
    ]);
  });

  it('has no file for a pair that the configuration gives none', () => {
    const at = context({ driver: 'sysfs', sysfs: { file: {}, inline: '0', bypass: '1' } });
    assert.match(told(driverOf(at).steps(at, 'bypass', [])).join(), /! bypass\.sysfs names no file/);
    assert.equal(driverOf(at).judge(at, [seen('0')]).state, 'unknown');
  });
});

describe('bypass driver command', () => {
  const programs = { engage: ['/opt/b', 'on'], release: ['/opt/b', 'off'], status: ['/opt/b', 'status'] };
  const on = context({ driver: 'command', command: programs }, [WAN1, WAN2]);

  it('runs each program once for all pairs', () => {
    const { steps, looks } = driverOf(on);
    assert.deepEqual(told(steps(on, 'bypass', [])), ['/opt/b on']);
    assert.deepEqual(told(steps(on, 'inline', [])), ['/opt/b off']);
    assert.deepEqual(looks(on), [{ look: 'program', argv: ['/opt/b', 'status'], input: null }]);
  });

  it('believes one of the four words and nothing else', () => {
    judges(on, [
      { sees: [seen('inline\n')], reads: 'inline' },
      { sees: [seen('bypass\n')], reads: 'bypass' },
      { sees: [seen('notFitted\n')], reads: 'notFitted' },
      { sees: [seen('unknown\n')], reads: 'unknown' },
      { sees: [seen('Bypass\n')], reads: 'unknown', detail: /printed 'Bypass': expected one of inline, bypass/ },
      { sees: [seen('not inline\n')], reads: 'unknown', detail: /printed/ },
      { sees: [seen('constructor\n')], reads: 'unknown', detail: /printed/ },
      { sees: [failed('exit code 1', 'inline\n')], reads: 'unknown', detail: /exit code 1/ },
    ]);
  });
});

describe('every bypass driver', () => {
  it('makes something of whatever it sees', () => {
    const sight = fc.record({ ok: fc.boolean(), text: fc.string(), trouble: fc.string() });
    for (const driver of ['none', 'bridge', 'nft', 'silicom', 'sysfs', 'command'] as const) {
      const on = context({ driver }, [WAN1, WAN2]);
      fc.assert(
        fc.property(fc.array(sight, { maxLength: 3 }), (sights) => {
          const { state } = DRIVERS[driver].judge(on, sights);
          assert.ok(state === 'notFitted' || state === 'unknown' || state === 'inline', state);
          DRIVERS[driver].steps(on, 'bypass', sights);
          DRIVERS[driver].steps(on, 'inline', sights);
        }),
      );
    }
  });
});
