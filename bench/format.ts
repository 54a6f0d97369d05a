/** Numbers and tables as text. Pure. */

export type Unit = 'ms' | 'probes' | 'adverts' | '%' | 'MB' | 'count';

/** A number with at most so many decimals, without needless zeros: `0`, `5.5`, `613`. */
export function formatNumber(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}

/** A value as precise as its unit and size deserve, without the unit. */
export function formatValue(value: number, unit: Unit): string {
  if (unit === 'probes' || unit === 'adverts' || unit === 'count') return formatNumber(value, 1);
  if (unit === 'MB') return formatNumber(value, 1);
  if (unit === '%') return formatNumber(value, 2);
  const size = Math.abs(value);
  return formatNumber(value, size < 10 ? 2 : size < 100 ? 1 : 0);
}

/** A column's heading, and whether its cells are numbers, which stand at the right. */
export interface Column {
  readonly heading: string;
  readonly right?: boolean;
}

/** A table of plain text, two spaces between columns. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => width(line[at] ?? ''))));
  return lines
    .map((line) =>
      columns
        .map(({ right }, at) => {
          const cell = line[at] ?? '';
          const space = ' '.repeat((widths[at] ?? 0) - width(cell));
          return right === true ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Characters, not bytes or surrogates. */
function width(text: string): number {
  return Array.from(text).length;
}

/** Seconds as people say them: `40 s`, `7 min`. */
export function formatDuration(seconds: number): string {
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
