/** What the manager keeps of what happened, asked for over its socket as any program of the appliance would. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { JournalEntry } from '../../core/api/journal.ts';
import { until } from '../../lab/clock.ts';
import { ask } from '../../lab/control.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { knows, stage, startMember, withBackup } from './stage.ts';

const MANAGED = { more: { manager: { listen: ['127.0.0.1:8443'] } } };

describe('the journal of the manager', function () {
  this.timeout(90_000);
  const on = stage(withBackup);

  async function managed(): Promise<[Tandem, Tandem]> {
    const a = await startMember(on, on.a, MANAGED, { manager: true });
    const b = await startMember(on, on.b, MANAGED, { manager: true });
    await a.waitRole('active');
    await b.waitRole('standby');
    await knows(a, 'b', 'standby');
    await knows(b, 'a', 'active');
    return [a, b];
  }

  const journal = async (of: Tandem, query = ''): Promise<readonly JournalEntry[]> => {
    const page = (await ask(join(of.run, 'manager.sock'), `/api/v1/journal?limit=1000${query}`)) as {
      entries: readonly JournalEntry[];
    };
    return page.entries;
  };
  /** Numbers of the engine's events in the journal, oldest first. */
  const numbers = async (of: Tandem): Promise<readonly number[]> =>
    (await journal(of, '&order=oldest')).flatMap(({ engineSeq }) => (engineSeq === null ? [] : [engineSeq]));

  it('has the incident of a switchover, with the reason that tandem why gives', async () => {
    const [a, b] = await managed();
    assert.equal((await a.switchover('b')).code, 0);
    const { reason } = await b.waitRole('active');
    const why = JSON.parse((await b.cli('--json', 'why')).stdout) as { reason: { text: string }; incident: string };
    assert.equal(why.reason.text, reason.text);
    const entry = await until(async () => (await journal(b, '&kinds=role')).find(({ to }) => to === 'active') ?? null, {
      what: 'the change of role is in the journal',
      limitMs: 20_000,
    });
    assert.equal(entry.reason.text, reason.text);
    const incident = (await journal(b)).filter((one) => one.incident === entry.incident);
    assert.ok(incident.some(({ kind, to }) => kind === 'router' && to === 'active'));
    const status = (await ask(join(b.run, 'manager.sock'), '/api/v1/status')) as { role: string };
    assert.equal(status.role, 'active');
  });

  it('loses no event and has none twice when the manager is killed while they come', async () => {
    const [a, b] = await managed();
    await until(async () => (await numbers(a)).length > 0, { what: 'the journal has begun', limitMs: 20_000 });
    for (const to of ['b', 'a'] as const) {
      a.kill('manager');
      assert.equal((await (to === 'b' ? a : b).switchover(to)).code, 0);
      await (to === 'b' ? b : a).waitRole('active');
      await until(async () => a.pid('manager') !== null && (await numbers(a)).length > 0, {
        what: 'the manager is back',
        limitMs: 20_000,
      });
    }
    const kept = await a.events();
    const last = kept.at(-1)?.seq ?? 0;
    const found = await until(
      async () => {
        const seen = await numbers(a);
        return seen.includes(last) ? seen : null;
      },
      { what: 'the journal has the newest event', limitMs: 20_000 },
    );
    assert.deepEqual(
      found.filter((seq) => seq <= last),
      kept.map(({ seq }) => seq),
    );
  });

  it('goes on after a manager that hung @long', async () => {
    const [a, b] = await managed();
    await until(async () => (await numbers(a)).length > 0, { what: 'the journal has begun', limitMs: 20_000 });
    const before = a.pid('manager');
    a.freeze('manager');
    assert.equal((await a.switchover('b')).code, 0);
    await b.waitRole('active');
    await until(() => a.pid('manager') !== before && a.pid('manager') !== null, {
      what: 'another manager',
      limitMs: 30_000,
    });
    const last = (await a.events()).at(-1)?.seq ?? 0;
    await until(async () => (await numbers(a)).includes(last), { what: 'it has what was missed', limitMs: 20_000 });
  });
});
