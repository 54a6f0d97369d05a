/**
 * The kinds of value that the configuration is made of. Each says in one place what it expects; the loader adds what it
 * found. Every message of a value begins with `expected`: that is how the loader knows to add it.
 */
import * as z from 'zod';
import { addressBytes, addressText } from '../../core/address.ts';
import { DURATION, formatRate, parseDuration, parseRate, RATE } from '../../core/units.ts';

/** A duration between `min` and `max` (text with unit); becomes milliseconds. `alsoZero` allows `0s` below `min`. */
export function duration(min: string, max: string, alsoZero = false) {
  const least = parseDuration(min)!;
  const most = parseDuration(max)!;
  const range = alsoZero ? `0s or ${min} to ${max}` : `${min} to ${max}`;
  const error = `expected a duration with its unit, such as ${min}: a number and ms, s, m or h (${range})`;
  return z
    .string({ error })
    .max(24, { error })
    .regex(DURATION, { error })
    .transform((text, context) => {
      const ms = parseDuration(text) ?? Number.NaN;
      if ((ms >= least && ms <= most) || (alsoZero && ms === 0)) return ms;
      context.addIssue({ code: 'custom', message: `expected a duration of ${range}` });
      return z.NEVER;
    })
    .meta({ kind: 'duration', range });
}

/** A rate between `min` and `max` bits per second, as text with unit or as a number; becomes bits per second. */
export function rate(min: number, max: number) {
  const range = `${formatRate(min)} to ${formatRate(max)}`;
  const error = `expected a rate such as 64kbps, 50Mbps or 1Gbps, or a number of bits per second (${range})`;
  return z
    .union([z.string().max(24, { error }).regex(RATE, { error }), z.number().min(0, { error }).max(max, { error })], {
      error,
    })
    .transform((value, context) => {
      const bps = typeof value === 'number' ? Math.round(value) : (parseRate(value) ?? Number.NaN);
      if (bps >= min && bps <= max) return bps;
      context.addIssue({ code: 'custom', message: `expected a rate of ${range}` });
      return z.NEVER;
    })
    .meta({ kind: 'rate', range });
}

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number) {
  const error = `expected a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** `true` or `false`. */
export function flag() {
  return z.boolean({ error: 'expected true or false' });
}

/** One of a closed list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(...words: T) {
  return z.enum(words, { error: `expected one of ${words.join(', ')}` });
}

/** Text of `min` to `max` characters without control characters. */
export function text(min: number, max: number, what = 'text') {
  const error = `expected ${what} of ${min} to ${max} characters`;
  // A line break or an escape sequence in a value would be repeated into logs and terminals.
  return z
    .string({ error })
    .min(min, { error })
    .max(max, { error })
    .regex(/^\P{Cc}*$/u, { error });
}

function matching(pattern: RegExp, max: number, error: string) {
  return z.string({ error }).min(1, { error }).max(max, { error }).regex(pattern, { error });
}

/** A name that appears in commands, logs and file names. */
export function name() {
  return matching(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    63,
    'expected a name of 1 to 63 letters, digits, dots, underscores or hyphens, beginning with a letter or digit',
  ).meta({ kind: 'name' });
}

/** The name of a network interface, as the kernel allows it (IFNAMSIZ: 15 characters). */
export function interfaceName() {
  return matching(
    /^(?!\.{1,2}$)[^\s/:\p{Cc}]+$/u,
    15,
    'expected an interface name of 1 to 15 characters without slash, colon or space',
  ).meta({ kind: 'interface' });
}

/** An absolute path of a file. */
export function path() {
  return matching(/^\/\P{Cc}*$/u, 1024, 'expected an absolute path, beginning with /').meta({ kind: 'path' });
}

/** A host: name or address. */
export function host() {
  return matching(/^[A-Za-z0-9_:%][A-Za-z0-9._:%-]*$/, 253, 'expected a host name or address').meta({ kind: 'host' });
}

/** `host:port`, with an IPv6 address in brackets. */
export function hostPort() {
  const error = 'expected host:port, such as 192.0.2.1:8443 or [2001:db8::1]:8443';
  return matching(/^(\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?\]|[A-Za-z0-9_][A-Za-z0-9._-]*):\d{1,5}$/, 300, error)
    .refine((value) => validPort(value.slice(value.lastIndexOf(':') + 1)), { error })
    .meta({ kind: 'host:port' });
}

function validPort(digits: string): boolean {
  const port = Number(digits);
  return port >= 1 && port <= 65_535;
}

/** A full URL with one of the schemes, a host and no credentials. */
export function url(...schemes: readonly string[]) {
  const error = `expected a full URL with its scheme, such as ${schemes[0]}://192.0.2.1:8443`;
  return z
    .string({ error })
    .max(2048, { error })
    .refine(
      (value) =>
        URL.canParse(value) &&
        schemes.includes(new URL(value).protocol.slice(0, -1)) &&
        /^[a-z]+:\/\/[^/]/i.test(value),
      {
        error,
        abort: true,
      },
    )
    .refine((value) => new URL(value).username === '' && new URL(value).password === '', {
      error: 'expected a URL without user and password: these belong in a file',
    })
    .meta({ kind: 'URL' });
}

