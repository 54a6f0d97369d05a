/** What an authentic datagram of the peer does to its session (brain 3.4): who may say what, and what of it is news. Pure. */
import { type Instant, later } from '../../core/clock.ts';
import { LONG_AGO, answered, askedByStranger, contacted, ended, missed } from './paths.ts';
import { type Envelope, FINAL_COUNTER, type PathState, type PeerMessage } from './state.ts';
import { type Turn, change, eachPath, ignore, setPath } from './turn.ts';

type Of<T extends PeerMessage['type']> = Extract<PeerMessage, { type: T }>;

/** Boots that are remembered as ended. */
const MOST_ENDED = 8;

export function receive(turn: Turn, index: number, envelope: Envelope): void {
  const { session, orders } = turn;
  const { boot, peerBoot, counter, message } = envelope;
  if (session.paths[index] === undefined) return ignore(turn, 'wrongPath');
  if (peerBoot !== null && peerBoot !== orders.boot) return ignore(turn, 'otherBoot');
  if (session.ended.includes(boot)) return ignore(turn, 'otherBoot');
  if ((message.type === 'told') !== (counter === FINAL_COUNTER)) return ignore(turn, 'malformed');
  switch (message.type) {
    case 'request':
      return request(turn, index, envelope, message);
    case 'reply':
      return reply(turn, index, envelope, message);
    case 'told':
      return peerBoot === null || boot !== session.boot ? ignore(turn, 'unverified') : told(turn);
    case 'push':
    case 'handover':
      return unasked(turn, index, envelope, message);
  }
}

/**
 * What nobody asked for counts only from a boot that is verified, to us, and only once. A message of a handover that a later datagram has overtaken on
 * another path is dropped like one that somebody kept back to play it later, which looks the same; its sender repeats it with a new counter after
 * 20 ms (brain 5.1).
 */
function unasked(turn: Turn, index: number, envelope: Envelope, message: Of<'push' | 'handover'>): void {
  const { boot, peerBoot, counter } = envelope;
  if (peerBoot === null || boot !== turn.session.boot) return ignore(turn, 'unverified');
  if (counter <= turn.session.highest) return ignore(turn, 'replayed');
  news(turn, index, counter);
  if (message.type === 'handover') {
    turn.effects.push({ do: 'handover', handover: message.handover });
    return;
  }
  takeReport(turn, message);
  change(turn, { reportAt: turn.now });
}

/** The highest counter so far: nobody can have kept it back from before. */
function news(turn: Turn, index: number, counter: number): void {
  const { now, session } = turn;
  setPath(turn, index, { ...session.paths[index]!, lastContact: now });
  change(turn, { highest: counter, lastContact: now });
}

function request(turn: Turn, index: number, envelope: Envelope, message: Of<'request'>): void {
  const { session, orders, now } = turn;
  const { boot, peerBoot, counter } = envelope;
  const path = session.paths[index]!;
  if (boot === session.boot) {
    // Over several paths a lower one may just have taken longer; on its own path it was heard before.
    if (counter <= path.highest) return ignore(turn, 'replayed');
    setPath(turn, index, { ...path, highest: counter });
    if (counter > session.highest) news(turn, index, counter);
  } else {
    const strange = askedByStranger(path, now);
    if (strange === null) return ignore(turn, 'unverified');
    setPath(turn, index, strange);
    challenge(turn, index);
  }
  const { version, direct } = orders;
  const known = peerBoot !== null && message.have === version;
  const answer = {
    type: 'reply',
    nonce: message.nonce,
    version,
    report: known ? null : orders.report,
    direct,
  } as const;
  turn.effects.push({ do: 'send', path: index, message: answer, peerBoot: boot });
}

/** Ask a boot that is not known to prove itself, beside the checks: an old request that somebody sends again must not disturb these. */
function challenge(turn: Turn, index: number): void {
  const { session, orders, now } = turn;
  if (session.challenge !== null && now < later(session.challenge.at, orders.intervalMs)) return;
  const nonce = orders.nonce();
  change(turn, { challenge: { path: index, nonce, at: now } });
  turn.effects.push({ do: 'send', path: index, message: { type: 'request', nonce, have: null }, peerBoot: null });
}

