import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { holds, pageFolder } from './browser.ts';
import { HA, PAGES, forget, leave, openStage, passwordOf } from './sample.ts';
import type { Stage } from './sample.ts';

const MOST_SCRIPT = 250 * 1000;

/** The colour of a screenshot of one pixel: a PNG of one line with one dot (RFC 2083). */
function colourOf(png: Buffer): readonly number[] {
  const data: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return [...inflateSync(Buffer.concat(data)).subarray(1, 4)];
}

/** What makes the page wider than its window, but for the insides of tables. */
const TOO_WIDE = `[...document.querySelectorAll('body *')]
  .filter((one) => !one.closest('.t-scroll') && !one.closest('.t-hidden') && !one.closest('.pf-v6-c-page__sidebar'))
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.tagName + '.' + one.getAttribute('class'))`;

describe('the page in use', function () {
  this.timeout(60_000);
  let stage: Stage;
  before(async function () {
    stage = await openStage(this);
  });
  afterEach(leave);

  it('is logged in to by its own form, and out again', async () => {
    const page = await stage.visit('/', { role: null });
    await page.getByLabel('User').fill('operator');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password').fill(passwordOf('operator'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'High availability of a' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
  });

  it('says to whom it is connected now, once, where another instance has sent it to the leader', async () => {
    const page = await stage.visit('/stack/instances?sent-from=fw-b.example.com%3A8443&x=1');
    const banner = page.getByText('You are now connected to a.');
    await banner.waitFor();
    await page.getByText(/You came from fw-b\.example\.com:8443: what concerns the whole stack/).waitFor();
    assert.equal(new URL(page.url()).search, '?x=1');
    await page.getByRole('button', { name: /^Close/ }).click();
    await banner.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('heading', { name: /Instances/ }).waitFor();
    assert.equal(await banner.count(), 0);
  });

  it('switches over by keyboard alone, and the outcome stands in the status region', async () => {
    const page = await stage.visit(HA);
    const active = (): Promise<unknown> => page.evaluate(`document.activeElement?.textContent?.trim()`);
    async function tabTo(text: string): Promise<void> {
      for (let presses = 0; presses < 60; presses += 1) {
        if ((await active()) === text) return;
        await page.keyboard.press('Tab');
      }
      assert.fail(`the keyboard does not come to '${text}'`);
    }
    await page.keyboard.press('Tab');
    assert.equal(await active(), 'Skip to content');
    await tabTo('Switch over now');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Switch over to b?' });
    await dialog.waitFor();
    await holds(page, `document.activeElement?.textContent?.trim() === 'Cancel'`);
    await tabTo('Switch over to b');
    await page.keyboard.press('Enter');
    await dialog.getByText(/^Done in \d+ ms/).waitFor();
    await holds(page, `document.activeElement?.textContent?.trim() === 'Close'`);
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('status').filter({ hasText: 'a: switchover done' }).waitFor({ state: 'attached' });
    await holds(page, `document.activeElement?.textContent?.trim() === 'Switch over now'`);
    assert.equal(stage.rig.services.asked.at(-1)?.action, 'switchover');
  });

  it('takes a note to colleagues into maintenance', async () => {
    const page = await stage.visit(HA);
    await page.getByRole('button', { name: 'Maintenance mode' }).click();
    const dialog = page.getByRole('dialog', { name: 'Take a out of service?' });
    await dialog.getByLabel('Note to colleagues').fill('  New fans.  ');
    await dialog.getByRole('button', { name: 'Put a into maintenance' }).click();
    await dialog.getByText(/^Done in \d+ ms/).waitFor();
    assert.deepEqual(stage.rig.services.notes, ['maintenance: New fans.']);
  });

  it('asks for a reason before it engages the bypass', async () => {
    const page = await stage.visit(HA);
    await page.getByRole('button', { name: 'Engage bypass…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Engage the bypass of a?' });
    await dialog.getByLabel('Reason').fill('Cabling.');
    await dialog.getByRole('button', { name: 'Engage bypass' }).click();
    await dialog.getByText(/^Done in \d+ ms/).waitFor();
    assert.equal(stage.rig.services.notes.at(-1), 'bypass: Cabling.');
  });

  it('closes a dialog with Esc, without doing anything', async () => {
    const page = await stage.visit(HA);
    const before = stage.rig.services.asked.length;
    await page.getByRole('button', { name: 'Engage bypass…' }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(stage.rig.services.asked.length, before);
  });

  for (const [name, options, mark] of [
    ['320 px', { viewport: { width: 320, height: 700 } }, ''],
    ['400 % of 1280 px', { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 }, ' @long'],
  ] as const) {
    it(`fits into ${name} without scrolling sideways, but for tables${mark}`, async () => {
      const page = await stage.visit(HA, options);
      const found: string[] = [];
      for (const [path, heading] of PAGES) {
        await page.goto(path);
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
        found.push(...(await page.evaluate<string[]>(TOO_WIDE)).map((one) => `${path}: ${one}`));
      }
      assert.deepEqual(found, []);
    });
  }

  it('asks nobody but its own server, and breaks no rule of its content policy', async () => {
    const foreign: string[] = [];
    const complaints: string[] = [];
    const page = await stage.visit(HA, {
      prepare(one) {
        one.on('request', (request) => request.url().startsWith(stage.url) || foreign.push(request.url()));
        one.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        one.on('pageerror', (error) => complaints.push(error.message));
        return Promise.resolve();
      },
    });
    for (const [path, heading] of PAGES) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.locator('[data-contact=live]').waitFor();
    }
    assert.deepEqual([foreign, complaints], [[], []]);
  });

  it('is dark from its first paint on where the system is dark', async () => {
    const page = await stage.visit('/stack/instances', { colorScheme: 'dark' });
    // Nothing that the page's own script could have painted: it does not come.
    await page.route('**/assets/*.js', () => undefined);
    await page.goto('/stack/instances', { waitUntil: 'commit' });
    await holds(page, `document.body !== null && getComputedStyle(document.documentElement).colorScheme === 'dark'`);
    const [red = 255, green = 255, blue = 255] = colourOf(
      await page.screenshot({ clip: { x: 300, y: 300, width: 1, height: 1 } }),
    );
    assert.ok(Math.max(red, green, blue) < 64, `the first paint is ${red}, ${green}, ${blue}`);
  });

  it('remembers a theme that was chosen', async () => {
    const page = await stage.visit(HA);
    const dark = (): Promise<unknown> =>
      page.evaluate(`document.documentElement.classList.contains('pf-v6-theme-dark')`);
    await page.getByRole('button', { name: 'Theme: auto' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    assert.equal(await dark(), true);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    assert.equal(await dark(), true);
    await forget();
  });

  it('collects new events behind a button while one reads', async () => {
    const page = await stage.visit(`${HA}/events`);
    await page.locator('.t-item').first().waitFor();
    stage.rig.services.say('link', 'wan1 is down, seen by nobody yet');
    const more = page.getByRole('button', { name: /^1 new/ });
    await more.waitFor();
    assert.equal(await page.getByText('wan1 is down, seen by nobody yet').count(), 0);
    await more.click();
    await page.getByText('wan1 is down, seen by nobody yet').waitFor();
  });

  it('filters events in its address, and links to one for good', async () => {
    const page = await stage.visit(`${HA}/events?group=Link`);
    await page.getByText('wan1 is up').first().waitFor();
    assert.equal(await page.getByText('the engine of a started').count(), 0);
    await page
      .getByRole('link', { name: /^Permanent link of event/ })
      .last()
      .click();
    await page.waitForURL(/entry=\d+/);
    await page.getByText('wan1 is up').waitFor();
    assert.equal(await page.locator('.t-item').count(), 1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('the engine of a started').waitFor();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
    assert.match(file.suggestedFilename(), /\.csv$/);
  });

  it('tests the receivers of alerts', async () => {
    const page = await stage.visit('/stack/alerts');
    await page.getByRole('button', { name: 'Test all' }).click();
    await page
      .getByTestId('test-results')
      .getByText(/no answer within 5 s/)
      .waitFor();
  });

  it('keeps users and tokens', async () => {
    const page = await stage.visit('/stack/access');
    await page.getByLabel('Name of the token').fill('robot');
    await page.getByRole('button', { name: 'Make a token' }).click();
    await page.getByText('Token of robot, shown this once:').waitFor();
    await page.getByRole('row', { name: /robot/ }).getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove token' }).click();
    await page.getByRole('row', { name: /robot/ }).waitFor({ state: 'detached' });
  });

  it('is light enough: at most 250 kB of script, compressed', () => {
    const scripts = readdirSync(pageFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js.gz'),
    );
    const bytes = scripts.reduce((sum, name) => sum + statSync(join(pageFolder, name)).size, 0);
    assert.ok(scripts.length > 0);
    assert.ok(bytes <= MOST_SCRIPT, `${bytes} bytes of script`);
  });
});
