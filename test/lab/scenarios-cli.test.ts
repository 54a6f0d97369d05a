/** The command line against a running daemon: what `--json` prints is the contract of design section 7. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';
import { ask } from '../../lab/control.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP } from '../../lab/topology.ts';
import { stage, start, startBoth } from './stage.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The keys that other programs may rely on. There may be more. */
const STATUS_KEYS =
  'instance stack mode version role since processes reason eligible faults conditions leader routers peers links bandwidth flaps bypass';
const ROUTER_KEYS = 'name id family version interface state priority since addresses counters';
const EVENT_KEYS = 'id seq at instance kind severity reason incident';

function has(value: unknown, keys: string): asserts value is Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null, 'it is an object');
  const missing = keys.split(' ').filter((key) => !(key in value));
  assert.deepEqual(missing, [], 'keys that are missing');
}

async function json(tandem: Tandem, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await tandem.cli('--json', ...args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('the command line', function () {
  this.timeout(60_000);
  const on = stage();

  it('prints the status of design section 7, the same as the socket answers', async () => {
    const [a, b] = await startBoth(on);
    const status = await json(a, 'status');
    has(status, STATUS_KEYS);
    assert.deepEqual(
      ['instance', 'stack', 'mode', 'role', 'eligible', 'faults', 'conditions', 'leader'].map((key) => status[key]),
      ['a', 'lab', 'active-passive', 'active', true, [], [], null],
    );
    const { peers, links, bandwidth, flaps, bypass } = status;
    const none = { active: 0, minimum: 0, intervalMs: 100, pairs: [] };
    assert.deepEqual([peers, links], [[], none], 'no peers and pairs are empty lists');
    has(bandwidth, 'enabled bps minimum state');
    has(flaps, 'count max windowSeconds latched');
    has(bypass, 'driver state latched by');
    assert.deepEqual(
      [bandwidth['state'], flaps['count'], bypass['state'], bypass['by']],
      ['off', 0, 'notFitted', null],
    );
    assert.match(String(status['since']), ISO);
    has(status['reason'], 'code text');
    const { processes, routers } = status;
    has(processes, 'guardian engine manager');
    assert.deepEqual(
      [processes['guardian'], processes['engine'], processes['manager']],
      [a.pid('guardian'), a.pid('engine'), null],
    );
    for (const name of ['guardian', 'engine'] as const) {
      const words = readFileSync(`/proc/${a.pid(name)}/cmdline`, 'utf8');
      assert.equal(/engine/.test(words), name === 'engine', 'the word engine stands in its command line alone');
    }
    assert.ok(Array.isArray(routers) && routers.length === 1, 'one router');
    const router: unknown = routers[0];
    has(router, ROUTER_KEYS);
    assert.deepEqual(
      ['name', 'id', 'family', 'version', 'interface', 'state', 'priority', 'addresses'].map((key) => router[key]),
      ['wan', 51, 'ipv4', 3, 'eth0', 'active', 200, [`${VIP}/24`]],
    );
    has(router['counters'], 'advertsSent advertsReceived activeTransitions checksumErrors');

    assert.equal(statSync(a.socket).mode & 0o777, 0o660);
    const steady = ({ at, routers: _routers, lateness, ...rest }: Record<string, unknown>) => {
      void [at, lateness];
      return rest;
    };
    assert.deepEqual(steady((await ask(a.socket, '/status')) as Record<string, unknown>), steady(status));
    assert.equal((await json(b, 'status'))['role'], 'standby');

    // Options stand before or after the command.
    const after = await a.host.run([
      process.execPath,
      join(packageFolder, 'bin/tandem'),
      'status',
      '--json',
      '--run',
      a.run,
    ]);
    assert.equal((JSON.parse(after.stdout) as Record<string, unknown>)['role'], 'active');
  });

  it('prints routers, causes, events and checks, for people and for programs @long', async () => {
    const [a] = await startBoth(on);
    const { routers } = await json(a, 'routers');
    assert.ok(Array.isArray(routers), 'a list of routers');
    has(routers[0], ROUTER_KEYS);
    const one = (await json(a, 'routers', 'wan'))['routers'];
    assert.ok(Array.isArray(one) && one.length === 1, 'the one that was asked for');
    has(one[0], ROUTER_KEYS);

    const why = await json(a, 'why');
    has(why, 'role since reason chain next');
    assert.ok(Array.isArray(why['chain']), 'a chain of causes');
    assert.match(String(why['chain'].at(-1)), /no advert for wan for /);

    const { code, stdout } = await a.cli('--json', 'events', '--after', '0');
    assert.equal(code, 0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const event of events) has(event, EVENT_KEYS);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, n) => n + 1),
    );
    assert.ok(
      events.every(({ at, instance }) => ISO.test(String(at)) && instance === 'a'),
      'when and whose',
    );
    assert.ok(
      events.some(({ kind, to }) => kind === 'role' && to === 'active'),
      'the change of role is among them',
    );

    const doctor = await a.cli('--json', 'doctor', '--config', a.config);
    assert.ok(Array.isArray((JSON.parse(doctor.stdout) as { checks: unknown }).checks), doctor.stderr);
    assert.deepEqual(await json(a, 'check', a.config), {
      file: a.config,
      valid: true,
      text: (await a.cli('check', a.config)).stdout.trimEnd(),
    });
    assert.deepEqual(await json(a, 'log-level', 'debug'), { level: 'debug' });
    const bundle = join(a.folder, 'bundle.json');
    assert.deepEqual(await json(a, 'support-bundle', '--output', bundle, '--config', a.config), { file: bundle });
    assert.equal(statSync(bundle).mode & 0o777, 0o600);

    assert.deepEqual(await json(a, 'peers'), { peers: [] });
    assert.deepEqual(await json(a, 'links'), { active: 0, minimum: 0, intervalMs: 100, pairs: [] });

    for (const command of ['status', 'routers', 'why', 'events']) {
      const text = await a.cli(command);
      assert.equal(text.code, 0, text.stderr);
      assert.match(text.stdout, /active/, command);
    }
  });

  it('follows events as they happen', async () => {
    const [a, b] = await startBoth(on);
    const follower = on.b.host.spawn(
      [process.execPath, join(packageFolder, 'bin/tandem'), '--run', b.run, 'events', '--follow', '--json'],
      { name: 'tandem events' },
    );
    await follower.waitFor(/"to":"standby"/);
    await a.stop();
    const line = await follower.waitFor(/"kind":"role".*"to":"active"/);
    has(JSON.parse(line), EVENT_KEYS);
  });

  it('prints actions and their end, and failures as data on stdout and as a sentence on stderr', async () => {
    const [a, b] = await startBoth(on);
    const reloaded = await json(a, 'reload');
    has(reloaded, 'actionId ended reason');
    assert.equal(reloaded['ended'], 'done');
    const ids = (await a.events()).filter(({ actionId }) => actionId === reloaded['actionId']);
    assert.ok(ids.length >= 2, 'its events carry the id');

    a.write('instance: a\nstack: lab\nvrpp: []\n');
    await failure(a, ['reload'], 2, 'configRefused', /tandem\.yaml:3:1/);
    await failure(a, ['switchover', '--to', 'b'], 1, 'actionRefused', /^cannot switch over: there is no peer b/);
    const switched = await json(a, 'switchover');
    assert.equal(switched['ended'], 'done');
    await b.waitRole('active');
    await a.stop();
    await failure(a, ['status'], 3, 'unreachable', /./);
    assert.equal(existsSync(a.socket), false);
  });

  it('prints every kind of failure so, and an action that is not waited for @long', async () => {
    const a = await start(on.a);
    await a.waitRole('active');
    assert.deepEqual(Object.keys(await json(a, 'reload', '--no-wait')), ['actionId']);
    a.write('instance: a\nstack: lab\nvrpp: []\n');
    await failure(a, ['check', a.config], 2, 'invalidConfiguration', /tandem\.yaml:3:1/);
    await failure(a, ['routers', 'lan'], 1, 'noSuchRouter', /there are: wan/);
    await failure(a, ['maintenance', 'on'], 1, 'actionRefused', /^cannot enter maintenance: .*no peer is configured/);
    await failure(a, ['maintenance', 'off'], 1, 'actionRefused', /this instance is not in maintenance/);
    await failure(a, ['bypass', 'engage'], 1, 'actionRefused', /^cannot engage the bypass: bypass\.driver is none/);
    assert.equal((await json(a, 'flaps', 'reset'))['ended'], 'done');
    await failure(a, ['statsu'], 2, 'usage', /did you mean 'status'/);
    for (const command of [['sites'], ['config', 'compare']]) {
      await failure(a, command, 1, 'notInThisVersion', /this version does not have/);
    }
  });
});

async function failure(
  tandem: Tandem,
  args: readonly string[],
  exit: number,
  code: string,
  text: RegExp,
): Promise<void> {
  const { code: ended, stdout, stderr } = await tandem.cli('--json', ...args);
  const what = args.join(' ');
  assert.equal(ended, exit, `${what}: ${stdout}${stderr}`);
  const { error } = JSON.parse(stdout) as { error: { code: string; text: string } };
  assert.equal(error.code, code, what);
  assert.match(error.text, text, what);
  assert.notEqual(stderr, '', what);
}
