/** Text of a file on a terminal or in a log: control characters escaped, and not longer than a line bears. */
export function printable(text: string, most = 60): string {
  const escaped = text.replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu,
    (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
  return escaped.length <= most ? escaped : `${escaped.slice(0, most)}…`;
}
