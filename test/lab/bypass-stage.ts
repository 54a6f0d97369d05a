/**
 * An appliance with one link pair between two hosts, joined by bare veth pairs: a switch of the lab in between would swallow what is addressed to
 * the link itself, and that a wire passes it on is what is to be seen.
 *
 *     outer.eth0 ══ box.eth0   box.eth1 ══ inner.eth0        10.90.0.1 and 10.90.0.2, one subnet
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BypassPlan, PairPlan, TrackPlan } from '../../config/plan.ts';
import { createHelperClient } from '../../daemon/helper/client.ts';
import type { HelperClient } from '../../daemon/helper/client.ts';
import type { ToHelper } from '../../daemon/helper/plan-message.ts';
import type { HelperAnswer } from '../../daemon/helper/protocol.ts';
import { until } from '../../lab/clock.ts';
import { command } from '../../lab/command.ts';
import type { Host } from '../../lab/host.ts';
import { createLab } from '../../lab/lab.ts';
import type { Lab } from '../../lab/lab.ts';
import { ownProgram } from '../../lab/own.ts';
import type { Program } from '../../lab/program.ts';
import { sendRaw } from '../../lab/raw.ts';
import { PLAIN } from '../support/plain-plan.ts';

export const PAIR: PairPlan = { name: 'wan1', outside: 'eth0', inside: 'eth1' };

/** What a cable carries, and a bridge of the kernel does not by itself: by the last byte of 01-80-C2-00-00-XX. */
export const LINK_LOCAL = { BPDU: 0x00, LACP: 0x02, '802.1X': 0x03, LLDP: 0x0e } as const;

const OUTER_MAC = '02:90:00:00:00:01';
const INNER_MAC = '02:90:00:00:00:02';
/** Of a machine behind the inner host. */
const FAR_MAC = '02:90:00:00:00:77';

export interface BypassStage {
  readonly lab: Lab;
  readonly outer: Host;
  readonly box: Host;
  readonly inner: Host;
  /** True if a ping from outside reaches the inside. */
  passes(): Promise<boolean>;
  /** Names of the special frames sent from outside that arrived inside. */
  special(): Promise<readonly string[]>;
  /** Starts a helper in the appliance; it has been told this plan. */
  helper(
    bypass: Partial<BypassPlan>,
    tracks?: readonly TrackPlan[],
    pairs?: readonly PairPlan[],
  ): Promise<StagedHelper>;
  /** Writes an executable file and gives its path. */
  script(name: string, text: string): string;
  file(name: string): string;
}

export interface StagedHelper {
  readonly client: HelperClient;
  readonly program: Program;
  readonly socket: string;
  tell(message: ToHelper): void;
  /** Resolves when it is in effect. */
  plan(bypass: Partial<BypassPlan>, tracks?: readonly TrackPlan[], pairs?: readonly PairPlan[]): Promise<void>;
  set(position: 'inline' | 'bypass'): Promise<HelperAnswer>;
  read(): Promise<HelperAnswer>;
  /** Ends it at once, as a crash does. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export function bypassStage(): BypassStage {
  const lab = createLab({ name: 'bypass test' });
  const [outer, box, inner] = ['outer', 'box', 'inner'].map((name) => lab.host(name)) as [Host, Host, Host];
  wire(outer, 'eth0', OUTER_MAC, box, 'eth0');
  wire(inner, 'eth0', INNER_MAC, box, 'eth1');
  for (const [host, address] of [
    [outer, '10.90.0.1/24'],
    [inner, '10.90.0.2/24'],
  ] as const)
    host.ip('link set eth0 up', `addr add ${address} dev eth0`);
  box.ip('link set eth0 up', 'link set eth1 up');
  const path = (name: string): string => join(box.folder('files'), name);
  let helpers = 0;

  const stage: BypassStage = {
    lab,
    outer,
    box,
    inner,
    async passes() {
      outer.ip('neigh flush all');
      inner.ip('neigh flush all');
      return (await outer.run(['ping', '-n', '-c', '1', '-W', '0.4', '10.90.0.2'])).code === 0;
    },
    async special() {
      const frames = new Map<string, Buffer>();
      for (const [name, group] of Object.entries(LINK_LOCAL)) {
        frames.set(name, Buffer.concat([bytes('01:80:c2:00:00:00'), bytes(OUTER_MAC), Buffer.alloc(50, 0x88)]));
        frames.get(name)?.writeUInt8(group, 5);
      }
      const tagged = [bytes(FAR_MAC), bytes(OUTER_MAC), Buffer.of(0x81, 0, 0, 7, 0x88, 0xb5), Buffer.alloc(46)];
      frames.set('VLAN 7', Buffer.concat(tagged));
      const rules = [...frames].map(([name, frame]) => {
        const match = `ether daddr ${[...frame.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
        return `${match}${name === 'VLAN 7' ? ' vlan id 7' : ''} counter comment "${name}"`;
      });
      const chain = `type filter hook ingress device "eth0" priority 0;\n${rules.join('\n')}`;
      inner.command(
        ['nft', '-f', '-'],
        `table netdev seen\ndelete table netdev seen\ntable netdev seen {\nchain arrived {\n${chain}\n}\n}\n`,
      );
      await sendRaw(outer, 'eth0', [...frames.values()]);
      const listed = inner.command(['nft', 'list', 'table', 'netdev', 'seen']);
      return [...listed.matchAll(/counter packets [1-9]\d* .*comment "([^"]+)"/g)].map(([, name = '']) => name);
    },
    async helper(bypass, tracks, pairs) {
      helpers += 1;
      const run = box.folder(`run${helpers}`);
      const socket = join(run, 'helper.sock');
      const program = box.spawn([process.execPath, ...ownProgram('test/lab/helper-parent'), run], { name: 'helper' });
      const pid = Number(/\d+/.exec(await program.waitFor(/^helper \d+$/))?.[0]);
      const client = createHelperClient(socket);
      const planned = (): number => program.output.filter((line) => line === 'said {"kind":"planned"}').length;
      const staged: StagedHelper = {
        client,
        program,
        socket,
        tell: (message) => program.say(`${JSON.stringify(message)}\n`),
        async plan(change, newTracks = [], newPairs = [PAIR]) {
          const plan: BypassPlan = { ...PLAIN.bypass, ...change };
          const before = planned();
          staged.tell({
            kind: 'plan',
            instance: 'lab',
            tracks: newTracks,
            bypass: plan,
            pairs: newPairs,
            sessions: null,
          });
          await until(() => planned() > before, { what: 'the helper has taken the plan' });
        },
        set: (position) => client.request({ kind: 'bypass.set', position }),
        read: () => client.request({ kind: 'bypass.read' }),
        async crash() {
          process.kill(pid, 'SIGKILL');
          await program.exited;
          client.close();
        },
        async stop() {
          client.close();
          program.finish('');
          await program.exited;
        },
      };
      await staged.plan(bypass, tracks, pairs);
      return staged;
    },
    script(name, text) {
      writeFileSync(path(name), text);
      chmodSync(path(name), 0o755);
      return path(name);
    },
    file: path,
  };
  return stage;
}

function wire(host: Host, port: string, mac: string, box: Host, far: string): void {
  const end = ['address', mac, 'netns', host.namespace, 'type', 'veth', 'peer', 'name', far, 'netns', box.namespace];
  command(['ip', 'link', 'add', port, ...end]);
}

function bytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}
