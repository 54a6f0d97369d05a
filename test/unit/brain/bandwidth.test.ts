import assert from 'node:assert/strict';
import type { BandwidthMove } from '../../../core/report.ts';
import { NO_PROTECTION } from '../../../daemon/channel.ts';
import { type Rig, conditions, plan, router } from './brain-rig.ts';
import { type Company, activeInCompany, followingB, inCompany, peerPlan } from './peer-rig.ts';

const BANDWIDTH = { enabled: true, minimum: 1_000_000, windowMs: 10_000, interfaces: ['eth3'], cooldownMs: 60_000 };
const PAIR = plan([router('r1')], { peers: [peerPlan('b')], bandwidth: BANDWIDTH });
const ENOUGH = 2_000_000;
const LITTLE = 500_000;

/** So many bits per second come in from now on, read every second. */
function traffic(rig: Rig, bps: number): void {
  let bytes = 0;
  const item = rig.schedule.findIndex((each) => each.everyMs === 997);
  if (item >= 0) rig.schedule.splice(item, 1);
  const run = (): string[] => {
    bytes += (bps / 8) * 0.997;
    return rig.fact({ kind: 'traffic', reading: new Map([['eth3', bytes]]) });
  };
  rig.schedule.push({ at: rig.now, everyMs: 997, run });
}

/** It is repeated until it is answered: asked or not. */
const asks = (lines: readonly string[]): boolean => lines.some((line) => line.endsWith('to b ask'));
const move = ({ rig }: Company): BandwidthMove | null => rig.instance.report.bandwidthMove;

/** Active for longer than a window, with enough traffic. */
function measured(of = PAIR): Company {
  const company = activeInCompany(of);
  traffic(company.rig, ENOUGH);
  company.rig.pass(15_000);
  company.rig.said();
  return company;
}

/** It moved the role for lack of traffic, and `b` is active now. */
function moved(of = PAIR): Company {
  const company = measured(of);
  const { rig, b } = company;
  traffic(rig, LITTLE);
  for (let n = 0; n < 200 && !asks(rig.pass(100)); n++);
  b.sends('prepared');
  b.sends('claimed');
  b.says({ role: 'active' }, { standing: 'active', priority: 50 });
  b.keepsAdvertising(50);
  rig.pass(100);
  assert.equal(rig.instance.role, 'standby');
  return company;
}

describe('too little traffic on an active (brain 9.1)', () => {
  it('begins a handover to the standby that is eligible; it is no fault', () => {
    const { rig, b } = measured();
    traffic(rig, LITTLE);
    assert.equal(asks(rig.pass(15_000)), true);
    assert.equal(b.asked.at(-1)!.purpose, 'bandwidth');
    assert.deepEqual(rig.instance.faults, []);
  });

  it('is judged over one full window after it became active, and not before', () => {
    const { rig } = activeInCompany(PAIR);
    traffic(rig, 0);
    assert.equal(asks(rig.pass(9900)), false);
    assert.equal(asks(rig.pass(3000)), true);
  });

  it('is not judged on a standby', () => {
    const { rig } = followingB(PAIR);
    traffic(rig, 0);
    rig.pass(60_000);
    assert.equal(rig.instance.bandwidthDisarmed, null);
    assert.ok(!rig.said().some((line) => line.includes('less traffic than the minimum')));
  });

  it('is an alarm only where nobody else is eligible', () => {
    const { rig, b } = measured();
    b.says({ eligible: false }, { eligible: false });
    traffic(rig, LITTLE);
    assert.equal(asks(rig.pass(60_000)), false);
    assert.deepEqual(
      conditions(rig).filter((c) => c.includes('bandwidth')),
      [' bandwidthLow'],
    );
    assert.equal(rig.instance.bandwidthDisarmed, null);
    traffic(rig, ENOUGH);
    rig.pass(30_000);
    assert.deepEqual(
      conditions(rig).filter((c) => c.includes('bandwidth')),
      [],
    );
  });

  it('does not move an owner’s addresses (brain 5.5)', () => {
    const { rig } = measured({ ...PAIR, routers: [router('r1', { priority: 255 })] });
    traffic(rig, LITTLE);
    assert.equal(asks(rig.pass(60_000)), false);
  });

  it('is nothing where it is not enabled', () => {
    const { rig } = measured({ ...PAIR, bandwidth: { ...BANDWIDTH, enabled: false } });
    traffic(rig, 0);
    assert.equal(asks(rig.pass(60_000)), false);
  });

  it('is a flap when the role has gone (brain 8.1), and none if nobody took it', () => {
    assert.equal(moved().rig.instance.flaps.length, 1);
    const { rig } = measured();
    traffic(rig, LITTLE);
    rig.pass(30_000);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual(rig.instance.flaps, []);
  });
});

