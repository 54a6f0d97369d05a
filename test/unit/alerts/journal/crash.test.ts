import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from '../../../../daemon/where.ts';
import { events, journalRig, own } from './rig.ts';

interface Life {
  /** Oldest and newest entry that it found, and what was wrong with them. */
  readonly first: number;
  readonly last: number;
  readonly wrong: number;
  /** The newest that was acknowledged before it was killed. */
  readonly taken: number;
}

/** Starts a writer, and kills it so long after its first entry. */
async function live(folder: string, killAfterMs: number): Promise<Life> {
  const { nodeOptions, script } = program('test/unit/alerts/journal/crash-child');
  const child = spawn(process.execPath, [...nodeOptions, script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let said = '';
  const writing = new Promise<void>((resolve, reject) => {
    child.on('close', () => reject(new Error(`the writer ended by itself: ${said}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('taken')) resolve();
    });
  });
  await writing;
  await sleep(killAfterMs);
  child.kill('SIGKILL');
  await ended;
  const lines = said.split('\n').slice(0, -1);
  const [, first = '', last = '', wrong = ''] = lines[0]!.split(' ');
  const taken = Math.max(...lines.slice(1).map((line) => Number(line.split(' ')[1])));
  return { first: Number(first), last: Number(last), wrong: Number(wrong), taken };
}

async function killAgainAndAgain(folder: string, times: number): Promise<void> {
  let taken = 0;
  for (let time = 0; time < times; time += 1) {
    const life = await live(folder, Math.random() * 60);
    assert.equal(life.wrong, 0, `life ${time} found holes`);
    assert.ok(life.last >= taken, `acknowledged ${taken}, found ${life.last}`);
    taken = life.taken;
  }
}

async function lanes(count: number, times: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-crash-'));
  try {
    await Promise.all(Array.from({ length: count }, (_, at) => killAgainAndAgain(join(folder, `${at}`), times)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the journal of a manager that is killed', function () {
  this.timeout(120_000);

  it('opens again with everything that was acknowledged', () => lanes(1, 3));
});

describe('a journal whose file is damaged', function () {
  this.timeout(60_000);
  const rig = journalRig();

  const DAMAGES: readonly (readonly [what: string, damage: (file: string) => void])[] = [
    ['overwritten from the start', (file) => writeFileSync(file, readFileSync(file).fill(0x5a))],
    ['overwritten behind its first pages', (file) => writeFileSync(file, readFileSync(file).fill(0x5a, 8192))],
    ['cut off in the middle', (file) => truncateSync(file, Math.floor(readFileSync(file).length / 8192) * 4096)],
    ['a text', (file) => writeFileSync(file, 'hello')],
  ];

  for (const [what, damage] of DAMAGES) {
    it(`is moved aside, and a new one says so: ${what}`, async () => {
      const before = await rig.open();
      await before.appendAll(events(500));
      await before.close();
      damage(join(rig.folder, 'data.mdb'));
      // As after an end that was not clean: what a process leaves that read the damage.
      writeFileSync(join(rig.folder, 'in-use'), '');
      const journal = await rig.open();
      const [entry] = journal.query({}).entries;
      assert.equal(entry?.reason.code, 'journalDamaged');
      assert.match(entry.reason.text, /could not be read .*damaged-2026-11-21T12-00-00-000Z.*a new one begins/);
      assert.ok(existsSync(join(journal.moved!.file, 'data.mdb')));
      assert.equal((await journal.append(own('x'))).seq, 2);
    });
  }

  it('is found without any other sign where its first pages are wrong', async () => {
    const before = await rig.open();
    await before.appendAll(events(500));
    await before.close();
    assert.equal(existsSync(join(rig.folder, 'in-use')), false);
    truncateSync(join(rig.folder, 'data.mdb'), 20_000);
    assert.notEqual((await rig.open()).moved, null);
  });

  it('keeps no more than two of them', async () => {
    for (const name of ['damaged-1', 'damaged-2', 'damaged-3']) mkdirSync(join(rig.folder, name), { recursive: true });
    writeFileSync(join(rig.folder, 'data.mdb'), 'hello');
    await rig.open();
    assert.deepEqual(
      readdirSync(rig.folder)
        .filter((name) => name.startsWith('damaged-'))
        .sort(),
      ['damaged-2026-11-21T12-00-00-000Z', 'damaged-3'],
    );
  });
});
