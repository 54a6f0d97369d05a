/** Text from outside, safe to repeat: no control characters, 64 characters at most. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').slice(0, 64);
}