/** A program with its arguments. Never a shell line: nothing in it is expanded. */
export function argv() {
  const error = 'expected a list of the program and its arguments, such as [/usr/local/bin/tool, --on]';
  return z
    .array(
      z
        .string({ error: 'expected text: put it in quotes' })
        .max(4096, { error: 'expected text of at most 4096 characters' }),
      { error },
    )
    .min(1, { error })
    .max(64, { error: 'expected at most 64 arguments' })
    .refine((words) => words[0] !== '', { error })
    .meta({ kind: 'list of program and arguments' });
}

/** A list of at most `max` entries. */
export function list<T extends z.ZodType>(entry: T, max: number, min = 0) {
  return z
    .array(entry, { error: 'expected a list' })
    .min(min, { error: `expected a list of ${min} to ${max} entries` })
    .max(max, { error: `expected a list of ${min === 0 ? 'at most' : `${min} to`} ${max} entries` });
}

/** An IPv4 or IPv6 address in canonical text; with `zone`, a link-local one may name its interface (`fe80::2%eth2`). */
export function address(options: { readonly zone: boolean } = { zone: false }) {
  const error = `expected an IPv4 or IPv6 address, such as 192.0.2.2 or 2001:db8::2${options.zone ? ' or fe80::2%eth2' : ''}`;
  return z
    .string({ error })
    .max(64, { error })
    .transform((value, context) => {
      const [bare = '', zone] = value.split('%', 2);
      const bytes = addressBytes(bare);
      const zoneFits = zone === undefined || (options.zone && bytes?.length === 16 && /^[^\s/:]{1,15}$/.test(zone));
      if (bytes !== null && zoneFits && unicast(bytes))
        return zone === undefined ? addressText(bytes) : `${addressText(bytes)}%${zone}`;
      context.addIssue({
        code: 'custom',
        message: bytes !== null && !unicast(bytes) ? `${error}, and one of a single host` : error,
      });
      return z.NEVER;
    })
    .meta({ kind: 'address' });
}

/** An address with an optional prefix length, as its parts; without one it is a single host (/32, /128). */
export function addressWithPrefix() {
  const error = 'expected an address with its prefix length, such as 203.0.113.10/24 or 2001:db8::10/64';
  return z
    .string({ error })
    .max(64, { error })
    .transform((value, context) => {
      const [bare = '', length] = value.split('/', 2);
      const bytes = bare.includes('%') ? null : addressBytes(bare);
      if (bytes !== null && !unicast(bytes)) {
        context.addIssue({ code: 'custom', message: `${error}, and one of a single host` });
        return z.NEVER;
      }
      const most = bytes?.length === 4 ? 32 : 128;
      const prefix = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
      if (bytes !== null && prefix >= 1 && prefix <= most && value.split('/').length <= 2) {
        return {
          address: addressText(bytes),
          prefix,
          family: bytes.length === 4 ? ('ipv4' as const) : ('ipv6' as const),
        };
      }
      context.addIssue({
        code: 'custom',
        message: bytes === null ? error : `expected a prefix length of 1 to ${most}`,
      });
      return z.NEVER;
    })
    .meta({ kind: 'address/prefix' });
}

/** False for the unspecified address, loopback, multicast and broadcast: none of these can be somebody's own. */
function unicast(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return bytes[0] !== 0 && bytes[0] !== 127 && bytes[0]! < 224;
  return bytes[0] !== 0xff && !bytes.every((byte, i) => byte === 0 || (i === 15 && byte === 1));
}

/** A mapping with exactly these keys. */
export function mapping<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    // The loader makes of this one message for each unknown key, and a did-you-mean from the list.
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `expected one of ${Object.keys(shape).join(', ')}`
        : 'expected a mapping (key: value)',
  });
}

/** Five cron fields (minute hour day month weekday), local time. */
export function schedule() {
  const error = 'expected a cron schedule of five fields (minute hour day month weekday), such as "0 3 1 * *"';
  return z.string({ error }).max(128, { error }).refine(isCron, { error }).meta({ kind: 'cron schedule' });
}

const CRON_FIELDS: readonly (readonly [number, number, readonly string[]])[] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']],
  [0, 7, ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']],
];

function isCron(value: string): boolean {
  const fields = value.trim().split(/\s+/);
  return fields.length === CRON_FIELDS.length && fields.every((field, i) => isCronField(field, CRON_FIELDS[i]!));
}

function isCronField(field: string, [least, most, names]: (typeof CRON_FIELDS)[number]): boolean {
  const number = (word: string): number => {
    const index = names.indexOf(word.toLowerCase());
    if (index >= 0) return index + (least === 1 ? 1 : 0);
    return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
  };
  return field.split(',').every((part) => {
    const [range = '', step, ...more] = part.split('/');
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
    if (range === '*') return true;
    const ends = range.split('-').map(number);
    if (ends.length > 2 || !ends.every((n) => n >= least && n <= most)) return false;
    return ends.length === 1 || ends[0]! <= ends[1]!;
  });
}
