/** Hostile datagrams: real ones, changed, cut, spliced, signed with another key or sent again, into a session that knows its peer. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { stepSession } from '../../monitors/peer/session.ts';
import type { Envelope, PeerSession } from '../../monitors/peer/state.ts';
import { decode, encode, keyIdsOf, peekNames } from '../../monitors/peer/wire.ts';
import { type Random, createRandom } from '../simulation/random.ts';
import { HANDOVER, KEY, OTHER_KEY, report } from '../unit/monitors/peer/samples.ts';
import { Rig } from '../unit/monitors/peer/session-rig.ts';

const RUNS = 20_000;

/** A session that has heard every kind of message, and the datagrams that brought them. */
function talked(): { readonly rig: Rig; readonly datagrams: readonly Buffer[] } {
  const rig = new Rig(['192.0.2.2', '198.51.100.2']);
  const heard: Envelope[] = [];
  const step = rig.step.bind(rig);
  rig.step = (event) => {
    if (event.kind === 'received') heard.push(event.envelope);
    return step(event);
  };
  rig.meet();
  rig.goodChecks(2);
  rig.request();
  rig.request({ path: 1 });
  rig.receive({ type: 'push', version: 6, report: report({ role: 'standby' }), direct: { c: 1 } });
  rig.receive({ type: 'handover', handover: HANDOVER });
  rig.passToAsk();
  rig.step = step;
  return { rig, datagrams: heard.map((envelope) => encode(envelope, KEY)!) };
}

function mutated(random: Random, datagrams: readonly Buffer[]): Buffer {
  const bytes = Buffer.from(random.pick(datagrams));
  const resigned = (body: Buffer): Buffer =>
    Buffer.concat([body, createHmac('sha256', OTHER_KEY.key).update(body).digest()]);
  switch (random.between(0, 5)) {
    case 0:
      return bytes.subarray(0, random.between(0, bytes.length));
    case 1:
      return Buffer.concat([bytes, Buffer.alloc(random.between(0, 40), random.between(0, 255))]);
    case 2: {
      const other = random.pick(datagrams);
      return Buffer.concat([bytes.subarray(0, random.between(0, bytes.length)), other.subarray(random.between(0, 60))]);
    }
    case 3:
      return resigned(bytes.subarray(0, -32));
    case 4:
      return bytes;
    default:
      for (let n = random.between(1, 4); n > 0; n--)
        bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
      return bytes;
  }
}

/** All that matters: without counts, and without what has been heard of requests on each path. */
const state = ({ ignored: _ignored, paths, ...rest }: PeerSession): unknown => ({
  ...rest,
  paths: paths.map(({ highest: _highest, ...path }) => path),
});

describe('hostile datagrams', () => {
  it(`${RUNS} of them change nothing but the counts of what was refused`, function () {
    this.timeout(60_000);
    const random = createRandom(1);
    const { rig, datagrams } = talked();
    const before = state(rig.session);
    const refused: Record<string, number> = {};
    let { session } = rig;
    for (let n = 0; n < RUNS; n++) {
      const bytes = mutated(random, datagrams);
      peekNames(bytes);
      keyIdsOf(bytes);
      const decoded = decode(bytes, [KEY]);
      const path = random.between(0, 2);
      const event = decoded.ok
        ? ({ kind: 'received', path, envelope: decoded.value } as const)
        : ({ kind: 'ignored', reason: decoded.error } as const);
      if (!decoded.ok) refused[decoded.error] = (refused[decoded.error] ?? 0) + 1;
      const known = datagrams.some((datagram) => datagram.equals(bytes));
      assert.equal(decoded.ok, known, `datagram ${n} was taken: ${bytes.toString('hex')}`);
      const step = stepSession(session, event, rig.orders, rig.now);
      // An old request is answered over a path on which it is new (brain 3.4), without a report and without a trace.
      assert.ok(step.effects.every((effect) => effect.do === 'send' && effect.message.type === 'reply'));
      session = step.session;
    }
    assert.deepEqual(state(session), before);
    for (const reason of ['malformed', 'wireVersion', 'otherSecret'] as const) assert.ok(refused[reason]! > 50, reason);
    assert.ok(session.ignored.replayed! > RUNS / 10);
  });
});
