/** Parts of the helper: the checks of tracks, and the settings of parents that are given back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrackPlan } from '../../../config/plan.ts';
import { createSessionWork } from '../../../daemon/sessions/work.ts';
import { createChecks } from '../../../daemon/helper/checks.ts';
import type { PerformCheck } from '../../../daemon/helper/checks.ts';
import { hands } from '../../../daemon/helper/hands.ts';
import { createParents } from '../../../daemon/helper/parents.ts';
import type { SettingFiles } from '../../../daemon/helper/parents.ts';
import { createPerformer } from '../../../daemon/helper/performer.ts';
import { createBypassControl } from '../../../daemon/bypass/control.ts';
import { isToHelper } from '../../../daemon/helper/plan-message.ts';
import type { ToHelper } from '../../../daemon/helper/plan-message.ts';
import { PLAIN } from '../../support/plain-plan.ts';

const track = (name: string): TrackPlan => ({
  name,
  target: { type: 'file', target: `/run/${name}` },
  intervalMs: 1000,
  timeoutMs: 500,
  fall: 3,
  rise: 2,
  weight: 0,
  routers: [],
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the checks of tracks', () => {
  /** Checks that end when they are told to. */
  function held() {
    const open: { readonly target: string; end(good: boolean): void }[] = [];
    const perform: PerformCheck = (target) =>
      new Promise((resolve) => {
        const name = 'target' in target ? target.target : '';
        open.push({ target: name, end: (good) => resolve({ good, detail: name }) });
      });
    return { open, perform };
  }

  it('are those of the plan, by name', async () => {
    const { open, perform } = held();
    const checks = createChecks(perform);
    checks.plan([track('a')]);
    assert.deepEqual(await checks.check('b'), { ok: false, text: 'there is no track b' });
    assert.deepEqual(await checks.check('__proto__'), { ok: false, text: 'there is no track __proto__' });
    const answer = checks.check('a');
    open[0]!.end(true);
    assert.deepEqual(await answer, { ok: true, good: true, text: '/run/a' });
    checks.plan([]);
    assert.equal((await checks.check('a')).ok, false);
  });

  it('join the one that is under way', async () => {
    const { open, perform } = held();
    const checks = createChecks(perform);
    checks.plan([track('a')]);
    const answers = [checks.check('a'), checks.check('a')];
    assert.equal(open.length, 1);
    open[0]!.end(false);
    assert.deepEqual(
      (await Promise.all(answers)).map(({ ok }) => ok),
      [false, false],
    );
    void checks.check('a');
    assert.equal(open.length, 2, 'a new one is a new one');
  });

  it('are done some at once; the others wait for a place and lose none', async () => {
    const { open, perform } = held();
    const checks = createChecks(perform, 2);
    const names = ['a', 'b', 'c', 'd', 'e'];
    checks.plan(names.map(track));
    const answers = names.map((name) => checks.check(name));
    for (let n = 0; n < names.length; n += 1) {
      await turn();
      assert.equal(open.length, Math.min(n + 2, names.length));
      open[n]!.end(true);
    }
    assert.ok((await Promise.all(answers)).every(({ ok }) => ok));
    void checks.check('a');
    void checks.check('b');
    void checks.check('c');
    await turn();
    assert.equal(open.length, names.length + 2, 'two places are free again');
  });
});

