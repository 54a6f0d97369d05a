/** Link pairs for people. Pure. */
import type { LinksStatus } from '../core/status.ts';
import { formatAge, wrap } from './format.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { PAIR_STYLE, type View, spaced } from './view.ts';

/** All of `tandem links`. */
export function linksText(links: LinksStatus, view: View): string {
  if (links.pairs.length === 0) return 'no link pairs are configured\n';
  return `${linksAtAGlance(links, view).join('\n')}\n`;
}

/** A line a pair and one for all of them, as a part of the status too. */
export function linksAtAGlance({ active, minimum, pairs }: LinksStatus, view: View): string[] {
  const headings = ['LINK PAIR', 'STATE', 'SINCE', 'OUTSIDE', 'INSIDE'];
  const rows = pairs.map((pair): Cell[] => [
    pair.name,
    { text: spaced(pair.state), style: PAIR_STYLE[pair.state] ?? 'strong' },
    formatAge(view.now - Date.parse(pair.since)),
    portText(pair.outsideInterface, pair.outside, pair.outsideSince, view.now),
    portText(pair.insideInterface, pair.inside, pair.insideSince, view.now),
  ]);
  const least = minimum === 0 ? 'no minimum' : `at least ${minimum} needed`;
  return [
    ...table(headings, rows, view.width, view.paint),
    ...wrap(`${active} of ${pairs.length} link pairs up, ${least}`, view.width),
  ];
}

const portText = (name: string, hasCarrier: boolean, since: string, now: number): string =>
  `${name} ${hasCarrier ? 'up' : `no carrier for ${formatAge(now - Date.parse(since))}`}`;
