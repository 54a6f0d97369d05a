/**
 * Reports and messages of a handover as they travel: JSON, because they are rare and long. Whoever reads them trusts nothing: the sender holds the
 * secret, but may run another version, or be broken.
 */
import { addressBytes } from '../../core/address.ts';
import type { ReasonCode, ReasonText } from '../../core/reason.ts';
import type {
  GroupReport,
  HandoverKind,
  HandoverMessage,
  HandoverPurpose,
  Report,
  Standing,
} from '../../core/report.ts';
import type { BypassState, Role } from '../../core/status.ts';
import {
  flag,
  list,
  measure,
  name,
  named,
  oneOf,
  orNull,
  readWith,
  record,
  refuse,
  text,
  token,
  whole,
} from './fields.ts';
import type { DirectContacts } from './state.ts';

/** Index on the wire: only ever append. */
const STANDINGS: readonly Standing[] = ['init', 'backup', 'claiming', 'active', 'resigned', 'fault'];
const ROLES: readonly Role[] = ['starting', 'active', 'standby', 'fault', 'maintenance', 'bypass'];
const BYPASS_STATES: readonly BypassState[] = ['inline', 'bypass', 'notFitted', 'unknown'];
const KINDS: readonly HandoverKind[] = ['want', 'ask', 'prepared', 'go', 'claimed', 'released', 'refused', 'cancel'];
const PURPOSES: readonly HandoverPurpose[] = ['switchover', 'preemption', 'maintenance', 'stop', 'bandwidth'];

const MOST_GROUPS = 1024;
const MOST_INSTANCES = 64;
/** Shown, so what is beyond is left out rather than refused. */
const MOST_FAULTS = 32;
const LONGEST_TEXT = 300;
const LONGEST_WORD = 64;
/** A day and a year, ms: longer than anything that is reported. */
const DAY = 86_400_000;
const YEAR = 366 * DAY;
const MANY = 1_000_000;

/** A group is a row, without names of fields: there may be a thousand, and a datagram is bounded. */
type GroupRow = readonly [string, number, number, string | null, number, boolean];

/** What `readReport` reads. */
export function writeReport(report: Report): unknown {
  return {
    ...report,
    groups: report.groups.map((g): GroupRow => [
      g.name,
      STANDINGS.indexOf(g.standing),
      g.priority,
      g.source,
      g.intervalMs,
      g.eligible,
    ]),
  };
}

/** The report in a parsed JSON value; null if it is none. Unknown keys are ignored, texts are cleaned and cut. */
export function readReport(value: unknown): Report | null {
  return readWith(report, value);
}

/** How long ago a peer heard from the others (brain 3.6); null if it is not that. */
export function readDirect(value: unknown): DirectContacts | null {
  return readWith((inner) => named(inner, MOST_INSTANCES, (age) => measure(age, YEAR)), value);
}

/** The message of a handover in a parsed JSON value; null if it is none. */
export function readHandover(value: unknown): HandoverMessage | null {
  return readWith(handover, value);
}

function report(value: unknown): Report {
  const fields = record(value);
  const links = record(fields['links']);
  const flaps = record(fields['flaps']);
  const bypass = record(fields['bypass']);
  const faults = list(fields['faults'], MANY).slice(0, MOST_FAULTS);
  return {
    instance: name(fields['instance']),
    version: text(fields['version'], LONGEST_WORD),
    role: oneOf(fields['role'], ROLES),
    reason: reason(fields['reason']),
    eligible: flag(fields['eligible']),
    faults: faults.map((fault) => text(fault, LONGEST_TEXT)),
    maintenance: flag(fields['maintenance']),
    primary: flag(fields['primary']),
    mode: text(fields['mode'], LONGEST_WORD),
    hash: text(fields['hash'], LONGEST_WORD),
    groups: groups(fields['groups']),
    links: { active: whole(links['active'], 0, MANY), minimum: whole(links['minimum'], 0, MANY) },
    flaps: {
      count: whole(flaps['count'], 0, MANY),
      max: whole(flaps['max'], 0, MANY),
      latched: flag(flaps['latched']),
    },
    bypass: { driver: text(bypass['driver'], LONGEST_WORD), state: oneOf(bypass['state'], BYPASS_STATES) },
    bandwidthMove: orNull(fields['bandwidthMove'], (inner) => {
      const move = record(inner);
      return { by: name(move['by']), ageMs: measure(move['ageMs'], YEAR), recovered: flag(move['recovered']) };
    }),
    others: named(fields['others'], MOST_INSTANCES, (inner) => list(inner, MOST_GROUPS).map(name)),
  };
}

function groups(value: unknown): readonly GroupReport[] {
  // Groups share a few sources: each is looked at once.
  const sources = new Set<string>();
  return list(value, MOST_GROUPS).map((inner) => {
    const [label, standing, priority, from, intervalMs, eligible] = list(inner, MOST_INSTANCES);
    return {
      name: name(label),
      standing: oneOf(STANDINGS[whole(standing, 0, STANDINGS.length)], STANDINGS),
      priority: whole(priority, 0, 255),
      source: orNull(from, (address) => source(address, sources)),
      intervalMs: measure(intervalMs, DAY),
      eligible: flag(eligible),
    };
  });
}

function source(value: unknown, known: Set<string>): string {
  const address = text(value, LONGEST_WORD);
  if (known.has(address)) return address;
  // Compared byte by byte in elections: what is no address there would be a mistake deep in the brain.
  if (addressBytes(address) === null) refuse();
  known.add(address);
  return address;
}

/** A newer version may have reasons that this one does not: the code is a word for programs, the text says it all. */
function reason(value: unknown): ReasonText {
  const fields = record(value);
  return { code: token(fields['code']) as ReasonCode, text: text(fields['text'], LONGEST_TEXT) };
}

function handover(value: unknown): HandoverMessage {
  const fields = record(value);
  return {
    kind: oneOf(fields['kind'], KINDS),
    id: token(fields['id']),
    group: name(fields['group']),
    reason: reason(fields['reason']),
    purpose: oneOf(fields['purpose'], PURPOSES),
    holdMs: orNull(fields['holdMs'], (ms) => measure(ms, YEAR)),
  };
}
