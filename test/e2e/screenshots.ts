/**
 * A program: pictures of the page for the README, of a pair that runs in the lab, with a switchover, a lost link and a lost instance that are real.
 * usage, as root after npm run build: node --import=tsx test/e2e/screenshots.ts [NAME]…
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { sleep } from '../../lab/clock.ts';
import { startInline } from '../../lab/inline.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { startStream } from '../../lab/traffic.ts';
import { packageFolder } from '../../daemon/where.ts';
import { knows, withPairs } from '../lab/stage.ts';
import type { Stage } from '../lab/stage.ts';
import { closeBrowser } from './browser.ts';
import { closeDoors, openDoor, startManaged } from './instance.ts';
import type { Door } from './instance.ts';

const HA = '/stack/instances/a/ha';
const folder = join(packageFolder, 'docs/images');
const only = process.argv.slice(2);
/** README loads all of them. */
const MOST_BYTES = 300_000;
const WHOLE = { width: 1280, height: 1880 } as const;
const SCREEN = { width: 1280, height: 960 } as const;
/** So much of a chart is there when it is taken. */
const CHART_MS = 150_000;

/** What the appliance's own traffic and checks would be. */
const SETTINGS: StackChange = {
  bandwidth: { enabled: true, minimum: '1Mbps' },
  tracks: [{ name: 'gateway', type: 'ping', target: '10.77.0.254', interval: '1s', timeout: '500ms' }],
};

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly dark?: boolean;
  readonly whole?: boolean;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

async function take(door: Door, { name, path, dark = false, whole = false, prepare }: Picture): Promise<void> {
  if (only.length > 0 && !only.includes(name)) return;
  const page = await door.visit(path, {
    colorScheme: dark ? 'dark' : 'light',
    viewport: whole ? WHOLE : SCREEN,
  });
  await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
  await prepare?.(page);
  await page.waitForTimeout(1500);
  const file = join(folder, `${name}.png`);
  await page.screenshot({ path: file });
  await page.context().close();
  const { size } = statSync(file);
  process.stdout.write(`${file}: ${size} bytes\n`);
  if (size > MOST_BYTES) throw new Error(`${name} is larger than ${MOST_BYTES} bytes`);
}

/** The role goes to b by a switchover, and back because b's data link is lost. */
async function makeHistory(on: Stage, a: Tandem, b: Tandem): Promise<void> {
  await a.switchover('b', 'none');
  await b.waitRole('active');
  await knows(b, 'a', 'standby');
  // Another incident.
  await sleep(12_000);
  on.b.data.cut();
  await a.waitRole('active');
  on.b.data.restore();
  await b.waitRole('standby');
  await knows(a, 'b', 'standby');
}

const topology = withPairs();
const on: Stage = {
  topology,
  client: topology.client,
  a: topology.place('a'),
  b: topology.place('b'),
  get c() {
    return topology.place('c');
  },
};
mkdirSync(folder, { recursive: true });
try {
  const [a, b] = await startManaged(on, SETTINGS);
  const began = performance.now();
  await Promise.all([a, b].map(({ host, socket }) => startInline(host, socket)));
  const stream = await startStream(topology, 24e6);
  await sleep(12_000);
  const door = await openDoor(a);
  await makeHistory(on, a, b);
  await take(door, {
    name: 'events',
    path: `${HA}/events`,
    prepare: (page) => page.locator('.t-item', { hasText: 'became active' }).first().locator('.t-more').click(),
  });
  await take(door, {
    name: 'settings-error',
    path: `${HA}/settings`,
    async prepare(page) {
      await page.locator('#setting-peerCheckIntervalMs').fill('100');
      await page.locator('#setting-peerFailureThreshold').fill('1000');
      await page.getByRole('button', { name: 'Save changes' }).click();
      await page.getByText(/^Not saved/).waitFor();
    },
  });
  // A line that is not flat.
  while (performance.now() - began < CHART_MS) {
    stream.setRate(16e6 + Math.round(12e6 * Math.random()));
    await sleep(4000);
  }
  await take(door, { name: 'status-light', path: HA, whole: true });
  await take(door, { name: 'status-dark', path: HA, whole: true, dark: true });

  on.b.host.isolate();
  await a.waitStatus(({ peers }) => peers[0]?.health === 'unhealthy', 'b is lost');
  await sleep(5000);
  await take(door, { name: 'status-degraded', path: HA, whole: true });
  on.b.host.restoreCables();
  await knows(a, 'b', 'standby');

  await a.bypass('engage');
  await a.waitStatus(({ bypass }) => bypass.state === 'bypass', 'the bypass is engaged');
  await b.waitRole('active');
  await take(door, { name: 'status-bypassed', path: HA, whole: true });
} finally {
  await closeDoors();
  await closeBrowser();
  topology.close();
}
