/** Requests for sessions (core/session-link.ts), every field checked. Networks are printed anew, so that no text of a request reaches a rule. Pure. */
import { MOST_SESSIONS, MOST_SOURCES } from '../../core/session-link.ts';
import type { RateLimit, SessionRequest, SessionRules, SourceList } from '../../core/session-link.ts';
import { readPrefix } from '../../core/prefix.ts';
import { isFields, isInterface, isNumber } from './fields.ts';
import type { Fields } from './fields.ts';

/** A request, or a sentence. */
export function readSessionRequest(kind: SessionRequest['kind'], value: Fields): SessionRequest | string {
  const { load, session } = value;
  switch (kind) {
    case 'filter.look':
    case 'feature.list':
      return { kind };
    case 'feature.capture': {
      const target = readNetwork(value['target']);
      const { megabytes } = value;
      if (!isWord(session) || target === null) return SESSION_AND_TARGET;
      if (!isNumber(megabytes, 1, 100_000)) return 'megabytes: 1 to 100000 expected';
      return { kind, session, target, megabytes };
    }
    case 'feature.command': {
      const target = readNetwork(value['target']);
      const { command, how } = value;
      if (!isWord(session) || target === null) return SESSION_AND_TARGET;
      if (!isWord(command)) return 'command: the name of a command expected';
      if (how !== 'start' && how !== 'resume') return 'how: start or resume expected';
      return { kind, session, target, command, how };
    }
    case 'feature.stop': {
      const { why } = value;
      if (!isWord(session)) return SESSION_AND_TARGET;
      return why === 'ended' || why === 'moved' ? { kind, session, why } : 'why: ended or moved expected';
    }
    case 'filter.stage': {
      if (!isWord(load)) return 'load: a word expected';
      if (!isWord(session)) return 'session: the id of a session expected';
      const sources = readSources(value['sources']);
      return sources === null ? BAD_SOURCES : { kind, load, session, sources };
    }
    case 'filter.apply': {
      const { whole } = value;
      if (typeof whole !== 'boolean') return 'whole: true or false expected';
      if (load !== null && !isWord(load)) return 'load: a word or null expected';
      const sessions = readSessions(value['sessions']);
      if (typeof sessions === 'string') return sessions;
      const [put, take, renew] = [readLists(value['put']), readLists(value['take']), readLists(value['renew'])];
      if (put === null || take === null || renew === null) return BAD_SOURCES;
      return { kind, whole, load, sessions, put, take, renew };
    }
  }
}

const SESSION_AND_TARGET = 'session and target: the id of a session and a network expected';
const BAD_SOURCES = `sources: a list of at most ${MOST_SOURCES} networks expected`;

function readSessions(value: unknown): readonly SessionRules[] | string {
  if (!Array.isArray(value) || value.length > MOST_SESSIONS)
    return `sessions: a list of at most ${MOST_SESSIONS} expected`;
  const read: SessionRules[] = [];
  const seen = new Set<string>();
  for (const one of value) {
    if (!isFields(one)) return 'sessions: objects expected';
    const { session, blocklist, copyTo } = one;
    if (!isWord(session) || seen.has(session)) return 'sessions: ids expected, each once';
    seen.add(session);
    const target = readNetwork(one['target']);
    if (target === null) return 'sessions.target: a network expected';
    if (typeof blocklist !== 'boolean') return 'sessions.blocklist: true or false expected';
    if (copyTo !== null && !isInterface(copyTo)) return 'sessions.copyTo: the name of an interface or null expected';
    const ratelimit = readLimit(one['ratelimit']);
    if (typeof ratelimit === 'string') return ratelimit;
    read.push({ session, target, blocklist, ratelimit, copyTo });
  }
  return read;
}

function readLimit(value: unknown): RateLimit | null | string {
  if (value === null) return null;
  if (!isFields(value)) return 'sessions.ratelimit: an object or null expected';
  const { per, bitsPerSecond, packetsPerSecond } = value;
  if (per !== 'target' && per !== 'source') return 'sessions.ratelimit.per: target or source expected';
  if (bitsPerSecond !== null && !isNumber(bitsPerSecond, 1, Number.MAX_SAFE_INTEGER))
    return 'sessions.ratelimit.bitsPerSecond: a whole number or null expected';
  if (packetsPerSecond !== null && !isNumber(packetsPerSecond, 1, 0xffff_ffff))
    return 'sessions.ratelimit.packetsPerSecond: a whole number or null expected';
  return { per, bitsPerSecond, packetsPerSecond };
}

function readLists(value: unknown): readonly SourceList[] | null {
  if (!Array.isArray(value) || value.length > MOST_SESSIONS) return null;
  const read: SourceList[] = [];
  for (const one of value) {
    if (!isFields(one)) return null;
    const { session } = one;
    const sources = readSources(one['sources']);
    if (!isWord(session) || sources === null) return null;
    read.push({ session, sources });
  }
  return read;
}

function readSources(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length > MOST_SOURCES) return null;
  const read = value.map(readNetwork);
  return read.every((network) => network !== null) ? read : null;
}

function readNetwork(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 64) return null;
  const prefix = readPrefix(value);
  return prefix.ok ? prefix.value.text : null;
}

/** Ids as they are made and given (schema of sessions): nothing of them but letters, digits and codes gets into a rule. */
const isWord = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value);
