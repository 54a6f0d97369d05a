import assert from 'node:assert/strict';
import type { StatusPatch } from '../../../core/api/stack.ts';
import { systemClock } from '../../../core/clock.ts';
import { fail, ok } from '../../../core/result.ts';
import type { Result } from '../../../core/result.ts';
import type { Refused } from '../../../core/services.ts';
import { until } from '../../../lab/clock.ts';
import { mergePatch } from '../../../manager/merge-patch.ts';
import { createStatusCopy } from '../../../manager/status-copy.ts';
import type { RunningCopy } from '../../../manager/status-copy.ts';
import { sampleStatus } from '../daemon/sample-status.ts';

type Fields = Record<string, unknown>;

/** RFC 7396, as a client applies it; null sets null. */
function applied(target: Fields, patch: Readonly<Fields>): Fields {
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const inner = typeof value === 'object' && value !== null && !Array.isArray(value);
    result[key] = inner ? applied((result[key] ?? {}) as Fields, value as Fields) : value;
  }
  return result;
}

describe("the manager's copy of the status", () => {
  const notes: string[] = [];
  let answer: () => Promise<Result<Buffer, Refused>>;
  let copy: RunningCopy;

  const says = (more = {}): void => {
    answer = async () => ok(Buffer.from(JSON.stringify(sampleStatus(more))));
  };

  beforeEach(() => {
    notes.length = 0;
    says();
    copy = createStatusCopy({
      fetch: () => answer(),
      clock: systemClock,
      lostMs: 100,
      onStatus: () => undefined,
      beside: () => ({
        settingsRevision: null,
        fileError: null,
        maintenanceNote: null,
        bypassNote: null,
        linkSpeeds: {},
        leader: null,
        journal: null,
      }),
      note: (reason) => notes.push(reason.code),
    });
  });

  afterEach(() => copy.stop());

  it('gives the bytes that came, the same object to everybody, until there is a new status', async () => {
    assert.equal(copy.statusBody(), null);
    assert.equal(copy.snapshot().headline.health, 'unknown');
    await copy.start();
    const first = copy.statusBody();
    assert.equal(copy.statusBody()?.text, first?.text);
    assert.equal(copy.statusBody()?.etag, first?.etag);
    copy.refresh();
    await until(() => copy.statusBody()?.etag !== first?.etag, { what: 'a new status' });
  });

  it('tells what is different, so that whoever applies it has the snapshot', async () => {
    await copy.start();
    let mine: Fields = { ...copy.snapshot() };
    const patches: StatusPatch[] = [];
    copy.onPatch((patch) => patches.push(patch));
    says({ role: 'standby', maintenance: null, conditions: [{ name: 'mute', since: '', text: 'mute' }] });
    copy.refresh();
    await until(() => patches.length > 0 || null, { what: 'a patch' });
    for (const { base, rev, at, patch } of patches) {
      assert.equal(base, mine['rev']);
      mine = { ...applied(mine, patch), rev, at };
    }
    const { samples: _mine, ...got } = mine;
    const { samples: _samples, ...wanted } = copy.snapshot();
    assert.deepEqual(got, JSON.parse(JSON.stringify(wanted)));
    assert.ok(!('routers' in ((patches[0]?.patch['status'] ?? {}) as Fields)), 'what is the same is not said');
  });

  it('goes on showing what it knows when the engine does not answer, and says so', async () => {
    await copy.start();
    answer = async () => fail({ status: 503, code: 'engineUnreachable', text: 'the engine does not answer: gone' });
    copy.refresh();
    await until(() => !copy.reachable, { what: 'it is noticed' });
    const { engine, status, headline } = copy.snapshot();
    assert.equal(engine.error, 'the engine does not answer: gone');
    assert.equal(status?.instance, 'a');
    assert.equal(headline.health, 'unknown');
    await until(() => notes.includes('engineLost'), { what: 'the journal is told' });
    says();
    await until(() => notes.includes('engineBack'), { what: 'the journal is told that it is back' });
    assert.deepEqual(notes, ['engineLost', 'engineBack']);
  });

  it('is not held up by an engine that never answers', async () => {
    await copy.start();
    const before = copy.statusBody();
    answer = () => new Promise(() => undefined);
    copy.refresh();
    await until(() => (copy.statusBody()?.ageMs ?? 0) > 60, { what: 'its age grows' });
    assert.equal(copy.statusBody()?.text, before?.text);
  });

  it('takes one sample a second, null where nothing is measured', async () => {
    await copy.start();
    const seen = await new Promise((resolve) => copy.onSample(resolve));
    assert.deepEqual(copy.samples(), [seen]);
  });

  it('makes patches that say lists as a whole, and null for what is gone', () => {
    assert.deepEqual(mergePatch({ a: 1, b: [1, 2], c: { d: 1, e: 2 }, f: 1 }, { a: 1, b: [1], c: { d: 1, e: 3 } }), {
      b: [1],
      c: { e: 3 },
      f: null,
    });
  });
});
