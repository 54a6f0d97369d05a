/** One failover, told by everything that tells: the reason is one sentence, the same to the letter wherever a person reads it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { JournalEntry, JournalPage } from '../../core/api/journal.ts';
import type { ReasonText } from '../../core/reason.ts';
import { until } from '../../lab/clock.ts';
import { ask } from '../../lab/control.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { Receivers, parameter } from '../lab/receivers.ts';
import type { Notification } from '../lab/receivers.ts';
import { stage, withBackup } from '../lab/stage.ts';
import { closeBrowser, needBrowser } from './browser.ts';
import { closeDoors, openDoor, startManaged } from './instance.ts';

const LIMIT = { limitMs: 30_000, everyMs: 50 } as const;

describe('one failover @long', function () {
  this.timeout(180_000);
  before(function () {
    needBrowser(this);
  });
  // keepalived brings RFC 6527's MIB.
  const on = stage(withBackup, 'rsyslogd', 'snmptrapd', 'keepalived');
  let receivers: Receivers;

  beforeEach(async () => {
    receivers = new Receivers(on.client);
    await receivers.start();
  });
  afterEach(async () => {
    await closeDoors();
    await receivers.close();
  });
  after(closeBrowser);

  /** The change of role in the journal that has this reason. */
  const entryOf = (of: Tandem, role: string, reason: ReasonText): Promise<JournalEntry> =>
    until(
      async () => {
        const query = '/api/v1/journal?kinds=role&limit=20';
        const { entries } = (await ask(join(of.run, 'manager.sock'), query)) as JournalPage;
        return entries.find((entry) => entry.to === role && entry.reason.text === reason.text) ?? null;
      },
      { what: `${of.host.name} has in its journal that it became ${role}: ${reason.text}`, ...LIMIT },
    );

  async function notificationOf(fits: (one: Notification) => boolean): Promise<Notification> {
    try {
      return await until(() => receivers.notifications().find(fits) ?? null, {
        what: 'snmptrapd has it',
        limitMs: 60_000,
        everyMs: 50,
      });
    } catch (error) {
      const had = receivers.notifications().map(({ name, values }) => [name, ...values].join(' '));
      throw new Error(`${(error as Error).message}; it has:\n${had.join('\n')}`, { cause: error });
    }
  }

  async function saidByProgram(of: Tandem, reason: ReasonText): Promise<void> {
    const why = JSON.parse((await of.cli('--json', 'why')).stdout) as { readonly reason: ReasonText };
    assert.deepEqual(why.reason, reason);
    // As people get it, in lines as wide as their terminal.
    const text = (await of.cli('why')).stdout.replaceAll(/\s+/g, ' ');
    assert.ok(text.includes(`because ${reason.text}`), text);
  }

  async function shownByPage(page: Page, name: string, reason: ReasonText): Promise<void> {
    const status = await page.evaluate<{ readonly reason: ReasonText }>(
      `fetch('/api/v1/status').then((answer) => answer.json())`,
    );
    assert.deepEqual(status.reason, reason);
    await page.getByTestId('reason').getByText(reason.text, { exact: true }).waitFor();
    await page.getByTestId('headline').getByText(`${name} is active: ${reason.text}`).waitFor();
    // An event ends with its reason, and nothing stands between the name and it.
    const recent = page
      .getByTestId('recent-events')
      .locator('li')
      .filter({ hasText: `${name} ${reason.text}` });
    await recent.first().waitFor();
    assert.ok((await recent.first().innerText()).endsWith(`${name} ${reason.text}`));
    await page.getByRole('link', { name: 'All events' }).click();
    const item = page.locator('.t-item').filter({ hasText: 'became active' }).first();
    await item.waitFor();
    const told = (await item.locator('.t-line').first().innerText()).replaceAll(/\s+/g, ' ');
    assert.ok(told.includes(`, because ${reason.text} role`), told);
  }

  async function takenByRsyslogd(entry: JournalEntry): Promise<void> {
    const message = await until(() => receivers.messages().find((one) => parameter(one, 'id') === entry.id) ?? null, {
      what: `rsyslogd has ${entry.id}`,
      ...LIMIT,
    });
    assert.deepEqual([message.msgId, message.text], [entry.reason.code, entry.reason.text]);
    assert.deepEqual(
      ['instance', 'kind', 'to', 'incident'].map((name) => parameter(message, name)),
      [entry.instance, 'role', entry.to, entry.incident ?? ''],
    );
  }

  /** `masterReason`: what RFC 6527 calls the reason. */
  async function takenBySnmptrapd(entry: JournalEntry, masterReason: string): Promise<void> {
    const ours = await notificationOf(({ values }) => values.get('tandemEventId.0') === entry.id);
    assert.equal(ours.name, 'tandemRoleChanged');
    assert.deepEqual(
      ['ReasonText', 'ReasonCode', 'Instance', 'Incident'].map((name) => ours.values.get(`tandemEvent${name}.0`)),
      [entry.reason.text, entry.reason.code, entry.instance, entry.incident],
    );
    assert.equal(ours.values.get('tandemEventRole.0'), 'active(2)');
    const theirs = await notificationOf(
      ({ name, values }) => name === 'vrrpv3NewMaster' && values.get('tandemEventIncident.0') === entry.incident,
    );
    const [key, value] = [...theirs.values].find(([name]) => name.startsWith('vrrpv3StatisticsNewMasterReason.'))!;
    // VRID 51 on whichever interface number it has there.
    assert.match(key, /^vrrpv3StatisticsNewMasterReason\.\d+\.51\.ipv4$/);
    assert.equal(value, masterReason);
    assert.equal(theirs.values.get('tandemEventReasonText.0'), entry.reason.text);
    assert.equal(theirs.values.get('tandemEventInstance.0'), entry.instance);
  }

  /** Ways to lose an active, and which reason the other gives. */
  const ways: readonly (readonly [
    what: string,
    code: string,
    masterReason: string,
    make: (a: Tandem) => Promise<unknown> | void,
  ])[] = [
    ['a cut data link', 'peerGaveUp', 'masterNoResponse(3)', () => on.a.data.cut()],
    ['the loss of a whole instance', 'peerUnhealthy', 'masterNoResponse(3)', () => on.a.host.isolate()],
    ['a planned switchover', 'tookOver', 'preempted(2)', (a) => a.switchover('b')],
  ];
  for (const [what, code, masterReason, make] of ways) {
    it(`by ${what} has one reason: tandem why, status, page, journal, syslog and traps say the same`, async () => {
      const [a, b] = await startManaged(on, { more: { alerts: receivers.alerts('traps') } });
      const page = await (await openDoor(b)).visit();
      await page.getByText('Protected').first().waitFor();
      await make(a);
      const { reason } = await b.waitRole('active');
      assert.equal(reason.code, code, reason.text);
      await saidByProgram(b, reason);
      await shownByPage(page, 'b', reason);
      const entry = await entryOf(b, 'active', reason);
      await takenByRsyslogd(entry);
      await takenBySnmptrapd(entry, masterReason);
    });
  }

  it('is told by the one that lost its link as soon as it can tell anybody', async () => {
    const [a, b] = await startManaged(on, { ha: { preempt: false }, more: { alerts: receivers.alerts('informs') } });
    on.a.data.cut();
    const { reason } = await a.waitRole('fault');
    await b.waitRole('active');
    await saidByProgram(a, reason);
    const entry = await entryOf(a, 'fault', reason);
    on.a.data.restore();
    await takenByRsyslogd(entry);
    const inform = await notificationOf(({ values }) => values.get('tandemEventId.0') === entry.id);
    assert.equal(inform.values.get('tandemEventReasonText.0'), reason.text);
    assert.equal(inform.values.get('tandemEventRole.0'), 'fault(4)');
  });
});
