import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Instant } from '../../../core/clock.ts';
import type { Protection } from '../../../daemon/channel.ts';
import { protectionOf } from '../../../daemon/brain/protection.ts';
import { plan, router } from './brain-rig.ts';
import { inCompany, peerPlan } from './peer-rig.ts';

const OF = plan([router('r1')], {
  peers: [peerPlan('b')],
  bandwidth: { enabled: true, minimum: 1000, windowMs: 10_000, interfaces: ['eth3'], cooldownMs: 60_000 },
  flaps: { max: 0, windowMs: 900_000, action: 'fault' },
});

const age = fc.integer({ min: 0, max: 800_000 });
const anything: fc.Arbitrary<Protection> = fc.record({
  flapAges: fc.array(age, { maxLength: 5 }).map((ages) => ages.toSorted((a, b) => b - a)),
  latched: fc.option(fc.record({ ageMs: age })),
  maintenance: fc.option(
    fc.record({
      by: fc.constant('eva'),
      ageMs: age,
      leftMs: fc.option(fc.integer({ min: 10_000, max: 800_000 })),
      reboot: fc.boolean(),
    }),
  ),
  operatorBypass: fc.option(fc.record({ by: fc.constant('eva'), ageMs: age })),
  bandwidthMove: fc.option(fc.record({ by: fc.constant('b'), ageMs: age, recovered: fc.constant(false) })),
});

describe('what protects the stack and outlives the engine (design section 2)', () => {
  it('is after a restart what it was, older by the time between', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 5000 }), (protection, passed) => {
        const { rig } = inCompany(OF, { protection });
        const { flapAges, latched, maintenance, operatorBypass, bandwidthMove } = protection;
        const older = <T extends { readonly ageMs: number } | null>(one: T): T =>
          one === null ? one : { ...one, ageMs: one.ageMs + passed };
        const left = maintenance?.leftMs ?? null;
        assert.deepEqual(protectionOf(rig.instance, passed as Instant), {
          flapAges: flapAges.map((each) => each + passed),
          latched: older(latched),
          maintenance:
            maintenance === null ? null : { ...older(maintenance), leftMs: left === null ? null : left - passed },
          operatorBypass: older(operatorBypass),
          bandwidthMove: older(bandwidthMove),
        });
      }),
      { numRuns: 200 },
    );
  });

  it('is numbered, so that an answer tells how much of it is on the disk (brain 8.3)', () => {
    const { rig } = inCompany(OF);
    const numbers: number[] = [];
    for (let n = 0; n < 3; n++) {
      rig.fact({ kind: 'flapsReset', actionId: 'x', by: 'eva' });
      numbers.push(...rig.effects.flatMap((e) => (e.do === 'protect' ? [e.seq] : [])));
    }
    assert.deepEqual(numbers, [1, 2, 3]);
  });
});