function reply(turn: Turn, index: number, { boot, counter }: Envelope, message: Of<'reply'>): void {
  const { session, now } = turn;
  const found = questionOf(turn, index, message.nonce);
  if (typeof found === 'string') {
    const again = found === 'staleNonce' && boot === session.boot && counter <= session.highest;
    return ignore(turn, again ? 'replayed' : found);
  }
  if (boot !== session.boot) adopt(turn, boot);
  if (counter > turn.session.highest) {
    change(turn, { highest: counter });
    takeReport(turn, message);
  }
  const path = turn.session.paths[index]!;
  setPath(turn, index, contacted(settled(turn, path, found), found.at, now));
  if (found.kind === 'challenge') change(turn, { challenge: null });
  change(turn, { lastContact: now });
  // As old as the question, at worst: then the peer said it after it was asked.
  if (turn.session.report !== null && turn.session.version === message.version) {
    change(turn, { reportAt: Math.max(turn.session.reportAt, found.at) as Instant });
    turn.effects.push({ do: 'contact' });
  }
}

interface Question {
  readonly kind: 'asked' | 'expired' | 'challenge';
  readonly at: Instant;
}

function questionOf({ session }: Turn, index: number, nonce: string): Question | 'wrongPath' | 'staleNonce' {
  const { challenge } = session;
  if (challenge?.nonce === nonce) {
    return challenge.path === index ? { kind: 'challenge', at: challenge.at } : 'wrongPath';
  }
  for (const [n, { asked, expired }] of session.paths.entries()) {
    if (asked?.nonce !== nonce && expired?.nonce !== nonce) continue;
    if (n !== index) return 'wrongPath';
    return asked?.nonce === nonce ? { kind: 'asked', at: asked.at } : { kind: 'expired', at: expired!.at };
  }
  return 'staleNonce';
}

/** The path with its question closed, so that the same answer counts once. */
function settled({ orders, now }: Turn, path: PathState, { kind, at }: Question): PathState {
  if (kind === 'challenge') return path;
  if (kind === 'expired') return { ...path, expired: null };
  // Still unjudged after its deadline: this process was late, not the peer (brain 3.5). More than an interval is nobody's benefit.
  if (now <= later(at, orders.intervalMs)) return answered(path, orders, now);
  return { ...missed(path, orders, now), expired: null };
}

function takeReport(turn: Turn, message: Of<'reply' | 'push'>): void {
  const { report: before, version } = turn.session;
  change(turn, { direct: message.direct });
  if (message.report === null || (before !== null && version === message.version)) return;
  change(turn, { report: message.report, version: message.version });
  turn.effects.push({ do: 'report', before });
}

/** A nonce of ours came back from this boot: it is the one that lives. */
function adopt(turn: Turn, boot: string): void {
  const { session } = turn;
  const again = session.boot !== null || session.ended.length > 0;
  forget(turn);
  change(turn, { boot, verified: true });
  if (again) turn.effects.push({ do: 'rebooted' });
}

/** Nothing that the present boot said holds any more. */
function forget(turn: Turn): void {
  const { boot, ended: earlier, paths } = turn.session;
  change(turn, {
    boot: null,
    verified: false,
    ended: boot === null ? earlier : [...earlier, boot].slice(-MOST_ENDED),
    highest: 0,
    report: null,
    version: null,
    reportAt: LONG_AGO,
    direct: {},
    paths: paths.map((path) => (path.highest === 0 ? path : { ...path, highest: 0 })),
  });
}

/** The last will (brain 6.3). It comes over every path: the second time its boot has ended already. */
function told(turn: Turn): void {
  const { orders, now } = turn;
  const before = turn.session.report;
  forget(turn);
  change(turn, { lastContact: now, challenge: null });
  turn.effects.push({ do: 'told', before });
  eachPath(turn, (path) => ended(path, orders, now));
}