describe("a parent's settings", () => {
  const file = (device: string, key: string): string => `/proc/sys/net/ipv4/conf/${device}/${key}`;
  let folder = '';
  let kept = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-parents-'));
    kept = join(folder, 'parents.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function kernel(values: Readonly<Record<string, string>>) {
    const settings = new Map(Object.entries(values));
    const files: SettingFiles = {
      read(name) {
        const value = settings.get(name);
        if (value === undefined) throw new Error('ENOENT');
        return `${value}\n`;
      },
      write(name, text) {
        if (!settings.has(name)) throw new Error('ENOENT');
        settings.set(name, text);
      },
    };
    /** As the helper's steps do it. */
    const setAll = (device: string): void => {
      for (const [key, value] of Object.entries({ arp_ignore: '1', arp_filter: '1', arp_announce: '2' }))
        if (settings.has(file(device, key))) settings.set(file(device, key), value);
    };
    return { settings, files, setAll };
  }
  const fresh = (device = 'eth0'): Readonly<Record<string, string>> => ({
    [file(device, 'arp_ignore')]: '0',
    [file(device, 'arp_filter')]: '0',
    [file(device, 'arp_announce')]: '1',
  });

  it('are given back when its last macvlan goes, and not before', () => {
    const { settings, files, setAll } = kernel(fresh());
    const parents = createParents(kept, files);
    for (const name of ['vr4-1-2', 'vr4-2-2']) {
      parents.take('eth0', name);
      setAll('eth0');
    }
    parents.release('vr4-1-2');
    assert.equal(settings.get(file('eth0', 'arp_announce')), '2');
    parents.release('vr4-2-2');
    assert.deepEqual(Object.fromEntries(settings), fresh());
  });

  it('are known to a helper that is started again', () => {
    const { settings, files, setAll } = kernel(fresh());
    createParents(kept, files).take('eth0', 'vr4-1-2');
    setAll('eth0');
    const again = createParents(kept, files);
    again.take('eth0', 'vr4-1-2');
    again.release('vr4-1-2');
    assert.deepEqual(Object.fromEntries(settings), fresh());
  });

  it('are left where somebody else has changed them since', () => {
    const { settings, files, setAll } = kernel(fresh());
    const parents = createParents(kept, files);
    parents.take('eth0', 'vr4-1-2');
    setAll('eth0');
    settings.set(file('eth0', 'arp_announce'), '0');
    parents.release('vr4-1-2');
    assert.equal(settings.get(file('eth0', 'arp_announce')), '0');
    assert.equal(settings.get(file('eth0', 'arp_ignore')), '0');
  });

  it('are given back by the parent that a macvlan has left for another', () => {
    const { settings, files, setAll } = kernel({ ...fresh('eth0'), ...fresh('eth1') });
    const parents = createParents(kept, files);
    parents.take('eth0', 'vr4-1-2');
    setAll('eth0');
    parents.take('eth1', 'vr4-1-2');
    setAll('eth1');
    assert.equal(settings.get(file('eth0', 'arp_ignore')), '0');
    parents.release('vr4-1-2');
    assert.equal(settings.get(file('eth1', 'arp_ignore')), '0');
  });

  it('go with an interface that is gone, and a broken file is no file', () => {
    const { settings, files, setAll } = kernel(fresh());
    writeFileSync(kept, '{"eth0":');
    const parents = createParents(kept, files);
    parents.take('eth0', 'vr4-1-2');
    setAll('eth0');
    settings.clear();
    parents.release('vr4-1-2');
    assert.equal(settings.size, 0);
    parents.release('vr4-9-9');
  });
});

describe("the guardian's word", () => {
  it('is one of two', () => {
    const plan: ToHelper = { kind: 'plan', instance: 'a', tracks: [], bypass: PLAIN.bypass, pairs: [], sessions: null };
    for (const message of [plan, { kind: 'alive' }]) assert.equal(isToHelper(message), true);
    for (const message of [null, 'alive', {}, { kind: 'plan' }, { kind: 'bypass.set' }])
      assert.equal(isToHelper(message), false);
  });

  it('names what the requests then mean, and a new plan names it anew', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-performer-'));
    const card = join(folder, 'card');
    writeFileSync(card, '0');
    const performer = createPerformer({
      bypass: createBypassControl(hands, { planWaitMs: 5 }),
      checks: createChecks(() => Promise.resolve({ good: true, detail: 'fine' })),
      parents: createParents(join(folder, 'parents.json')),
      sessions: createSessionWork({ run: folder, hands }),
    });
    assert.equal((await performer.perform({ kind: 'bypass.read' })).state, 'unknown');
    assert.equal((await performer.perform({ kind: 'track.check', name: 'a' })).ok, false);
    const pair = { name: 'wan1', outside: 'eth0', inside: 'eth1' };
    const sysfs = { file: { wan1: card }, inline: '0', bypass: '1' };
    const plan = { kind: 'plan', instance: 'a', tracks: [track('a')], pairs: [pair], sessions: null } as const;
    await performer.told({ ...plan, bypass: { ...PLAIN.bypass, driver: 'sysfs', sysfs } });
    const set = await performer.perform({ kind: 'bypass.set', position: 'bypass' });
    assert.deepEqual(set, { ok: true, text: '', state: 'bypass' });
    assert.deepEqual(await performer.perform({ kind: 'track.check', name: 'a' }), {
      ok: true,
      good: true,
      text: 'fine',
    });
    await performer.undo();
    assert.equal((await performer.perform({ kind: 'bypass.read' })).state, 'bypass', 'the end undoes no bypass');
    await performer.told({ ...plan, tracks: [], bypass: PLAIN.bypass });
    assert.equal((await performer.perform({ kind: 'bypass.read' })).state, 'notFitted');
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('the hands of the bypass', () => {
  it('give what a program prints, apart from what it complains of', async () => {
    const ran = await hands.run(['sh', '-c', 'echo word; echo oh >&2; exit 3'], null, 5_000);
    assert.equal(ran.ok, false);
    assert.equal(ran.text, 'word\n');
    assert.match(ran.trouble, /exit code 3: .*oh/);
  });

  it('do not wait for a program or a file for ever', async () => {
    assert.match((await hands.run(['sleep', '30'], null, 50)).trouble, /did not end within 50 ms/);
    const missing = await hands.read('/no/such/file', 1_000);
    assert.equal(missing.ok, false);
    assert.match(missing.trouble, /ENOENT/);
  });
});
