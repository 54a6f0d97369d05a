/** Starts that cannot succeed: one clear sentence, the exit code of design section 7, and nothing half-started. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';
import { launchTandem } from '../../lab/tandem.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { programsIn } from '../../lab/registry.ts';
import { VIP } from '../../lab/topology.ts';
import { config, ownedBy, stage, start } from './stage.ts';

describe('a start', function () {
  this.timeout(60_000);
  const on = stage();

  /** Waits for its end; what it said on stderr, one line each. */
  async function refusal(tandem: Tandem, code: number): Promise<string> {
    assert.deepEqual(await tandem.program.exited, { code, signal: null });
    assert.deepEqual(programsIn([tandem.host.namespace]), [], 'no process is left');
    assert.equal(tandem.host.has(VIP), false);
    return tandem.program.output.filter((line) => !/^(info|ready)/.test(line)).join('\n');
  }

  it('with a wrong configuration ends with 2, and every error with its place', async () => {
    const tandem = launchTandem(on.a.host, 'instance: a\nstack: lab\nha:\n  mode: activ-passive\nvrpp: []\n');
    const said = await refusal(tandem, 2);
    assert.match(said, /tandem\.yaml:4:\d+: .*active-passive/);
    assert.match(said, /tandem\.yaml:5:1: .*did you mean vrrp\?/);
    assert.equal(existsSync(tandem.socket), false);
  });

  it('without a configuration ends with 2 and names the file', async () => {
    const folder = on.a.host.folder('nothing');
    const { code, stderr } = await run(on, [
      '--config',
      join(folder, 'absent.yaml'),
      '--state',
      folder,
      '--run',
      folder,
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /absent\.yaml/);
  });

  it('without the privileges ends with 1 and says which', async () => {
    const folder = on.a.host.folder('unprivileged');
    writeFileSync(join(folder, 'tandem.yaml'), JSON.stringify(config('a')));
    const args = ['--config', join(folder, 'tandem.yaml'), '--state', join(folder, 's'), '--run', join(folder, 'r')];
    // As root without capabilities; and as nobody, where nobody may read the package.
    const ways = [
      ['setpriv', '--bounding-set', '-net_admin,-net_raw'],
      ...(isReadableByAll(packageFolder)
        ? [['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']]
        : []),
    ];
    for (const way of ways) {
      const { code, stderr } = await run(on, args, way);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /CAP_NET_ADMIN.*CAP_NET_RAW.*root/);
      assert.equal(stderr.trim().split('\n').length, 1, 'one sentence');
      assert.equal(existsSync(join(folder, 'r')), false);
    }
  });

  it('on the run directory of another daemon ends with 1 and names it', async () => {
    const first = await start(on.a);
    await first.waitRole('active');
    const second = await run(on, ['--config', first.config, '--state', join(first.folder, 's2'), '--run', first.run]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`another tandemd runs on .*\\(process ${first.pid('guardian')}\\)`));
    assert.equal((await first.status()).role, 'active');
    await ownedBy(on, 'a');
    assert.equal((await first.cli('status')).code, 0, 'the first one is still reached');
  });

  it('with a socket path that somebody else uses ends with 1 and says what to do', async () => {
    for (const occupy of ['a file', 'a server'] as const) {
      const folder = on.a.host.folder(`occupied-${occupy.replace(' ', '-')}`);
      const path = join(folder, 'engine.sock');
      const server = createServer();
      if (occupy === 'a file') writeFileSync(path, '');
      else await new Promise<void>((resolve) => server.listen(path, resolve));
      const file = join(folder, 'tandem.yaml');
      writeFileSync(file, JSON.stringify(config('a')));
      const { code, stderr } = await run(on, ['--config', file, '--state', join(folder, 's'), '--run', folder]);
      server.close();
      assert.equal(code, 1, stderr);
      assert.match(stderr, /engine\.sock.* (remove it|stop it first),? or choose another run directory/);
      assert.deepEqual(programsIn([on.a.host.namespace]), []);
    }
  });

  it('with a run directory whose socket path is too long ends before anything is made', async () => {
    const folder = on.a.host.folder('long');
    const run1 = join(folder, 'x'.repeat(100));
    const file = join(folder, 'tandem.yaml');
    writeFileSync(file, JSON.stringify(config('a')));
    const { code, stderr } = await run(on, ['--config', file, '--state', join(folder, 's'), '--run', run1]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /107.*shorter run directory/);
    assert.equal(existsSync(run1), false);
  });

  it('with a run directory that others may write to ends with 1', async () => {
    const folder = on.a.host.folder('open');
    const open = join(folder, 'run');
    mkdirSync(open);
    on.a.host.command(['chmod', '777', open]);
    const file = join(folder, 'tandem.yaml');
    writeFileSync(file, JSON.stringify(config('a')));
    const { code, stderr } = await run(on, ['--config', file, '--state', join(folder, 's'), '--run', open]);
    assert.equal(code, 1);
    assert.match(stderr, /open to others.*chmod/);
  });

  it('on an interface that does not exist runs, in fault, and says so', async () => {
    const a = await start(on.a, { router: { interface: 'eth9' } });
    const { faults, role } = await a.waitRole('fault');
    assert.equal(role, 'fault');
    assert.match(faults[0]?.text ?? '', /eth9 does not exist/);
    await a.program.waitFor(/^ready$/);
    assert.equal((await a.cli('doctor', '--config', a.config)).code, 1);
  });
});

function run(
  on: ReturnType<typeof stage>,
  args: readonly string[],
  before: readonly string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const argv = [process.execPath, join(packageFolder, 'bin/tandemd'), 'run', ...args, '--without-manager'];
  return on.a.host.run([...before, ...argv], { limitMs: 30_000 });
}

/** Everybody may pass through every folder above. */
function isReadableByAll(path: string): boolean {
  if ((statSync(path).mode & 0o005) !== 0o005) return false;
  return path === '/' || isReadableByAll(dirname(path));
}
