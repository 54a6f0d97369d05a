/** The page before sample data: one web server for all files, a scenario and a browser context for each test. */
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { UserRole } from '../../core/api/users.ts';
import { openPipe } from '../support/pipe.ts';
import type { Pipe } from '../support/pipe.ts';
import type { Scenario } from '../support/sample-stack.ts';
import { passwordOf, startRig } from '../unit/webui/server/web-rig.ts';
import type { WebRig } from '../unit/webui/server/web-rig.ts';
import { closeBrowser, logIn, needBrowser, openContext, pageFolder } from './browser.ts';

export const HA = '/stack/instances/a/ha';
/** Every page, by what its h1 says. */
export const PAGES: readonly (readonly [path: string, heading: RegExp])[] = [
  ['/stack/instances', /Instances/],
  [HA, /High availability of a/],
  [`${HA}/settings`, /High availability of a/],
  [`${HA}/events`, /High availability of a/],
  ['/stack/alerts', /Alerts/],
  ['/stack/access', /Users and tokens/],
  ['/stack/about', /About/],
];

export interface Stage {
  readonly rig: WebRig;
  readonly pipe: Pipe;
  readonly url: string;
  /** What is in the sample, from now on for everybody. */
  show(scenario: Scenario): void;
  /** False: no sample and no change of status comes by itself any more. */
  tick(on: boolean): void;
  /** Opens a page, logged in; waits until it is live unless told otherwise. */
  visit(path: string, options?: VisitOptions): Promise<Page>;
}

export interface VisitOptions extends BrowserContextOptions {
  readonly role?: UserRole | null;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

let stage: Promise<Stage> | null = null;
/** A context for each role and window: its files are loaded, and it is logged in. */
const contexts = new Map<string, Promise<BrowserContext>>();

/** Call it in a `before`. */
export function openStage(context: Mocha.Context): Promise<Stage> {
  needBrowser(context);
  context.timeout(60_000);
  stage ??= start();
  return stage;
}

/** Call it in an `afterEach`. */
export async function leave(): Promise<void> {
  const open = await stage;
  open?.pipe.mend();
  open?.tick(true);
  open?.show('protected');
  const all = await Promise.all(contexts.values());
  await Promise.all(all.flatMap((context) => context.pages()).map((page) => page.close()));
}

/** The logins are no more good, or something was kept that other tests must not see. */
export async function forget(): Promise<void> {
  const all = await Promise.all(contexts.values());
  contexts.clear();
  await Promise.all(all.map((context) => context.close()));
}

async function start(): Promise<Stage> {
  const rig = await startRig({ pageFolder });
  const pipe = await openPipe(rig.port);
  let ticking = true;
  setInterval(() => ticking && rig.services.tick(), 1000).unref();
  const url = `https://127.0.0.1:${pipe.port}`;

  async function newContext(role: UserRole | null, options: BrowserContextOptions): Promise<BrowserContext> {
    const context = await openContext({ baseURL: url, ...options });
    if (role !== null) {
      const page = await context.newPage();
      await logIn(page, role, passwordOf(role));
      await page.close();
    }
    return context;
  }

  return {
    rig,
    pipe,
    url,
    show: (scenario) => rig.services.show(scenario),
    tick: (on) => void (ticking = on),
    async visit(path, { role = 'admin', prepare, ...options } = {}) {
      const key = JSON.stringify([role, options]);
      const made = contexts.get(key) ?? newContext(role, options);
      contexts.set(key, made);
      const page = await (await made).newPage();
      await prepare?.(page);
      await page.goto(path);
      if (role !== null && prepare === undefined) await page.locator('[data-contact=live]').waitFor();
      return page;
    },
  };
}

export { passwordOf };

after(async () => {
  await closeBrowser();
  const open = await stage;
  stage = null;
  await open?.pipe.stop();
  await open?.rig.stop();
});
