/** One Chromium for all end-to-end tests; a context each, which shares nothing with the others. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { until } from '../../lab/clock.ts';
import { findProgram } from '../../lab/command.ts';
import { packageFolder } from '../../daemon/where.ts';
import { need } from '../support/need.ts';

export const pageFolder = join(packageFolder, 'dist/page');

let browser: Promise<Browser> | null = null;

/** Call it first in a `before`: without Chromium or without the built page the tests are skipped, with CI=true they fail. */
export function needBrowser(context: Mocha.Context): void {
  need(context, 'chromium');
  if (!existsSync(join(pageFolder, 'index.html'))) throw new Error('the page is not built: npm run build');
}

export async function openContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  browser ??= chromium.launch({
    executablePath: findProgram('chromium') ?? 'chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
  const context = await (
    await browser
  ).newContext({
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    colorScheme: 'light',
    viewport: { width: 1366, height: 900 },
    timezoneId: 'UTC',
    locale: 'en-GB',
    ...options,
  });
  context.setDefaultTimeout(15_000);
  return context;
}

/** The quick way: the page's own login form has a test for itself. */
export async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.goto('/healthz');
  const status: unknown = await page.evaluate(`fetch('/api/v1/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: ${JSON.stringify(JSON.stringify({ user, password }))},
  }).then((answer) => answer.status)`);
  if (status !== 200) throw new Error(`login of ${user}: ${String(status)}`);
}

/** Waits until an expression is true in the page. By asking again: the page's content policy lets nothing be compiled in it. */
export function holds(page: Page, expression: string): Promise<unknown> {
  return until(async () => (await page.evaluate(expression)) === true || null, { what: expression, everyMs: 50 });
}

export async function closeBrowser(): Promise<void> {
  const open = browser;
  browser = null;
  await (await open)?.close();
}
