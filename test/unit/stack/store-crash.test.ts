import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from '../../../daemon/where.ts';

interface Life {
  /** The last round that was there at the start, by lane, and what did not fit. */
  readonly found: readonly number[];
  readonly wrong: number;
  /** The last that was acknowledged before it was killed. */
  readonly kept: readonly number[];
}

async function live(folder: string, killAfterMs: number): Promise<Life> {
  const { nodeOptions, script } = program('test/unit/stack/store-crash-child');
  const child = spawn(process.execPath, [...nodeOptions, script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.on('close', () => reject(new Error(`the writer ended by itself: ${said}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('kept')) resolve();
    });
  });
  await sleep(killAfterMs);
  child.kill('SIGKILL');
  await ended;
  const [open = '', ...lines] = said.split('\n').slice(0, -1);
  const [, rounds = '', wrong = ''] = open.split(' ');
  const found = rounds.split('/').map(Number);
  const kept = [...found];
  for (const line of lines) {
    const [, lane = '', round = ''] = line.split(' ');
    kept[Number(lane)] = Number(round);
  }
  return { found, wrong: Number(wrong), kept };
}

/** So often in each of some stores, beside each other. */
const kill = (stores: number, times: number): Promise<unknown> =>
  Promise.all(Array.from({ length: stores }, () => killAgainAndAgain(times)));

async function killAgainAndAgain(times: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-store-crash-'));
  try {
    let kept: readonly number[] = [0, 0, 0, 0];
    for (let time = 0; time < times; time += 1) {
      const life = await live(folder, Math.random() * 80);
      assert.equal(life.wrong, 0, `life ${time}: something was there by half`);
      life.found.forEach((round, lane) => {
        const before = kept[lane]!;
        assert.ok(round >= before, `life ${time}: acknowledged ${before}, found ${round}`);
      });
      kept = life.kept;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the store of a manager that is killed at any moment', function () {
  this.timeout(600_000);

  it('opens with everything that was acknowledged and with nothing by half', () => kill(4, 3));
  it('does so a hundred times in a row, twice @long', () => kill(2, 100));
});