describe('a bandwidth handover disarms the trigger (brain 9.2)', () => {
  it('on this instance: a quiet night moves the role once', () => {
    const { rig } = measured();
    traffic(rig, LITTLE);
    assert.equal(asks(rig.pass(60_000)), true);
    assert.equal(asks(rig.pass(1_800_000)), false);
  });

  it('says so in its report, with who and when', () => {
    const company = moved();
    company.rig.pass(5000);
    assert.equal(move(company)?.by, 'a');
    assert.equal(move(company)?.recovered, false);
  });

  it('on the whole stack: who learns of it from a report moves nothing', () => {
    const company = activeInCompany(PAIR, ({ b }) => {
      b.says({ bandwidthMove: { by: 'b', ageMs: 5000, recovered: false } });
    });
    const { rig } = company;
    traffic(rig, 0);
    assert.equal(asks(rig.pass(600_000)), false);
    assert.equal(move(company)?.by, 'b');
  });

  it('over a restart: it is written down, and read back', () => {
    const { rig } = measured();
    traffic(rig, LITTLE);
    let kept = null as BandwidthMove | null;
    for (let n = 0; n < 200 && kept === null; n++) {
      rig.pass(100);
      kept = rig.effects.flatMap((e) => (e.do === 'protect' ? [e.protection.bandwidthMove] : [])).at(-1) ?? null;
    }
    assert.equal(kept?.by, 'a');
    const protection = { ...NO_PROTECTION, bandwidthMove: { by: 'a', ageMs: 1000, recovered: false } };
    const again = inCompany(PAIR, { protection }).rig;
    assert.equal(again.instance.bandwidthDisarmed?.by, 'a');
  });

  it('until traffic was back over a full window and the cooldown has passed: both', () => {
    const { rig } = inCompany(PAIR, {
      protection: { ...NO_PROTECTION, bandwidthMove: { by: 'a', ageMs: 0, recovered: false } },
    });
    rig.pass(4000);
    traffic(rig, ENOUGH);
    rig.pass(20_000);
    assert.equal(rig.instance.bandwidthDisarmed?.recovered, true);
    rig.pass(35_900);
    assert.notEqual(rig.instance.bandwidthDisarmed, null, 'the cooldown is not over');
    rig.pass(200);
    assert.equal(rig.instance.bandwidthDisarmed, null);
    assert.ok(rig.said().some((line) => line.includes('traffic is back: too little of it moves the role again')));
    traffic(rig, LITTLE);
    assert.equal(asks(rig.pass(15_000)), true);
  });

  it('and the cooldown alone arms nothing', () => {
    const { rig } = inCompany(PAIR, {
      protection: { ...NO_PROTECTION, bandwidthMove: { by: 'a', ageMs: 600_000, recovered: false } },
    });
    rig.pass(4000);
    traffic(rig, LITTLE);
    rig.pass(600_000);
    assert.notEqual(rig.instance.bandwidthDisarmed, null);
  });

  it('and what another active has measured counts', () => {
    const company = moved();
    const { rig, b } = company;
    b.says({ bandwidthMove: { by: 'a', ageMs: 100, recovered: true } });
    assert.equal(rig.instance.bandwidthDisarmed?.recovered, true);
    rig.pass(70_000);
    assert.equal(rig.instance.bandwidthDisarmed, null);
  });

  it('and preemption is held meanwhile, on both sides', () => {
    const { rig, b } = moved({ ...PAIR, fastTakeover: false });
    assert.ok(!rig.pass(50_000).some((line) => line.endsWith('to b want')), 'it is better, and does not ask');
    const other = activeInCompany(PAIR, ({ b: peer }) => {
      peer.says({ bandwidthMove: { by: 'b', ageMs: 5000, recovered: false } });
    });
    assert.deepEqual(other.b.sends('want', { id: 'want', purpose: 'preemption' }), ['to b refused']);
    // Checks are dead: the configured Preempt is held too.
    b.silent();
    assert.deepEqual(
      rig.pass(20_000).filter((line) => line.endsWith('take')),
      [],
    );
  });

  it('tells a peer that asks later how long ago it was, not how long ago the report was made', () => {
    const { rig, b } = moved();
    rig.pass(30_000);
    const before = rig.instance.report.bandwidthMove!.ageMs;
    let told = 0;
    const wire = rig.wire!;
    rig.wire = (sent) => {
      if (sent.message.type === 'reply' && sent.message.report !== null)
        told = sent.message.report.bandwidthMove!.ageMs;
      return wire(sent);
    };
    b.tell({ type: 'request', nonce: '7'.repeat(32), have: null });
    assert.ok(told - before > 29_000, `${told}, not ${before}`);
  });
});
