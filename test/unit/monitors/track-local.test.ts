import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckMemory } from '../../../monitors/track-check/check.ts';
import { performCheck } from '../../../monitors/track-check/check.ts';
import { createLooks } from '../../../monitors/track-check/looks.ts';
import { bad, good } from '../../../monitors/track-check/outcome.ts';
import { nameOfRunning } from '../../../monitors/track-check/process.ts';
import { cpuUse, diskUse, isOver, memoryUse, parseCpuTimes } from '../../../monitors/track-check/resource.ts';

const TIMEOUT = 10_000;

describe('checks of this machine', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-local-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  describe('by file', () => {
    it('are good while it exists', async () => {
      const target = join(folder, 'flag');
      const check = () => performCheck({ type: 'file', target }, TIMEOUT);
      assert.equal((await check()).good, false);
      writeFileSync(target, '');
      assert.deepEqual(await check(), { good: true, detail: 'exists' });
      rmSync(target);
      assert.match((await check()).detail, /ENOENT/);
    });
  });

  describe('by process', () => {
    const check = (target: string) => performCheck({ type: 'process', target }, TIMEOUT);

    it('find this one by its name', async () => {
      const name = nameOfRunning(readFileSync('/proc/self/stat', 'utf8'))!;
      assert.equal((await check(name)).good, true);
    });

    it('compare the 15 characters that the kernel keeps, while it runs and no longer', async () => {
      const program = join(folder, 'tandem-long-name-of-a-process');
      writeFileSync(program, '#!/bin/sh\nread -r line\n', { mode: 0o755 });
      const child = spawn(program, { stdio: ['pipe', 'ignore', 'ignore'] });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      const [full, kept, shorter] = ['tandem-long-name-of-a-process', 'tandem-long-nam', 'tandem-long-na'];
      assert.deepEqual(await check(full), { good: true, detail: `process ${child.pid}` });
      assert.equal((await check(kept)).good, true);
      assert.equal((await check(shorter)).good, false);
      child.stdin.end();
      await ended;
      assert.deepEqual(await check(full), { good: false, detail: 'no such process' });
    });

    it('do not take one that is dead and not reaped for one that runs', () => {
      assert.equal(nameOfRunning('12 (sleep) S 1 12 12'), 'sleep');
      assert.equal(nameOfRunning('12 (a) (b) R 1 12 12'), 'a) (b');
      assert.equal(nameOfRunning('12 (sleep) Z 1 12 12'), null);
      assert.equal(nameOfRunning('12 (sleep) X 1 12 12'), null);
      assert.equal(nameOfRunning('nonsense'), null);
    });
  });

  describe('by resource', () => {
    const MEMORY = { type: 'resource', target: 'memory', path: '/', high: 100, low: 1 } as const;

    it('are good below the limit', async () => {
      for (const target of ['cpu', 'memory', 'disk'] as const) {
        const outcome = await performCheck({ ...MEMORY, target, path: folder }, TIMEOUT, new Map());
        assert.equal(outcome.good, true);
        assert.match(outcome.detail, new RegExp(`^${target} \\d+ %$`));
      }
    });

    it('are bad above it, and where nothing can be read', async () => {
      assert.equal((await performCheck({ ...MEMORY, high: 0, low: 0 }, TIMEOUT, new Map())).good, false);
      const missing = { ...MEMORY, target: 'disk', path: join(folder, 'missing') } as const;
      assert.match((await performCheck(missing, TIMEOUT, new Map())).detail, /ENOENT/);
    });

    it('remember from one to the next that a resource was used up', async () => {
      const memory: CheckMemory = new Map();
      assert.equal((await performCheck({ ...MEMORY }, TIMEOUT, memory)).good, true);
      const [key] = [...memory.keys()];
      memory.set(key!, { over: true, cpu: null });
      assert.equal((await performCheck({ ...MEMORY }, TIMEOUT, memory)).good, false, 'not below 1 % again');
      assert.equal(memory.get(key!)?.over, true);
    });

    it('compare CPU times with those of the check before', async () => {
      const memory: CheckMemory = new Map();
      const target = { ...MEMORY, target: 'cpu' } as const;
      await performCheck(target, TIMEOUT, memory);
      const [key] = [...memory.keys()];
      const { idle, total } = memory.get(key!)!.cpu!;
      // As if all had been busy since, and as if nothing had: whatever this machine does now is little beside it.
      memory.set(key!, { over: false, cpu: { idle: idle + 1e12, total: total - 1e12 } });
      assert.equal((await performCheck(target, TIMEOUT, memory)).detail, 'cpu 100 %');
      memory.set(key!, { over: false, cpu: { idle: idle - 1e12, total: total - 1e12 } });
      assert.equal((await performCheck(target, TIMEOUT, memory)).detail, 'cpu 0 %');
    });

    it('forget the targets of long ago', async () => {
      const memory: CheckMemory = new Map();
      for (let n = 0; n < 1100; n += 1) memory.set(`old ${n}`, { over: false, cpu: null });
      await performCheck(MEMORY, TIMEOUT, memory);
      assert.equal(memory.size, 1024);
      assert.equal(memory.has(JSON.stringify(MEMORY)), true);
    });

    it('are over above high, until below low', () => {
      const limits = { high: 90, low: 80 };
      let over = false;
      const seen = [85, 90, 91, 90, 80, 79, 85, 95].map((use) => (over = isOver(use, limits, over)));
      assert.deepEqual(seen, [false, false, true, true, true, false, false, true]);
    });

    it('take for CPU use what was neither idle nor waiting for a disk', () => {
      const from = parseCpuTimes('cpu  100 0 50 800 50 0 0 0 30 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n')!;
      assert.deepEqual(from, { idle: 850, total: 1000 });
      const to = parseCpuTimes('cpu  120 0 60 850 70 0 0 0 40 0\n')!;
      assert.equal(Math.round(cpuUse(from, to)!), 30);
      assert.equal(cpuUse(from, from), null);
      assert.equal(cpuUse(from, { idle: 849, total: 1001 }), 100);
      assert.equal(parseCpuTimes('cpu0 1 2 3 4\n'), null);
    });

    it('take for memory use what a program cannot get', () => {
      assert.equal(memoryUse('MemTotal:       1000 kB\nMemFree:         10 kB\nMemAvailable:    250 kB\n'), 75);
      assert.equal(memoryUse('MemTotal:       1000 kB\n'), null);
      assert.equal(memoryUse(''), null);
    });

    it('take for disk use what df shows', () => {
      assert.equal(diskUse({ blocks: 1000, bfree: 400, bavail: 200 }), 75);
      assert.equal(diskUse({ blocks: 0, bfree: 0, bavail: 0 }), null);
    });
  });
});

describe('a look that does not end', () => {
  it('fails when its time is over, and is not begun a second time', async () => {
    const looks = createLooks();
    let begun = 0;
    let end = (): void => undefined;
    const hang = () => {
      begun += 1;
      return new Promise<ReturnType<typeof good>>((resolve) => {
        end = () => resolve(good('at last'));
      });
    };
    const late = bad('no answer within 10 ms');
    assert.deepEqual(await looks.look('mount', 10, hang), late);
    assert.deepEqual(await looks.look('mount', 10, hang), late);
    assert.equal(begun, 1);
    const third = looks.look('mount', TIMEOUT, hang);
    assert.deepEqual(await looks.look('elsewhere', TIMEOUT, () => Promise.resolve(good('other'))), good('other'));
    end();
    assert.deepEqual(await third, good('at last'));
    assert.deepEqual(await looks.look('mount', TIMEOUT, () => Promise.reject(new Error('broken'))), bad('broken'));
    assert.equal(begun, 1);
  });
});
