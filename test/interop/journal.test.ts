/**
 * Managers that are killed while they write the journal, and files that are damaged. The compiled journal, in processes of its own: what a damaged file
 * does to a process is part of it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageFolder } from '../../daemon/where.ts';
import { need } from '../support/need.ts';

/**
 * Says `open FIRST LAST WRONG MOVED`, then `taken SEQ` for each entry that was acknowledged, and drops the oldest now and then; with `once` it writes one
 * batch and closes the journal.
 */
const WRITER = `
import { writeSync } from 'node:fs';
const [folder, once] = process.argv.slice(1);
const { openJournal } = await import(${JSON.stringify(`${packageFolder}dist/alerts/journal/journal.js`)});
const say = (text) => writeSync(1, text + '\\n');
const journal = await openJournal(folder, 'a', Date.now);
const { first, last } = journal.query({ limit: 1 });
let expected = first ?? 1;
let wrong = 0;
for await (const entry of journal.stream({ order: 'oldest' })) {
  if (entry.seq !== expected || journal.get(entry.id)?.seq !== entry.seq) wrong += 1;
  expected = entry.seq + 1;
}
if ((journal.lastEngine()?.seq ?? 0) > (last ?? 0)) wrong += 1;
say(['open', first ?? 1, last ?? 0, wrong, journal.moved === null ? 0 : 1].join(' '));
const reason = { code: 'x', text: 'some text' };
for (let round = 0; round === 0 || once === undefined; round += 1) {
  const from = (journal.lastEngine()?.seq ?? 0) + 1;
  const batch = Array.from({ length: once === undefined ? 1 + (round % 5) : 300 }, (_, at) => {
    const seq = from + at;
    const at_ = new Date().toISOString();
    return { event: { id: 'e' + seq, seq, at: at_, instance: 'a', kind: 'role', severity: 'info', reason, incident: 'i' }, log: 'L1' };
  });
  const own = { kind: 'user', severity: 'info', reason, incident: null };
  const taken = await Promise.all([journal.appendAll(batch), journal.append(own)]);
  for (const { seq } of taken.flat()) say('taken ' + seq);
  if (round % 10 === 9) await journal.retain(90, 60);
}
await journal.close();
`;

interface Life {
  readonly last: number;
  readonly wrong: number;
  readonly moved: boolean;
  /** The newest that was acknowledged. */
  readonly taken: number;
}

/** Runs a writer; kills it so long after its first entry, or (null) lets it write once and end. */
async function live(folder: string, killAfterMs: number | null): Promise<Life> {
  const argv = ['--input-type=module', '-e', WRITER, folder, ...(killAfterMs === null ? ['once'] : [])];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const writing = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('taken')) resolve();
    });
  });
  await Promise.race([writing, ended]);
  if (killAfterMs !== null) {
    await sleep(killAfterMs);
    child.kill('SIGKILL');
  }
  const code = await ended;
  assert.equal(code, killAfterMs === null ? 0 : null, 'the writer ended by itself');
  const lines = said.split('\n').slice(0, -1);
  const [, , last, wrong, moved] = lines[0]!.split(' ').map(Number);
  const taken = Math.max(...lines.slice(1).map((line) => Number(line.split(' ')[1])));
  return { last: last!, wrong: wrong!, moved: moved === 1, taken };
}

async function killAgainAndAgain(folder: string, times: number): Promise<void> {
  let taken = 0;
  for (let time = 0; time < times; time += 1) {
    const life = await live(folder, Math.random() * 60);
    assert.deepEqual([life.wrong, life.moved], [0, false], `what life ${time} found`);
    assert.ok(life.last >= taken, `acknowledged ${taken}, found ${life.last}`);
    taken = life.taken;
  }
}

describe('the journal', function () {
  this.timeout(120_000);
  let folder: string;

  before(function () {
    need(this, 'build');
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tandem-journal-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const lanes = (count: number, times: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, (_, at) => killAgainAndAgain(join(folder, `${at}`), times)));

  it('has everything that was acknowledged before a SIGKILL, eight times', () => lanes(4, 2));

  it('has everything that was acknowledged before a SIGKILL, two hundred times @long', function () {
    this.timeout(600_000);
    return lanes(4, 50);
  });

  const DAMAGES: readonly (readonly [what: string, endedBadly: boolean, damage: (file: string) => void])[] = [
    ['overwritten from the start', false, (file) => writeFileSync(file, readFileSync(file).fill(0x5a))],
    ['cut off', false, (file) => truncateSync(file, 20_000)],
    ['a text', false, (file) => writeFileSync(file, 'hello')],
    // Its first pages look well: the process that reads it dies of it, and the next one knows.
    ['overwritten behind its first pages', true, (file) => writeFileSync(file, readFileSync(file).fill(0x5a, 8192))],
  ];
  for (const [what, endedBadly, damage] of DAMAGES) {
    it(`begins anew, and nobody dies of it, where its file is ${what}`, async () => {
      assert.deepEqual(await live(folder, null), { last: 0, wrong: 0, moved: false, taken: 301 });
      damage(join(folder, 'data.mdb'));
      if (endedBadly) writeFileSync(join(folder, 'in-use'), '');
      // The first entry says that it was moved.
      assert.deepEqual(await live(folder, null), { last: 1, wrong: 0, moved: true, taken: 302 });
    });
  }
});
