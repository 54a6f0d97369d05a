/** Networks as text in one form only, so that two of them are the same if their texts are: `198.51.100.0/24`, and a single host without a length. */
import { addressBytes, addressText } from './address.ts';
import { fail, ok } from './result.ts';
import type { Result } from './result.ts';

export interface Prefix {
  /** `198.51.100.0/24`, `198.51.100.7`. */
  readonly text: string;
  readonly family: 'ipv4' | 'ipv6';
  /** A single address. */
  readonly host: boolean;
}

/** The error is what was expected, for `expected …`. */
export function readPrefix(text: string): Result<Prefix, string> {
  const [bare = '', length, ...more] = text.split('/');
  const bytes = bare.includes('%') ? null : addressBytes(bare);
  const most = bytes?.length === 4 ? 32 : 128;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (bytes === null || more.length > 0 || !(bits >= 0 && bits <= most))
    return fail('a network or an address, such as 198.51.100.0/24 or 2001:db8::7');
  const network = bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))) & 0xff);
  const host = bits === most;
  const plain = addressText(network);
  const canonical = host ? plain : `${plain}/${bits}`;
  // To cut the rest off in silence would block more than what was meant.
  if (!host && network.some((byte, at) => byte !== bytes[at])) return fail(`a network: did you mean ${canonical}?`);
  return ok({ text: canonical, family: bytes.length === 4 ? 'ipv4' : 'ipv6', host });
}
