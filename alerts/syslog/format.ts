/**
 * An entry as a message of RFC 5424. Pure.
 *
 *   <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID [STRUCTURED-DATA] MSG
 *
 * MSGID is the code of the reason; MSG is its sentence, the same that page, API and trap show; the rest is structured data.
 */
import type { JournalEntry } from '../../core/api/journal.ts';
import type { Severity } from '../../core/event.ts';
import { ENTERPRISE } from '../mib/oid.ts';

/** RFC 5424 section 6.2.1, table 1; in the order of the configuration's words. */
export const FACILITIES = {
  kern: 0,
  user: 1,
  mail: 2,
  daemon: 3,
  auth: 4,
  syslog: 5,
  lpr: 6,
  news: 7,
  uucp: 8,
  cron: 9,
  authpriv: 10,
  ftp: 11,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

export type Facility = keyof typeof FACILITIES;

const SEVERITIES: Readonly<Record<Severity, number>> = { critical: 2, warning: 4, info: 6 };

export interface Origin {
  readonly facility: Facility;
  /** Name of this machine. */
  readonly host: string;
  readonly stack: string;
}

export const SD_ID = `tandem@${ENTERPRISE}`;
const BOM = '\uFEFF';
const LONGEST_VALUE = 200;

/** At most `most` bytes of UTF-8: what is too long loses the end of its sentence. */
export function formatSyslog(entry: JournalEntry, origin: Origin, most: number): Buffer {
  const priority = FACILITIES[origin.facility] * 8 + SEVERITIES[entry.severity];
  const host = printable(origin.host, 255);
  const head = `<${priority}>1 ${entry.at} ${host} tandem - ${printable(entry.reason.code, 32)} ${data(entry, origin)} `;
  const text = plain(entry.reason.text);
  // RFC 5424 section 6.4: text beyond ASCII is UTF-8 behind a byte order mark; plain ASCII needs none, and many receivers show it.
  const message = /^[\x20-\x7e]*$/.test(text) ? text : BOM + text;
  return cut(Buffer.from(head + message), most);
}

function data(entry: JournalEntry, { stack }: Origin): string {
  const params: readonly (readonly [name: string, value: string | number | null | undefined])[] = [
    ['id', entry.id],
    ['seq', entry.seq],
    ['stack', stack],
    ['instance', entry.instance],
    ['kind', entry.kind],
    ['severity', entry.severity],
    ['incident', entry.incident],
    ['router', entry.router],
    ['from', entry.from],
    ['to', entry.to],
    ['action', entry.actionId],
    ['ended', entry.ended],
    ['user', entry.actor?.user],
    ['address', entry.actor?.from],
  ];
  const written = params
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeValue(String(value))}"`);
  return `[${SD_ID}${written.join('')}]`;
}

/** RFC 5424 section 6.3.3. */
const escapeValue = (value: string): string => plain(value.slice(0, LONGEST_VALUE)).replaceAll(/["\\\]]/g, '\\$&');

/** Without control characters, which would end the line of whoever writes it into a file: `#012` as rsyslog shows them. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (c) => `#${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** PRINTUSASCII of RFC 5424; `-` where nothing is left. */
function printable(text: string, most: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '').slice(0, most) || '-';
}

function cut(message: Buffer, most: number): Buffer {
  if (message.length <= most) return message;
  const sign = Buffer.from('...');
  let end = most - sign.length;
  // Not in the middle of a character.
  while (end > 0 && (message[end]! & 0xc0) === 0x80) end -= 1;
  return Buffer.concat([message.subarray(0, end), sign]);
}

/** RFC 6587 section 3.4.1, RFC 5425 section 4.3: the length in front. */
export function countedFrame(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}
