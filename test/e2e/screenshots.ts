/** A program: pictures of the page for the README, with sample data. usage: node --import=tsx test/e2e/screenshots.ts (after npm run build) */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { packageFolder } from '../../daemon/where.ts';
import type { Scenario } from '../support/sample-stack.ts';
import { passwordOf, startRig } from '../unit/webui/server/web-rig.ts';
import { closeBrowser, logIn, openContext, pageFolder } from './browser.ts';

const HA = '/stack/instances/a/ha';
const folder = join(packageFolder, 'docs/images');

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly scenario?: Scenario;
  readonly dark?: boolean;
  readonly prepare?: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: 'status-light', path: HA },
  { name: 'status-dark', path: HA, dark: true },
  { name: 'status-degraded', path: HA, scenario: 'degraded' },
  { name: 'status-bypassed', path: HA, scenario: 'bypassed' },
  {
    name: 'settings-error',
    path: `${HA}/settings`,
    async prepare(page) {
      await page.locator('#setting-peerCheckIntervalMs').fill('50');
      await page.locator('#setting-peerFailureThreshold').fill('1000');
      await page.getByRole('button', { name: 'Save changes' }).click();
      await page.getByText(/^Not saved/).waitFor();
    },
  },
  {
    name: 'events',
    path: `${HA}/events`,
    async prepare(page) {
      await page.getByRole('button', { name: /cause/ }).first().click();
    },
  },
];

const rig = await startRig({ pageFolder });
const { services } = rig;
services.say('link', 'wan1 is down: no carrier on eth1', { severity: 'warning', incident: 'i2' });
services.say('role', 'wan1 is down, 1 link pair is needed', {
  severity: 'warning',
  from: 'active',
  to: 'fault',
  incident: 'i2',
});
services.say('link', 'wan1 is up', { incident: 'i2' });
services.say('role', 'the better instance takes over by a handover', {
  from: 'standby',
  to: 'active',
  incident: 'i3',
});
const url = `https://127.0.0.1:${rig.port}`;
mkdirSync(folder, { recursive: true });
try {
  for (const { name, path, scenario = 'protected', dark = false, prepare } of PICTURES) {
    services.show(scenario);
    const context = await openContext({
      baseURL: url,
      colorScheme: dark ? 'dark' : 'light',
      viewport: { width: 1280, height: 960 },
    });
    const page = await context.newPage();
    await logIn(page, 'admin', passwordOf('admin'));
    await page.goto(path);
    await page.locator('[data-contact=live]').waitFor();
    await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    await prepare?.(page);
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await context.close();
  }
} finally {
  await closeBrowser();
  await rig.stop();
}
