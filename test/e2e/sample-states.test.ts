import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { holds } from './browser.ts';
import { HA, forget, leave, openStage, passwordOf } from './sample.ts';
import type { Stage } from './sample.ts';

const seen = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

describe('the page in every state that it can meet', function () {
  this.timeout(60_000);
  let stage: Stage;
  before(async function () {
    stage = await openStage(this);
  });
  afterEach(leave);

  it('says that HA is off, and how to set it up', async () => {
    stage.show('alone');
    const page = await stage.visit(HA);
    await seen(page, 'HA is off on a. It runs alone and owns its addresses.');
    await page.getByRole('link', { name: 'Set up HA' }).click();
    await page.getByRole('group', { name: 'HA mode' }).waitFor();
  });

  it('waits for a peer that was never seen, with what to look at', async () => {
    stage.show('neverSeen');
    const page = await stage.visit(HA);
    await seen(page, 'Waiting for b on port 11211. Not seen yet.');
    await seen(page, /same HA port on every instance/);
  });

  it('shows a lost peer as unknown with its age, never as it was', async () => {
    stage.show('degraded');
    const page = await stage.visit('/stack/instances');
    const row = page.getByRole('row', { name: /^b / });
    assert.match(await row.innerText(), /Unknown last \d/);
    assert.doesNotMatch(await row.innerText(), /Standby|Inline/);
    await page.goto(HA);
    await seen(page, /last heard 4\.0 s ago/);
  });

  it('says loudly that two are active, and the likely cause', async () => {
    stage.show('twoActive');
    const page = await stage.visit('/stack/about');
    await seen(page, 'Two instances are active: a and b.');
    await seen(page, /A switch may block multicast 224\.0\.0\.18/);
    await page.getByRole('alert').filter({ hasText: 'Two instances are active' }).waitFor({ state: 'attached' });
  });

  it('says that none is active', async () => {
    stage.show('serviceDown');
    const page = await stage.visit(HA);
    await seen(page, 'No instance is active; addresses are not served.');
    await seen(page, 'Service down');
    assert.equal(await button(page, 'Switch over now').getAttribute('aria-disabled'), 'true');
    await seen(page, 'no instance is active: there is nothing to switch over');
  });

  it('keeps what it shows when the manager is gone, forbids every action, and comes back by itself', async () => {
    const page = await stage.visit(HA);
    await seen(page, 'b has lower priority');
    stage.pipe.cut();
    await page.locator('[data-contact=disconnected]').waitFor();
    await seen(page, /Disconnected .* ago\. What you see is from \d\d:\d\d:\d\d\./);
    await seen(page, 'b has lower priority');
    for (const name of ['Switch over now', 'Maintenance mode', 'Engage bypass…', 'Reset flaps…']) {
      assert.equal(await button(page, name).getAttribute('aria-disabled'), 'true', name);
    }
    await seen(page, 'disconnected: what you see may be old');
    await page.getByRole('alert').filter({ hasText: 'Disconnected' }).waitFor({ state: 'attached' });
    stage.pipe.mend();
    await page.locator('[data-contact=live]').waitFor();
    assert.equal(await button(page, 'Switch over now').getAttribute('aria-disabled'), null);
  });

  it('notices a connection that says nothing any more @long', async () => {
    const page = await stage.visit(HA);
    stage.pipe.silence();
    await page.locator('[data-contact=disconnected]').waitFor({ timeout: 30_000 });
    stage.pipe.mend();
    await page.locator('[data-contact=live]').waitFor({ timeout: 30_000 });
  });

  it('stays live by heartbeats alone while the engine is gone @long', async () => {
    stage.show('engineGone');
    stage.tick(false);
    const page = await stage.visit(HA);
    await seen(page, /The engine has not answered for/);
    await page.waitForTimeout(20_000);
    assert.equal(await page.locator('[data-contact=live]').count(), 1);
  });

  it('asks every two seconds where streams are blocked, says so, and sees actions end all the same', async () => {
    const page = await stage.visit(HA, {
      prepare: (one) => one.route('**/api/v1/events*', (route) => route.abort()),
    });
    await page.locator('[data-contact=delayed]').waitFor();
    await seen(page, /Delayed: live updates are blocked/);
    stage.show('twoActive');
    await seen(page, 'Two instances are active: a and b.');
    stage.show('protected');
    await seen(page, 'b has lower priority');
    await button(page, 'Reset flaps…').click();
    await button(page, 'Reset flaps').last().click();
    await seen(page, /^Done in/);
  });

  it('asks for the password again over the page, and keeps what was typed', async () => {
    const page = await stage.visit(`${HA}/settings`);
    await page.locator('#setting-peerFailureThreshold').fill('7');
    stage.rig.later(7_200_000);
    await button(page, 'Save changes').click();
    const again = page.getByRole('dialog', { name: 'Log in again' });
    await again.waitFor();
    await again.getByLabel('Password').fill(passwordOf('admin'));
    await again.getByRole('button', { name: 'Log in' }).click();
    await again.waitFor({ state: 'detached' });
    assert.equal(await page.locator('#setting-peerFailureThreshold').inputValue(), '7');
    await button(page, 'Save changes').click();
    await seen(page, /^Saved/);
    await page.locator('[data-contact=live]').waitFor();
    await forget();
  });

  it('says that no bypass is fitted, and what a driver complains of', async () => {
    stage.show('notFitted');
    const page = await stage.visit(HA);
    await seen(page, 'Not fitted');
    assert.equal(await button(page, /bypass…/).count(), 0);
    stage.show('driverError');
    await seen(page, 'bpctl_util: no such device');
  });

  it('says of each port of a link pair whether it is up, how fast, and since when', async () => {
    const page = await stage.visit(HA);
    const table = page.getByRole('table', { name: 'Link pairs' });
    assert.match(await table.innerText(), /eth0 1 Gb\/s\s+for .*eth1 1 Gb\/s\s+for .*Up/s);
    stage.show('degraded');
    await seen(page, /no carrier/);
    assert.match(await table.innerText(), /eth1 no carrier\s+for /);
  });

  it('says what the bypass is to be, and what the card does by itself', async () => {
    const page = await stage.visit(HA);
    const card = page.locator('section.t-panel').filter({ hasText: 'Hardware bypass' });
    const text = (await card.innerText()).replaceAll(/\s+/g, ' ');
    assert.match(text, /Commanded inline .*Without power traffic passes uninspected Watchdog 2 s, armed, fed .* ago/);
    stage.show('notFitted');
    await seen(page, 'Not fitted');
  });

  it('shows an engaged bypass in red on every page, with who did it', async () => {
    stage.show('bypassed');
    const page = await stage.visit(HA);
    await seen(page, 'Traffic passes uninspected.');
    assert.match(
      await page.getByTestId('bypass-reason').innerText(),
      /^Why: too many flaps: more than 6 within 15m, since \d+ Nov 2026, /,
    );
    await seen(page, /automatic: too many flaps/);
    await page.goto('/stack/alerts');
    await seen(page, /The bypass of a is engaged/);
  });

  it('is collecting before the first sample, with the axis there', async () => {
    stage.tick(false);
    stage.show('noSamples');
    const page = await stage.visit(HA);
    await seen(page, /^Collecting\. The first point comes/);
    await page.locator('.t-chart canvas').waitFor();
  });

  it('says that bandwidth monitoring is off, and shows the traffic all the same', async () => {
    stage.show('bandwidthOff');
    const page = await stage.visit(HA);
    await seen(page, /Bandwidth monitoring is off\./);
    await page.locator('.t-chart canvas').waitFor();
    await button(page, 'As table').click();
    await page.getByRole('table', { name: 'Bandwidth, a row a minute' }).waitFor();
  });

  it('says where the file is wrong, and that the last good one runs', async () => {
    stage.show('fileInvalid');
    const page = await stage.visit('/stack/instances');
    await seen(page, 'The configuration file cannot be used; the last good one is running.');
    await seen(page, 'tandem.yaml:7:5: ha.port: expected 1 to 65535, found 0');
  });

  it('is striped on every page in maintenance: who, when, until when, why, and the way out', async () => {
    stage.show('maintenance');
    const page = await stage.visit('/stack/about');
    const stripe = page.getByRole('note');
    assert.match(
      await stripe.innerText(),
      /a is in maintenance by operator, since .*until the next reboot\. New fans\./,
    );
    await stripe.getByRole('link', { name: 'Leave' }).click();
    await button(page, 'Leave maintenance').click();
    await page.getByRole('dialog', { name: 'Put a back into service?' }).waitFor();
  });

  it('on a standby offers to take over, and says whom it stands by for', async () => {
    stage.show('standby');
    const page = await stage.visit(HA);
    await seen(page, 'b is active because it is the primary and a has lower priority.');
    await button(page, 'Take over from b').click();
    await page.getByRole('dialog', { name: 'Take over from b?' }).waitFor();
  });

  it('shows grey bars before the first data, and nothing as if it were known', async () => {
    const page = await stage.visit(HA, { prepare: (one) => one.route('**/api/v1/events*', () => undefined) });
    await page.locator('[aria-busy=true]').waitFor();
    await seen(page, 'Connecting');
    assert.equal(await page.getByText('Protected').count(), 0);
  });

  it('shows another instance where its address has moved to', async () => {
    const page = await stage.visit('/stack/instances/b/ha');
    await seen(page, 'You are connected to a, not to b.');
    await seen(page, /as reported by b, .* ago/);
    await seen(page, 'a is active with a higher priority');
    stage.show('neverSeen');
    await seen(page, 'last heard: never seen');
  });

  it('switches the subject in the breadcrumb, and stays on the tab', async () => {
    const page = await stage.visit(`${HA}/settings`);
    const selector = page.getByRole('combobox', { name: 'Instance' });
    await selector.selectOption('b');
    await seen(page, 'You are connected to a, not to b.');
    assert.equal(new URL(page.url()).pathname, '/stack/instances/b/ha/settings');
    await selector.selectOption('a');
    await page.getByLabel('Peer failure threshold').first().waitFor();
    assert.equal(new URL(page.url()).pathname, `${HA}/settings`);
  });

  it('tells a viewer why the buttons cannot be used, and lets the keyboard reach them', async () => {
    const page = await stage.visit(HA, { role: 'viewer' });
    await seen(page, 'Limited access');
    const act = button(page, 'Switch over now');
    assert.equal(await act.getAttribute('aria-disabled'), 'true');
    const why = await act.getAttribute('aria-describedby');
    assert.equal(
      await page.locator(`[id="${why}"]`).innerText(),
      'limited access: this needs the role operator, you are viewer',
    );
    await act.focus();
    await holds(page, `document.activeElement?.textContent === 'Switch over now'`);
    await page.keyboard.press('Enter');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await page.goto(`${HA}/settings`);
    await seen(page, 'limited access: this needs the role admin, you are viewer');
    assert.equal(await page.locator('#setting-peerFailureThreshold').isDisabled(), true);
  });
});
