/** Colours and widths of the demo's screen. Pure. */

const ESC = '\u001b[';
const style =
  (code: string) =>
  (text: string): string =>
    `${ESC}${code}m${text}${ESC}0m`;

export const bold = style('1');
export const dim = style('2');
export const green = style('32');
export const red = style('31');
export const yellow = style('33');
export const cyan = style('36');

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Without its colours. */
export const plain = (text: string): string => text.replaceAll(COLOURS, '');
/** Filled up to a width that counts no colours. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - plain(text).length));

/** Cuts a line at the terminal's width without counting colours, so that nothing wraps. */
export function clip(line: string, width: number): string {
  if (plain(line).length <= width) return line;
  let seen = 0;
  let out = '';
  for (let i = 0; i < line.length && seen < width - 1; i += 1) {
    if (line[i] === '\u001b') {
      const end = line.indexOf('m', i);
      out += line.slice(i, end + 1);
      i = end;
    } else {
      out += line[i];
      seen += 1;
    }
  }
  return `${out}…${ESC}0m`;
}

/** `6 ms`, `2.91 s`. */
export function milliseconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
