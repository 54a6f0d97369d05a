/** What axe finds serious on a page, as lines to read. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { holds } from './browser.ts';

const require = createRequire(import.meta.url);
/** axe itself, as the package for playwright has it. That one would compile it anew for every look. */
const SOURCE = readFileSync(
  createRequire(require.resolve('@axe-core/playwright')).resolve('axe-core/axe.min.js'),
  'utf8',
);

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** Only colours depend on the theme: in the dark one nothing else is looked at. */
const RULES = { light: '{}', dark: `{ runOnly: ['color-contrast'] }` } as const;

export type Theme = keyof typeof RULES;

/** In these themes, without another load: the page follows the system's. */
export async function seriousFindings(
  page: Page,
  themes: readonly Theme[] = ['light', 'dark'],
): Promise<readonly string[]> {
  const lines: string[] = [];
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(`${SOURCE}; undefined`);
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme });
    await holds(
      page,
      `document.documentElement.classList.contains('pf-v6-theme-dark') === ${String(colorScheme === 'dark')}`,
    );
    const findings = await page.evaluate<readonly Finding[]>(
      `axe.run(document, { resultTypes: ['violations'], ...${RULES[colorScheme]} }).then(({ violations }) =>
        violations.map(({ id, impact, nodes }) => ({ id, impact, nodes })))`,
    );
    for (const { id, impact, nodes } of findings) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      for (const { target, failureSummary = '' } of nodes)
        lines.push(`${colorScheme}: ${id} at ${target.join(' ')}: ${failureSummary.replaceAll(/\s+/g, ' ')}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return lines;
}
