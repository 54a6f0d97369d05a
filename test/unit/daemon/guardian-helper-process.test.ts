import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnginePlan } from '../../../config/plan.ts';
import { sessionGround } from '../../../daemon/sessions/rules.ts';
import { aliveEvery, createHelperProcess, needsHelper } from '../../../daemon/guardian/helper-process.ts';
import type { HelperProcess } from '../../../daemon/guardian/helper-process.ts';
import { enginePlan, routerPlan } from '../vrrp/edge-samples.ts';

/** A helper that writes down what it is told, and says when a plan is in effect. */
const SCRIPT = `
import { appendFileSync } from 'node:fs';
const log = process.argv[2] + '/log';
process.on('message', (message) => {
  appendFileSync(log, JSON.stringify(message) + '\\n');
  if (message.kind === 'plan') process.send({ kind: 'planned' });
});
process.on('disconnect', () => process.exit(0));
`;

const withBypass = (instance: string, watchdogMs = 2000): EnginePlan => {
  const plan = enginePlan([routerPlan()], instance);
  return { ...plan, bypass: { ...plan.bypass, driver: 'bridge', watchdogMs } };
};

describe('the helper as a child of the guardian', () => {
  let folder = '';
  let helper: HelperProcess;
  let pids: (number | null)[] = [];
  const warnings: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-helper-'));
    writeFileSync(join(folder, 'helper.mjs'), SCRIPT);
    pids = [];
    const program = { nodeOptions: [], script: join(folder, 'helper.mjs') };
    helper = createHelperProcess(
      program,
      folder,
      folder,
      (pid) => pids.push(pid),
      (text) => warnings.push(text),
    );
  });
  afterEach(async () => {
    await helper.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const told = (): readonly Record<string, unknown>[] => {
    const log = join(folder, 'log');
    return existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      : [];
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('is needed for macvlans, closed addresses, tracks and a bypass, and for nothing else', () => {
    const plan = enginePlan([routerPlan()]);
    const track = { name: 't', intervalMs: 1, timeoutMs: 1, fall: 1, rise: 1, weight: 0, routers: [] };
    assert.equal(needsHelper(plan), false);
    assert.equal(needsHelper({ ...plan, routers: [routerPlan({ virtualMac: true })] }), true);
    assert.equal(needsHelper({ ...plan, routers: [routerPlan({ accept: false })] }), true);
    assert.equal(needsHelper({ ...plan, tracks: [{ ...track, target: { type: 'file', target: '/x' } }] }), true);
    assert.equal(needsHelper(withBypass('a')), true);
  });

  it('is not started for a plan that does not need it', async () => {
    await helper.use(enginePlan([routerPlan()]));
    assert.deepEqual(pids, []);
  });

  it('is told the plan when it starts, at every reload, and that somebody serves', async () => {
    await helper.use(withBypass('a'));
    const { bypass, links, tracks } = withBypass('a');
    assert.deepEqual(told(), [
      {
        kind: 'plan',
        instance: 'a',
        tracks,
        bypass,
        pairs: links.pairs,
        sessions: sessionGround(withBypass('a'), folder),
      },
    ]);
    await helper.use(withBypass('b'));
    helper.alive();
    await until(() => told().length === 3);
    assert.deepEqual(
      told().map(({ kind, instance }) => instance ?? kind),
      ['a', 'b', 'alive'],
    );
    await helper.use(enginePlan([routerPlan()], 'c'));
    assert.equal(told().at(-1)?.['instance'], 'c', 'one that nobody needs any more has to give back what it made');
    assert.equal(pids.length, 1);
  });

  it('is told the newest plan again when it was restarted', async () => {
    await helper.use(withBypass('a'));
    await helper.use(withBypass('b'));
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await until(() => told().length === 3);
    assert.equal(told().at(-1)?.['instance'], 'b');
    assert.deepEqual(pids.slice(1, 2), [null]);
    assert.match(warnings.join(), /the helper was ended by SIGKILL/);
  });

  it('keeps nobody waiting who asked for a plan of one that has ended', async () => {
    writeFileSync(join(folder, 'helper.mjs'), 'process.exit(3);');
    await helper.use(withBypass('a'));
    assert.deepEqual(told(), []);
  });

  it('hears that somebody serves at least four times within the watchdog, and twice a second', () => {
    assert.equal(aliveEvery(withBypass('a', 400)), 100);
    assert.equal(aliveEvery(withBypass('a', 60_000)), 500);
  });
});
