import assert from 'node:assert/strict';
import type { LeaderJob } from '../../../core/leader.ts';
import { createJobs } from '../../../stack/leader/jobs.ts';

/** A job that takes as long as it is told to. */
function slowJob(): { readonly job: LeaderJob; readonly did: string[]; next(): Promise<void> } {
  const did: string[] = [];
  const waiting: (() => void)[] = [];
  const wait = (text: string): Promise<void> => {
    did.push(text);
    return new Promise((resolve) => void waiting.push(resolve));
  };
  return {
    did,
    job: { name: 'slow', start: (term) => wait(`start ${term}`), stop: () => wait('stop') },
    async next() {
      waiting.shift()?.();
      await new Promise((resolve) => void setImmediate(resolve));
    },
  };
}

const silent = (): void => undefined;

describe('what runs on the leader alone', () => {
  it('is started with the term and stopped at its end', async () => {
    const did: string[] = [];
    const jobs = createJobs(silent);
    jobs.add({ name: 'quick', start: (term) => void did.push(`start ${term}`), stop: () => void did.push('stop') });
    assert.deepEqual(did, []);
    jobs.set(4);
    await jobs.stop();
    assert.deepEqual(did, ['start 4', 'stop']);
  });

  it('is started at once where this instance leads already, and stopped when it is taken away', async () => {
    const { job, did, next } = slowJob();
    const jobs = createJobs(silent);
    jobs.set(2);
    const end = jobs.add(job);
    assert.deepEqual(did, ['start 2']);
    await next();
    end();
    assert.deepEqual(did, ['start 2', 'stop']);
  });

  it('is not stopped before it has started, nor started again before it has stopped', async () => {
    const { job, did, next } = slowJob();
    const jobs = createJobs(silent);
    jobs.add(job);
    jobs.set(1);
    jobs.set(null);
    jobs.set(2);
    assert.deepEqual(did, ['start 1']);
    await next();
    assert.deepEqual(did, ['start 1', 'stop']);
    await next();
    assert.deepEqual(did, ['start 1', 'stop', 'start 2']);
  });

  it('skips a leadership that was over before its turn came', async () => {
    const { job, did, next } = slowJob();
    const jobs = createJobs(silent);
    jobs.add(job);
    jobs.set(1);
    await next();
    jobs.set(null);
    jobs.set(2);
    jobs.set(null);
    await next();
    assert.deepEqual(did, ['start 1', 'stop']);
  });

  it('does not let one that fails keep the others, or its own end', async () => {
    const said: string[] = [];
    const did: string[] = [];
    const jobs = createJobs((text) => said.push(text));
    jobs.add({ name: 'bad', start: () => Promise.reject(new Error('no')), stop: () => void did.push('bad stop') });
    jobs.add({ name: 'good', start: () => void did.push('good start'), stop: () => void did.push('good stop') });
    jobs.set(1);
    await jobs.stop();
    assert.deepEqual(said, ['bad: it did not start as it should: no']);
    assert.deepEqual(did.toSorted(), ['bad stop', 'good start', 'good stop']);
  });
});
