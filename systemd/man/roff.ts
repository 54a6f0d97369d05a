/** Manual pages in man(7), from paragraphs. Pure. */

/** Text as troff takes it literally: no escape, no control line, minus signs that can be copied. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .split('\n')
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n');
}

/** Prose with the little of Markdown that descriptions have: `code` and **bold** stand in bold, *emphasis* in italics. */
export function prose(text: string): string {
  const plain = text
    .replaceAll('&lt;', '<')
    .replaceAll('\\|', '|')
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1');
  return plain
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part) => {
      const strong = /^(?:`([^`]+)`|\*\*([^*]+)\*\*)$/.exec(part);
      return strong === null ? roff(part) : bold(strong[1] ?? strong[2] ?? '');
    })
    .join('')
    .replaceAll('\n', ' ')
    .replace(/^([.'])/, '\\&$1');
}

export const bold = (text: string): string => `\\fB${roff(text)}\\fR`;
export const italic = (text: string): string => `\\fI${roff(text)}\\fR`;

export type Block = readonly string[];

export const section = (title: string, ...blocks: readonly Block[]): Block => [
  `.SH "${title.toUpperCase()}"`,
  ...blocks.flat(),
];
export const subsection = (title: string, ...blocks: readonly Block[]): Block => [
  `.SS "${roff(title).replaceAll('"', '\\(dq')}"`,
  ...blocks.flat(),
];
export const paragraph = (text: string): Block => ['.PP', prose(text)];
/** A term with its explanation; `head` and `body` are troff already. */
export const item = (head: string, ...body: readonly string[]): Block => ['.TP', head, ...body];
/** Lines as they are. */
export const literal = (text: string): Block => [
  '.PP',
  '.nf',
  '.RS 4',
  ...roff(text.trimEnd()).split('\n'),
  '.RE',
  '.fi',
];

/** The whole page. Without a date: the same sources make the same page. */
export function page(name: string, sectionNumber: number, version: string, ...blocks: readonly Block[]): string {
  const head = [
    '.\\" Made by npm run docs. Do not edit.',
    `.TH "${name.toUpperCase()}" "${sectionNumber}" "" "Tandem ${version}" "Tandem"`,
    '.nh',
    '.ad l',
  ];
  return `${[...head, ...blocks.flat()].join('\n')}\n`;
}
