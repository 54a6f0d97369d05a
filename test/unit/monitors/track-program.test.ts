import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performCheck } from '../../../monitors/track-check/check.ts';
import { pingCommand, pingOutcome } from '../../../monitors/track-check/ping.ts';
import { nameOfRunning } from '../../../monitors/track-check/process.ts';
import { stopPrograms } from '../../../monitors/track-check/program.ts';
import { need } from '../../support/need.ts';

const shell = (text: string, timeoutMs = 10_000) =>
  performCheck({ type: 'script', command: ['sh', '-c', text] }, timeoutMs);

const until = async (fits: () => boolean): Promise<void> => {
  for (const end = Date.now() + 10_000; !fits();) {
    assert.ok(Date.now() < end, 'did not happen');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** Whether this process runs: one that only waits to be reaped does not. */
function runs(pid: string): boolean {
  try {
    return nameOfRunning(readFileSync(`/proc/${pid}/stat`, 'utf8')) !== null;
  } catch {
    return false;
  }
}

describe('a check by script', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-track-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The number that a script wrote into a file of this name. */
  async function pidIn(name: string): Promise<string> {
    const file = join(folder, name);
    await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
    return readFileSync(file, 'utf8').trim();
  }

  it('is good with exit code 0, and with no other', async () => {
    assert.deepEqual(await shell('exit 0'), { good: true, detail: '' });
    assert.deepEqual(await shell('exit 3'), { good: false, detail: 'exit code 3' });
    assert.deepEqual(await shell('kill -9 $$'), { good: false, detail: 'ended by SIGKILL' });
  });

  it('tells the last line of standard error', async () => {
    assert.equal((await shell('echo one >&2; echo two >&2; echo three; exit 1')).detail, 'exit code 1: two');
    assert.equal((await shell('echo fine >&2')).detail, 'fine');
  });

  it('tells no more than a line bears, and no control characters', async () => {
    const { detail } = await shell('head -c 1000000 /dev/zero | tr "\\0" x >&2; exit 1');
    assert.ok(detail.startsWith('exit code 1: xxx') && detail.length <= 201);
    assert.equal((await shell('printf "a\\033[31mb\\tc" >&2')).detail, 'a [31mb c');
  });

  it('passes arguments as they are: nothing is expanded', async () => {
    const command = ['sh', '-c', 'printf "%s" "$1" >&2', 'sh', '$HOME; *'];
    assert.equal((await performCheck({ type: 'script', command }, 10_000)).detail, '$HOME; *');
  });

  it('is failed by a program that cannot be started', async () => {
    assert.match((await performCheck({ type: 'script', command: ['/nonexistent/program'] }, 10_000)).detail, /ENOENT/);
    assert.equal((await performCheck({ type: 'script', command: ['true', 'a\0b'] }, 10_000)).good, false);
    assert.equal((await performCheck({ type: 'script', command: [] }, 10_000)).good, false);
  });

  it('runs in a session of its own, without the environment of the helper', async () => {
    process.env['TANDEM_TEST_SECRET'] = 'secret';
    try {
      const { detail } = await shell('read -r stat < /proc/$$/stat; echo "${TANDEM_TEST_SECRET-unset} $stat" >&2');
      const [secret, pid, , , , group, session] = detail.split(' ');
      assert.equal(secret, 'unset');
      assert.deepEqual([group, session], [pid, pid]);
    } finally {
      delete process.env['TANDEM_TEST_SECRET'];
    }
  });

  it('fails when its time is over, and the whole group is ended', async () => {
    const outcome = await shell(`sleep 60 & echo $! > ${folder}/child; wait`, 300);
    assert.deepEqual(outcome, { good: false, detail: 'did not end within 300 ms' });
    const child = await pidIn('child');
    await until(() => !runs(child));
  });

  it('is killed if it does not obey', async () => {
    const outcome = await shell(`trap "" TERM; echo $$ > ${folder}/stubborn; while :; do sleep 0.05; done`, 300);
    assert.deepEqual(outcome, { good: false, detail: 'did not end within 300 ms' });
    const stubborn = await pidIn('stubborn');
    await until(() => !runs(stubborn));
  });

  it('kills what outlives the first process of the group', async () => {
    const child = `trap "" TERM; echo $$ > ${folder}/outliving; while :; do sleep 0.05; done`;
    await shell(`sh -c '${child}' & wait`, 300);
    const outliving = await pidIn('outliving');
    await until(() => !runs(outliving));
  });

  it('does not wait for a child that was left behind with the pipe', async () => {
    const { good, detail } = await shell('sleep 60 & echo $! >&2');
    assert.equal(good, true);
    assert.ok(runs(detail), 'what a script leaves behind in time is its own business');
    process.kill(Number(detail), 'SIGKILL');
  });

  it('is ended when the helper leaves', async () => {
    const outcome = shell(`echo $$ > ${folder}/left; sleep 60`);
    await pidIn('left');
    stopPrograms();
    assert.equal((await outcome).good, false);
  });
});

describe('a check by ping', () => {
  it('asks once, without names, and takes the target for nothing but a target', () => {
    assert.deepEqual(pingCommand('203.0.113.1', 500), ['ping', '-n', '-c1', '-W1', '--', '203.0.113.1']);
    assert.deepEqual(pingCommand('2001:db8::1', 1500), ['ping', '-n', '-c1', '-W2', '-6', '--', '2001:db8::1']);
    assert.deepEqual(pingCommand('-f', 500).slice(-2), ['--', '-f']);
  });

  it('tells an answer from none, and none from not having been able to ask', () => {
    const end = { code: null, late: false, why: '', said: '' };
    assert.deepEqual(pingOutcome({ ...end, code: 0 }, 500), { good: true, detail: 'answered' });
    const silent = { good: false, detail: 'no answer within 500 ms' };
    assert.deepEqual(pingOutcome({ ...end, code: 1, why: 'exit code 1' }, 500), silent);
    assert.deepEqual(pingOutcome({ ...end, late: true, why: 'did not end within 500 ms' }, 500), silent);
    const said = 'ping: nowhere: Name or service not known';
    assert.equal(pingOutcome({ ...end, code: 2, why: 'exit code 2', said }, 500).detail, said);
    assert.equal(pingOutcome({ ...end, why: 'spawn ping ENOENT' }, 500).detail, 'ping: spawn ping ENOENT');
  });

  it('is answered by this machine', async function () {
    need(this, 'ping');
    assert.deepEqual(await performCheck({ type: 'ping', target: '127.0.0.1' }, 10_000), {
      good: true,
      detail: 'answered',
    });
  });
});
