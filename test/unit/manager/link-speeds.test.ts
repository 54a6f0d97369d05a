import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Status } from '../../../core/status.ts';
import { createLinkSpeeds } from '../../../manager/link-speeds.ts';
import type { LinkSpeeds } from '../../../manager/link-speeds.ts';
import { until } from '../../support/until.ts';
import { sampleLinks, sampleStatus } from '../daemon/sample-status.ts';

describe('the speeds of the ports of link pairs', () => {
  let folder: string;
  let list: string;
  let changes: number;
  let speeds: LinkSpeeds;
  const port = (name: string, number: number, speed: string): void => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'ifindex'), `${number}\n`);
    writeFileSync(join(folder, name, 'speed'), speed);
  };
  const here = (...ports: readonly (readonly [string, number])[]): void =>
    writeFileSync(
      list,
      `Idx\tDevice    : Count Querier\tGroup\n${ports.map(([name, number]) => `${number}\t${name.padEnd(10)}:     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n`).join('')}`,
    );
  const of = (change: Parameters<typeof sampleLinks>[0] = {}): Status => sampleStatus({ links: sampleLinks(change) });
  const seen = (wanted: object): Promise<void> =>
    until(JSON.stringify(wanted), () => JSON.stringify(speeds.present()) === JSON.stringify(wanted));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-speeds-'));
    list = join(folder, 'igmp');
    changes = 0;
    speeds = createLinkSpeeds({ changed: () => (changes += 1), everyMs: 20, sysfs: folder, list });
    port('eth0', 2, '1000\n');
    port('eth1', 3, '2500\n');
    here(['eth0', 2], ['eth1', 3]);
  });

  afterEach(() => {
    speeds.stop();
    rmSync(folder, { recursive: true });
  });

  it('are read once the ports are known, and told when they change', async () => {
    assert.deepEqual(speeds.present(), {});
    speeds.look(of());
    await seen({ eth0: 1e9, eth1: 2.5e9 });
    assert.equal(changes, 1);
    writeFileSync(join(folder, 'eth1/speed'), '100\n');
    await seen({ eth0: 1e9, eth1: 1e8 });
    assert.ok(changes >= 2);
  });

  it('are left out of a port without carrier, and of one whose driver does not say', async () => {
    speeds.look(of({ state: 'half', inside: false }));
    await seen({ eth0: 1e9 });
    for (const unknown of ['-1\n', '4294967295\n', '', '0\n', 'fast\n']) {
      writeFileSync(join(folder, 'eth0/speed'), unknown);
      await seen({});
      writeFileSync(join(folder, 'eth0/speed'), '1000\n');
      await seen({ eth0: 1e9 });
    }
  });

  it('are not those of a port of the same name in another network namespace', async () => {
    here(['eth0', 17], ['eth1', 3]);
    speeds.look(of());
    await seen({ eth1: 2.5e9 });
    rmSync(list);
    await seen({ eth0: 1e9, eth1: 2.5e9 });
  });

  it('are none of a name that leads elsewhere', async () => {
    port('x/../eth9', 9, '1000\n');
    speeds.look(of({ outsideInterface: 'x/../eth9', insideInterface: 'eth1' }));
    await seen({ eth1: 2.5e9 });
  });
});
