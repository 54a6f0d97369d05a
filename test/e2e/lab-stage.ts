/** What the tests of the page before a running stack share: instances in the lab, Chromium, and what a person does with a dialog. */
import type { Locator, Page } from 'playwright-core';
import { stage, withPairs } from '../lab/stage.ts';
import type { Stage } from '../lab/stage.ts';
import { closeBrowser, needBrowser } from './browser.ts';
import { closeDoors } from './instance.ts';

/** Call it in a `describe`. */
export function labStage(): Stage {
  before(function () {
    needBrowser(this);
  });
  const on = stage(withPairs, 'nft');
  afterEach(closeDoors);
  after(closeBrowser);
  return on;
}

export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name });
export const dialog = (page: Page): Locator => page.getByRole('dialog');

/** Presses the verb of the dialog that is open, and waits for the end of the action. */
export async function act(page: Page, verb: string): Promise<void> {
  await dialog(page).getByRole('button', { name: verb, exact: true }).click();
  await dialog(page)
    .getByText(/^Done in \d+ ms/)
    .waitFor();
  await dialog(page).getByRole('button', { name: 'Close' }).last().click();
  await dialog(page).waitFor({ state: 'detached' });
}
