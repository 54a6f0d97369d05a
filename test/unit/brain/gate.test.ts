import assert from 'node:assert/strict';
import type { Instant } from '../../../core/clock.ts';
import { newFault } from '../../../daemon/brain/faults.ts';
import { type Verdict, isMute, mayClaim, mustProbe } from '../../../daemon/brain/gate.ts';
import type { Group, Instance, Transport, Trigger } from '../../../daemon/brain/state.ts';
import { UP, apart, plan, router, started } from './brain-rig.ts';

const NOW = 10_000 as Instant;

interface Situation {
  readonly instance?: Partial<Instance>;
  readonly group?: Partial<Group>;
  readonly trigger?: Trigger;
  readonly nobodyAnswered?: boolean;
  readonly of?: Instance;
}

const WELL = started(plan([router('r1'), router('r2')])).instance;

function ask({
  instance = {},
  group = {},
  trigger = 'timer',
  nobodyAnswered = false,
  of = WELL,
}: Situation = {}): Verdict {
  const all = { ...of, ...instance };
  const asking = { ...of.groups[0]!, ...group };
  return mayClaim({
    instance: all,
    group: asking,
    routers: all.routers,
    trigger,
    evidence: { nobodyAnswered },
    now: NOW,
  });
}

const refusal = (refused: string, detail = '', retryAt: number | null = null) => ({
  allowed: false,
  refusal: refused,
  detail,
  retryAt,
});

const SILENT: Transport = { ...UP, advertUp: false, source: null };
const mute = started(plan([apart('r1'), apart('r2')]), SILENT).instance;
const off = started(plan([router('r1', { group: 'r1' })], { mode: 'off' })).instance;

describe('the gate', () => {
  it('is open when all is well, for every trigger', () => {
    for (const trigger of ['timer', 'owner', 'group'] as const) assert.deepEqual(ask({ trigger }), { allowed: true });
  });

  for (const phase of ['new', 'stopping', 'stopped'] as const) {
    it(`is shut while the instance is ${phase}`, () => {
      for (const trigger of ['timer', 'owner', 'group'] as const) {
        assert.deepEqual(ask({ instance: { phase }, trigger }), refusal('stopping'));
      }
    });
  }

  it('is shut in fault, and names every fault of the group', () => {
    const faults = [newFault('noSource', 'r1', '', NOW), newFault('cannotSend', 'r2', '', NOW)];
    for (const trigger of ['timer', 'owner', 'group'] as const) {
      assert.deepEqual(ask({ instance: { faults }, trigger }), refusal('fault', 'noSource, cannotSend'));
    }
  });

  it('is open when only another group is in fault', () => {
    const two = started(
      plan([router('r1', { group: 'r1' }), router('r2', { group: 'r2' })], { mode: 'active-active' }),
    ).instance;
    assert.deepEqual(ask({ of: { ...two, faults: [newFault('noSource', 'r2', '', NOW)] } }), { allowed: true });
    assert.deepEqual(
      ask({ of: { ...two, faults: [newFault('noSource', 'r1', '', NOW)] } }),
      refusal('fault', 'noSource'),
    );
  });

  it('is shut after a reload to mode off, until the next start', () => {
    assert.deepEqual(ask({ group: { barred: true }, nobodyAnswered: true }), refusal('modeOff'));
  });

  it('is shut while the wait after yielding lasts, says until when, and opens then', () => {
    const notBefore = (NOW + 500) as Instant;
    assert.deepEqual(ask({ group: { notBefore } }), refusal('backOff', '', NOW + 500));
    assert.deepEqual(ask({ group: { notBefore }, trigger: 'owner' }), refusal('backOff', '', NOW + 500));
    assert.deepEqual(ask({ group: { notBefore: NOW } }), { allowed: true });
  });

  it('lets a router join its active group in spite of that wait', () => {
    assert.deepEqual(ask({ group: { notBefore: (NOW + 500) as Instant }, trigger: 'group' }), { allowed: true });
  });

  it('is shut for who is mute until the network was asked', () => {
    assert.deepEqual(ask({ of: mute }), refusal('probing'));
    assert.deepEqual(ask({ of: mute, nobodyAnswered: true }), { allowed: true });
  });

  it('is shut in mode off until the network was asked', () => {
    for (const trigger of ['timer', 'owner', 'group'] as const) {
      assert.deepEqual(ask({ of: off, trigger }), refusal('probing'));
    }
    assert.deepEqual(ask({ of: off, nobodyAnswered: true }), { allowed: true });
  });

  it('does not ask the network for what is forbidden anyway', () => {
    assert.deepEqual(ask({ of: mute, instance: { phase: 'stopping' } }), refusal('stopping'));
    assert.deepEqual(ask({ of: off, group: { barred: true } }), refusal('modeOff'));
  });
});

describe('a router is mute', () => {
  const entry = (of: ReturnType<typeof router>, transport: Transport) => ({ ...WELL.routers[0]!, plan: of, transport });

  it('when its interface for adverts is down or has no source, and its addresses live elsewhere', () => {
    assert.equal(isMute(entry(apart('r1'), { ...UP, advertUp: false })), true);
    assert.equal(isMute(entry(apart('r1'), { ...UP, source: null })), true);
    assert.equal(isMute(entry(apart('r1'), UP)), false);
  });

  it('never where adverts and addresses share the interface: that is a fault', () => {
    assert.equal(isMute(entry(router('r1'), SILENT)), false);
  });

  it('and makes its whole group ask the network', () => {
    const [r1, r2] = [entry(apart('r1'), SILENT), entry(router('r2'), UP)];
    assert.equal(mustProbe(WELL, [r1, r2]), true);
    assert.equal(mustProbe(WELL, [r2]), false);
  });
});
