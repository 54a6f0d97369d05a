/** The package, installed and removed in a root of its own, and both units under a real systemd: what their directives allow is seen by running them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';
import { until } from '../../lab/clock.ts';
import { stackConfig, stackKey } from '../../lab/stack-config.ts';
import { VIP } from '../../lab/topology.ts';
import { BOUNDING_SET, bootAppliance, inFreshRoot, whyNoSystemd } from './appliance.ts';
import type { Appliance } from './appliance.ts';
import { ownedBy, stage, watchAddress, withBackup } from './stage.ts';

/** Hardly compressed: a test has better things to do. */
function buildPackage(folder: string): string {
  const argv = ['--import=tsx', 'systemd/package/main.ts', '--fast', '--out', folder];
  return execFileSync(process.execPath, argv, { cwd: packageFolder, encoding: 'utf8' }).trim();
}

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('the Debian package', function () {
  this.timeout(240_000);
  const on = stage(withBackup);
  let folder = '';
  let deb = '';

  before(function () {
    const why = whyNoSystemd();
    if (why !== null && process.env['CI'] === 'true') throw new Error(`with CI=true nothing may be skipped: ${why}`);
    if (why !== null) {
      process.stderr.write(`      skipped: ${why}\n`);
      return this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'tandem-package-test-'));
    deb = buildPackage(folder);
  });

  after(() => folder !== '' && rmSync(folder, { recursive: true, force: true }));

  it('is the same file, byte by byte, when it is built again', () => {
    const again = mkdtempSync(join(folder, 'again-'));
    assert.equal(digest(buildPackage(again)), digest(deb));
  });

  it('installs with apt, checks a configuration, and leaves nothing when it is purged', async () => {
    const script = `
names() { find /etc /usr /var /run -xdev -name '*tandem*' -not -path '/run/package*' -not -path '/var/cache/*' -not -path '/var/log/*' | sort; getent passwd; getent group; }
names >/tmp/before
apt-get install -y --no-install-recommends /run/package/${deb.slice(folder.length + 1)}
getent passwd tandem; getent group tandem
tandem --version; tandemd --version
cp /usr/share/doc/tandem/examples/tandem.yaml /etc/tandem/
tandemd check
test "$(stat -c %U /usr/lib/tandem/dist/daemon/main.js)" = root
test -z "$(find /usr/lib/tandem /usr/bin/tandemd -not -user root -o -perm -002 -not -type l)"
systemctl is-enabled tandem.service tandem-manager.service
man --warnings -l /usr/share/man/man8/tandemd.8.gz >/dev/null
apt-get remove -y tandem
test -e /etc/tandem/tandem.yaml
apt-get purge -y tandem
names | diff /tmp/before -
echo nothing is left`;
    const { code, stdout, stderr } = await inFreshRoot(on.a.host, folder, script);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /configuration OK/);
    assert.match(stdout, /^enabled\nenabled$/m);
    assert.match(stdout, /nothing is left/);
  });

  describe('under systemd, two appliances', () => {
    let a: Appliance;
    let b: Appliance;
    const appliances: Appliance[] = [];

    async function boot(name: 'a' | 'b'): Promise<Appliance> {
      const settings = stackConfig(on.topology, name, {
        peerCheck: { interval: '50ms', failureThreshold: 3 },
        router: { advertInterval: '100ms' },
        ha: { secretFile: '/etc/tandem/stack.key', preempt: false },
        more: { manager: { listen: ['127.0.0.1:8443'] } },
      });
      const appliance = await bootAppliance(on[name].host, deb, {
        'tandem.yaml': JSON.stringify(settings),
        'stack.key': `${stackKey(on.topology.lab)}\n`,
      });
      appliances.push(appliance);
      return appliance;
    }

    beforeEach(async () => {
      a = await boot('a');
      await a.waitRole('active');
      b = await boot('b');
      await b.waitRole('standby');
    });

    afterEach(async function () {
      if (this.currentTest?.state === 'failed')
        for (const one of appliances)
          process.stderr.write(`--- ${one.host.name}\n${await one.journal().catch(String)}\n`);
      for (const one of appliances.splice(0)) await one.stop();
    });

    it('both units run with what they are allowed, and no more; what they need works', async () => {
      const pids = (await a.status())?.processes ?? {};
      const statusOf = (pid: unknown): Promise<string> => a.read('cat', `/proc/${String(pid)}/status`);
      for (const name of ['guardian', 'engine'] as const) {
        const text = await statusOf(pids[name]);
        assert.match(text, new RegExp(`^CapBnd:\\s+${BOUNDING_SET}$`, 'm'), name);
        assert.match(text, /^NoNewPrivs:\s+1$/m);
        assert.match(text, /^Seccomp:\s+2$/m);
        assert.match(await a.read('chrt', '--pid', String(pids[name])), /SCHED_RR/, `${name} has real time`);
      }
      assert.match((await statusOf(pids['engine'])).replace(/\s+/g, ' '), /VmLck: [1-9]/, 'memory is locked');
      await until(async () => (await a.property('tandem-manager.service', 'ActiveState')) === 'active', {
        what: 'the manager runs',
        limitMs: 30_000,
      });
      const manager = await a.property('tandem-manager.service', 'MainPID');
      const text = await statusOf(manager);
      for (const set of ['CapBnd', 'CapEff', 'CapPrm']) assert.match(text, new RegExp(`^${set}:\\s+0+$`, 'm'));
      assert.equal(await a.read('stat', '-c', '%U', `/proc/${manager}`), 'tandem');
      assert.match(await a.read('chrt', '--pid', manager), /SCHED_OTHER/);
      assert.equal(await a.read('stat', '-c', '%U %a', '/var/lib/tandem/manager'), 'tandem 700');
      assert.equal(await a.read('stat', '-c', '%G %a', '/run/tandem/engine.sock'), 'tandem 660');
      // Addresses, journal of them, and a reload under the unit's own view of the file system.
      assert.ok(on.a.host.has(VIP));
      assert.match(
        await a.read('cat', '/var/lib/tandem/guardian/addresses.json'),
        new RegExp(VIP.replaceAll('.', '\\.')),
      );
      await a.read('systemctl', 'reload', 'tandem.service');
      await a.waitRole('active');
      // Nothing complains of what it is not allowed.
      const log = await a.journal();
      assert.doesNotMatch(log, /EPERM|EACCES|EROFS|not permitted|no real-time|cannot be locked|audit/i);
    });

    it('a guardian that is killed ends in a handover: its engine is not killed with it, and systemd starts it again', async () => {
      const watched = await watchAddress(on);
      const before = await a.property('tandem.service', 'MainPID');
      await a.read('kill', '-KILL', before);
      await ownedBy(on, 'b');
      await watched.nothingLost();
      await a.waitRole('standby');
      assert.notEqual(await a.property('tandem.service', 'MainPID'), before);
    });

    it('what a daemon leaves that is killed with all its processes is removed before the next one starts', async () => {
      await a.read('systemctl', 'kill', '--kill-whom=all', '--signal=KILL', 'tandem.service');
      await ownedBy(on, 'b');
      await a.waitRole('standby');
      assert.equal(on.a.host.has(VIP), false);
    });

    it('the daemon does not care whether a manager runs', async () => {
      await a.read('systemctl', 'stop', 'tandem-manager.service');
      await a.waitRole('active');
      await a.read('systemctl', 'restart', 'tandem.service');
      await ownedBy(on, 'b');
      await a.waitRole('standby');
      assert.equal(await a.property('tandem-manager.service', 'ActiveState'), 'inactive');
    });

    it('an upgrade of both, one after the other, loses no probe', async () => {
      const watched = await watchAddress(on);
      const reinstall = (one: Appliance): Promise<string> =>
        one.read('dpkg', '--install', '--force-depends', `/run/package/${deb.slice(folder.length + 1)}`);
      await reinstall(b);
      await b.waitRole('standby');
      await watched.nothingLost();
      await reinstall(a);
      await a.waitRole('standby');
      await ownedBy(on, 'b');
      await watched.nothingLost();
    });
  });
});
