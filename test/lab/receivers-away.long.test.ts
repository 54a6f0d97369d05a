/** Receivers of alerts that are away for a minute while the role moves: everything is told afterwards, in order and once, even by a manager that was killed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { notificationOf } from '../../alerts/mib/notification.ts';
import type { SinkView } from '../../core/api/alerts.ts';
import type { JournalEntry, JournalPage } from '../../core/api/journal.ts';
import { now, sleep, until } from '../../lab/clock.ts';
import { ask } from '../../lab/control.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { Receivers, parameter } from './receivers.ts';
import { knows, stage, startMember, withBackup } from './stage.ts';

const AWAY_MS = 60_000;
/** The longest back-off of a queue, and what waits. */
const CAUGHT_UP = { limitMs: 120_000, everyMs: 200 } as const;

describe('receivers of alerts that are away for a minute', function () {
  this.timeout(300_000);
  const on = stage(withBackup, 'rsyslogd', 'snmptrapd', 'keepalived');
  let receivers: Receivers;
  beforeEach(async () => {
    receivers = new Receivers(on.client);
    await receivers.start();
  });
  afterEach(() => receivers.close());

  /** A pair that tells everything; nothing but this test moves the role. */
  async function telling(): Promise<[Tandem, Tandem]> {
    const change = {
      ha: { preempt: false },
      flaps: { max: 0 },
      more: { manager: { listen: ['127.0.0.1:8443'] }, alerts: receivers.alerts('informs') },
    };
    const a = await startMember(on, on.a, change, { manager: true });
    const b = await startMember(on, on.b, change, { manager: true });
    await a.waitRole('active');
    await knows(a, 'b', 'standby');
    await knows(b, 'a', 'active');
    return [a, b];
  }

  const api = (of: Tandem, path: string): Promise<unknown> => ask(join(of.run, 'manager.sock'), `/api/v1/${path}`);
  const journal = async (of: Tandem): Promise<readonly JournalEntry[]> => {
    const page = (await api(of, 'journal?order=oldest&limit=1000')) as JournalPage;
    assert.equal(page.more, false);
    return page.entries;
  };
  const sinks = async (of: Tandem): Promise<readonly SinkView[]> =>
    ((await api(of, 'alerts')) as { readonly sinks: readonly SinkView[] }).sinks;

  const everythingTold = (of: Tandem): Promise<unknown> =>
    until(async () => (await sinks(of)).every(({ state, queued }) => state === 'ok' && queued === 0), {
      what: `${of.host.name} has told everything`,
      ...CAUGHT_UP,
    });

  /** The role moves and comes back: by command, and by the death of the active's engine. */
  async function move(a: Tandem, b: Tandem): Promise<void> {
    assert.equal((await a.switchover('b', 'none')).code, 0);
    await b.waitRole('active');
    await knows(b, 'a', 'standby');
    b.kill('engine');
    await a.waitRole('active');
    await b.waitRole('standby');
    await knows(a, 'b', 'standby');
    await knows(b, 'a', 'active');
  }

  async function killManager(of: Tandem): Promise<() => Promise<void>> {
    const before = of.pid('manager');
    of.kill('manager');
    return async () => {
      await until(() => of.pid('manager') !== null && of.pid('manager') !== before, {
        what: `${of.host.name} has another manager`,
        limitMs: 30_000,
      });
      await until(() => journal(of), { what: `the manager of ${of.host.name} answers`, limitMs: 30_000 });
    };
  }

  /** Numbers of the journal's entries that a receiver has of this instance, in the order in which it wrote them. */
  const messagesOf = (of: Tandem): readonly number[] =>
    receivers
      .messages()
      .filter((message) => parameter(message, 'instance') === of.host.name)
      .map((message) => Number(parameter(message, 'seq')));
  const notificationsOf = (of: Tandem, name: RegExp): readonly string[] =>
    receivers
      .notifications()
      .filter((one) => name.test(one.name) && one.values.get('tandemEventInstance.0') === of.host.name)
      .map(({ values }) => values.get('tandemEventSeq.0') ?? values.get('tandemEventIncident.0') ?? '');

  /** Compares what both receivers have of this instance with its journal. `again`: rsyslogd may have some of it twice, from the connection that broke. */
  async function toldInOrder(of: Tandem, again = false): Promise<void> {
    await everythingTold(of);
    const [syslog, trap] = (await sinks(of)).map(({ id }) => id);
    // A receiver that is new is told what happens from then on: the first manager's own start came before.
    const entries = (await journal(of)).filter(({ seq }) => seq > 1);
    // A receiver's own trouble is told to the others.
    const forReceiver = (id: string | undefined): readonly JournalEntry[] =>
      entries.filter(({ kind, details }) => kind !== 'alert' || details?.['sink'] !== id);
    const wanted = forReceiver(syslog).map(({ seq }) => seq);
    await until(() => messagesOf(of).at(-1) === wanted.at(-1), {
      what: 'rsyslogd has written the last',
      limitMs: 10_000,
    });
    assert.deepEqual(again ? [...new Set(messagesOf(of))] : messagesOf(of), wanted);
    const notified = forReceiver(trap).filter((entry) => notificationOf(entry) !== null);
    assert.deepEqual(
      notificationsOf(of, /^tandem/),
      notified.map(({ seq }) => String(seq)),
    );
    assert.deepEqual(
      notificationsOf(of, /^vrrpv3NewMaster$/),
      entries.filter(({ kind, to }) => kind === 'router' && to === 'active').map(({ incident }) => incident),
    );
    assert.deepEqual(
      (await sinks(of)).map(({ dropped }) => dropped),
      [0, 0],
    );
  }

  it('have every event afterwards, in order and once', async () => {
    const [a, b] = await telling();
    await everythingTold(a);
    await everythingTold(b);
    await receivers.stop();
    const since = now();
    const before = (await journal(a)).length;
    while (now() - since < AWAY_MS - 10_000) await move(a, b);
    await until(async () => (await sinks(b)).every(({ state, queued }) => state === 'failing' && queued > 0), {
      what: 'both receivers are missed',
      limitMs: 30_000,
    });
    await sleep(Math.max(0, AWAY_MS - (now() - since)));
    assert.ok((await journal(a)).length > before + 20);
    await receivers.start();
    await toldInOrder(a);
    await toldInOrder(b);
  });

  it('have every event afterwards though managers were killed meanwhile, and while the receivers came back', async () => {
    const [a, b] = await telling();
    await everythingTold(a);
    await everythingTold(b);
    await receivers.stop();
    const since = now();
    while (now() - since < AWAY_MS - 15_000) {
      const back = [await killManager(a), await killManager(b)];
      await move(a, b);
      for (const one of back) await one();
    }
    await move(a, b);
    await sleep(Math.max(0, AWAY_MS - (now() - since)));
    // The next managers find the receivers there and a queue from before.
    const back = [await killManager(a), await killManager(b)];
    await receivers.start();
    for (const one of back) await one();
    await toldInOrder(a);
    await toldInOrder(b);
  });

  it('have every event afterwards, in order, though it was their cable', async () => {
    const [a, b] = await telling();
    await everythingTold(a);
    await everythingTold(b);
    const [cable] = on.client.cables;
    cable!.cut();
    const since = now();
    while (now() - since < AWAY_MS - 10_000) await move(a, b);
    await sleep(Math.max(0, AWAY_MS - (now() - since)));
    cable!.restore();
    await toldInOrder(a, true);
    await toldInOrder(b, true);
  });
});
