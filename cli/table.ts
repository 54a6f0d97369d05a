/** Tables that fit the terminal: the last column is wrapped, put below, or every row becomes a block. Pure. */
import { wrap } from './format.ts';
import type { Paint, Style } from './terminal.ts';

/** A cell, with a style if it shall have one. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** The last column gets lines of its own rather than fewer characters than this. */
const NARROWEST = 24;
const GAP = 2;

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

/**
 * Lines of a table. `width` is that of the terminal, infinite where there is none. The last column is free text; where it has no room it
 * follows below its row, and where not even the others have room, every row is a list of `heading: value`.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paint: Paint,
): string[] {
  const last = headings.length - 1;
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => textOf(row[i] ?? '').length)),
  );
  const fixed = widths.slice(0, last).reduce((sum, w) => sum + w + GAP, 0);
  if (fixed + Math.min(widths[last]!, NARROWEST) <= width) return columns(headings, rows, widths, width - fixed, paint);
  if (fixed - GAP <= width) return withTextBelow(headings, rows, widths, width, paint);
  return blocks(headings, rows, width, paint);
}

function columns(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  widths: readonly number[],
  room: number,
  paint: Paint,
) {
  const last = headings.length - 1;
  const indent = ' '.repeat(widths.slice(0, last).reduce((sum, w) => sum + w + GAP, 0));
  const lines = [
    paint(
      'faint',
      line(headings, widths, (_style, text) => text),
    ),
  ];
  for (const row of rows) {
    const [first = '', ...more] = wrap(textOf(row[last] ?? ''), room);
    lines.push(line([...row.slice(0, last), first], widths, paint), ...more.map((text) => indent + text));
  }
  return lines;
}

function withTextBelow(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  widths: readonly number[],
  width: number,
  paint: Paint,
) {
  const last = headings.length - 1;
  const lines = [
    paint(
      'faint',
      line(headings.slice(0, last), widths, (_style, text) => text),
    ),
  ];
  for (const row of rows) {
    const below = wrap(textOf(row[last] ?? ''), Math.max(1, width - GAP));
    lines.push(line(row.slice(0, last), widths, paint), ...below.map((text) => `${' '.repeat(GAP)}${text}`));
  }
  return lines;
}

function blocks(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paint: Paint,
): string[] {
  return rows.flatMap((row) =>
    row.flatMap((cell, i) => {
      const label = `${i === 0 ? '' : '  '}${headings[i]!.toLowerCase()}: `;
      const [first = '', ...more] = wrap(textOf(cell), Math.max(1, width - label.length));
      const styled = typeof cell === 'string' ? first : paint(cell.style, first);
      return [label + styled, ...more.map((text) => `    ${text}`)];
    }),
  );
}

/** Cells side by side; nothing is padded at the end of a line. */
function line(cells: readonly Cell[], widths: readonly number[], paint: Paint): string {
  const parts = cells.map((cell, i) => {
    const text = textOf(cell);
    const padding = i === cells.length - 1 ? '' : ' '.repeat(widths[i]! - text.length + GAP);
    return (typeof cell === 'string' ? text : paint(cell.style, text)) + padding;
  });
  return parts.join('').trimEnd();
}
