import assert from 'node:assert/strict';
import type { FaultName } from '../../../core/reason.ts';
import { FAULTS, eligible } from '../../../daemon/brain/faults.ts';
import {
  DOWN,
  LET_GO,
  OTHER,
  type Rig,
  UP,
  active,
  apart,
  createRig,
  faults,
  plan,
  router,
  started,
  withoutAdverts,
  WHY,
} from './brain-rig.ts';

const ONE = plan([router('r1')]);
const TWO = plan([router('r1'), router('r2')]);
const SEPARATE = plan([router('r1', { group: 'r1' }), router('r2', { group: 'r2' })], { mode: 'active-active' });

/** Faults of what is measured, of the bypass and of flaps have tests of their own. */
type OfRouters = Exclude<FaultName, 'linkPairs' | 'track' | 'bypassStuck' | 'bypassUnknown' | 'flapLimit'>;

/** How each fault of a router is raised and how its cause goes away. */
const CASES: Readonly<Record<OfRouters, { raise: (rig: Rig) => string[]; end: (rig: Rig) => void; detail: string }>> = {
  addressInterfaceDown: {
    raise: (rig) => rig.transport('r1', { addressUp: false, advertUp: false, detail: 'eth0 has no carrier' }),
    end: (rig) => rig.transport('r1', { addressUp: true, advertUp: true, detail: '' }),
    detail: 'r1: the address interface is down (eth0 has no carrier)',
  },
  noSource: {
    raise: (rig) => rig.transport('r1', { source: null, detail: 'eth0 has no address' }),
    end: (rig) => rig.transport('r1', { source: UP.source, detail: '' }),
    detail: 'r1: no source address for adverts (eth0 has no address)',
  },
  cannotSend: {
    raise(rig) {
      rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
      rig.now += DOWN;
      return rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    },
    end: (rig) => rig.fact({ kind: 'sent', router: 'r1', error: null }),
    detail: 'r1: adverts cannot be sent (ENOBUFS on eth0)',
  },
  addressInUse: {
    raise: (rig) => rig.probed('r1', 'fault', true),
    end: (rig) => rig.probed('r1', 'fault', false),
    detail: 'r1: somebody else answers for the address (02:00:00:00:00:09 answers for 192.0.2.101)',
  },
  duplicateSource: {
    raise: (rig) => rig.probed('r1', 'source', true),
    end: (rig) => rig.probed('r1', 'source', false),
    detail: 'r1: another machine uses our source address (02:00:00:00:00:09 answers for 192.0.2.101)',
  },
};
const NAMES = Object.keys(CASES) as OfRouters[];

describe('every fault', () => {
  for (const name of NAMES) {
    const { raise, end, detail } = CASES[name];
    const { keepsAddresses, clearsAfterMs, hard } = FAULTS[name];

    it(`${name} is hard: an active resigns at once and says why`, () => {
      const rig = active(ONE);
      rig.said();
      const effects = raise(rig);
      assert.equal(hard, true);
      assert.deepEqual(faults(rig), [`r1 ${name}`]);
      assert.equal(eligible(rig.instance), false);
      assert.equal(effects[0], 'r1 advert 0');
      const said = rig.said();
      assert.ok(said.includes(`fault critical: ${detail}`), said.join('\n'));
      assert.ok(said.includes(`role critical: ${detail}`), said.join('\n'));
      assert.equal(rig.instance.role, 'fault');
      assert.deepEqual(rig.instance.roleReason.code, 'faulted');
    });

    it(`${name} ${keepsAddresses ? 'keeps the addresses until another is heard' : 'drops the addresses at once'}`, () => {
      const rig = active(ONE);
      assert.deepEqual(raise(rig), keepsAddresses ? ['r1 advert 0'] : ['r1 advert 0', 'r1 drop']);
      assert.equal(rig.states(), keepsAddresses ? 'r1 releasing' : 'r1 fault');
      if (keepsAddresses) {
        assert.deepEqual(rig.hear('r1', 50), ['r1 drop']);
        assert.equal(rig.states(), 'r1 fault');
      }
    });

    it(`${name} takes the addresses away in the end, though nobody is heard`, () => {
      const rig = active(ONE);
      raise(rig);
      rig.pass(LET_GO + 1);
      assert.equal(rig.states(), 'r1 fault');
    });

    it(`${name} clears ${clearsAfterMs === 0 ? 'at once' : `after ${clearsAfterMs} ms`}, and the router listens first`, () => {
      const rig = active(ONE);
      raise(rig);
      rig.pass(LET_GO + 1);
      end(rig);
      if (clearsAfterMs > 0) {
        assert.deepEqual(faults(rig), [`r1 ${name}`]);
        rig.pass(clearsAfterMs - 1);
        assert.deepEqual(faults(rig), [`r1 ${name}`]);
        rig.pass(1);
      }
      assert.deepEqual(faults(rig), []);
      assert.equal(rig.states(), 'r1 backup');
      assert.deepEqual(rig.router('r1').machine.reason, { code: 'recovered' });
      assert.deepEqual(rig.pass(DOWN - 1), []);
      assert.deepEqual(rig.pass(2), ['1 r1 advert 100', '1 r1 take']);
    });

    it(`${name} is told once, however often its cause is seen`, () => {
      const rig = active(ONE);
      raise(rig);
      const told = rig.said().filter((text) => text.startsWith('fault'));
      raise(rig);
      assert.equal(told.length, 1);
      assert.deepEqual(
        rig.said().filter((text) => text.startsWith('fault')),
        [],
      );
    });
  }

  it('of a standby is shown with its cause, and so is its end', () => {
    const rig = started(ONE);
    rig.hear('r1', 200);
    rig.transport('r1', { addressUp: false, detail: 'eth0 has no carrier' });
    assert.equal(rig.instance.role, 'fault');
    assert.equal(rig.instance.roleReason.code, 'faulted');
    rig.said();
    rig.transport('r1', { addressUp: true });
    rig.pass(1000);
    assert.equal(rig.instance.roleReason.code, 'recovered');
    assert.ok(rig.said().includes('fault info: r1: no longer: the address interface is down'));
  });

  it('of one router takes the whole stack with it in active-passive', () => {
    const rig = active(TWO);
    assert.deepEqual(rig.transport('r1', { addressUp: false }), ['r1 advert 0', 'r1 drop', 'r2 advert 0']);
    assert.equal(rig.states(), 'r1 fault, r2 releasing', 'the addresses of r2 may stay until another is heard');
    assert.deepEqual(rig.hear('r2', 50), ['r2 drop']);
    assert.equal(rig.states(), 'r1 fault, r2 fault');
  });

  it('of one router leaves the other alone where each is an election of its own', () => {
    const rig = active(SEPARATE);
    rig.pass(10);
    rig.transport('r1', { addressUp: false });
    assert.equal(rig.states(), 'r1 fault, r2 active');
    assert.equal(rig.instance.role, 'active');
  });

  it('before the start keeps the group from listening until it is gone', () => {
    const rig = createRig(TWO);
    const transports = { r1: UP, r2: { ...UP, addressUp: false, detail: 'eth0 does not exist' } };
    rig.fact({ kind: 'start', transports, reason: WHY });
    assert.equal(rig.states(), 'r1 fault, r2 fault');
    assert.equal(rig.instance.role, 'fault');
    assert.deepEqual(withoutAdverts(rig.pass(60_000)), []);
    rig.transport('r2', { addressUp: true });
    rig.pass(1000);
    assert.equal(rig.states(), 'r1 backup, r2 backup');
  });
});

describe('a lost carrier', () => {
  it('must be back for a second without a break', () => {
    const rig = active(ONE);
    rig.transport('r1', { addressUp: false });
    for (let n = 0; n < 5; n++) {
      rig.transport('r1', { addressUp: true });
      rig.pass(900);
      rig.transport('r1', { addressUp: false });
      rig.pass(100);
    }
    assert.deepEqual(faults(rig), ['r1 addressInterfaceDown']);
    rig.transport('r1', { addressUp: true });
    rig.pass(500);
    rig.transport('r1', { addressUp: true, detail: 'said again' });
    rig.pass(499);
    assert.deepEqual(faults(rig), ['r1 addressInterfaceDown']);
    rig.pass(1);
    assert.deepEqual(faults(rig), [], 'hearing of the carrier again does not begin the second anew');
  });

  it('of the interface for adverts is no fault where the addresses live elsewhere', () => {
    const rig = active(plan([apart('r1')]));
    assert.deepEqual(rig.transport('r1', { advertUp: false, source: null }), []);
    assert.deepEqual(faults(rig), []);
    assert.equal(rig.instance.role, 'active');
  });
});

describe('sending that fails', () => {
  it('is a fault after one Master_Down of failures and not before', () => {
    const rig = active(ONE);
    for (let n = 0; n < 4; n++) {
      assert.deepEqual(rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' }), [], `after ${n} s`);
      rig.now += 1000;
    }
    assert.deepEqual(rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' }), ['r1 advert 0']);
    assert.equal(rig.said().filter((text) => text.includes('cannot send on eth0: ENOBUFS')).length, 1);
  });

  it('is forgotten by one success', () => {
    const rig = active(ONE);
    rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    rig.now += 3000;
    rig.fact({ kind: 'sent', router: 'r1', error: null });
    rig.now += 3000;
    rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    assert.deepEqual(faults(rig), []);
  });

  it('is none while the interface is down or has no source', () => {
    const rig = active(plan([apart('r1')]));
    rig.transport('r1', { advertUp: false });
    for (let n = 0; n < 20; n++) {
      rig.fact({ kind: 'sent', router: 'r1', error: 'ENETDOWN' });
      rig.now += 1000;
    }
    assert.deepEqual(faults(rig), []);
  });

  it('counts anew after the interface was down', () => {
    const rig = active(plan([apart('r1')]));
    rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    rig.transport('r1', { advertUp: false });
    rig.now += 60_000;
    rig.transport('r1', { advertUp: true });
    rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    assert.deepEqual(faults(rig), [], 'one failure after a minute is not a minute of failures');
  });

  it('counts anew after the role was given away', () => {
    const rig = active(ONE);
    rig.pass(1500);
    rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    rig.hear('r1', 200);
    rig.pass(60_000);
    assert.equal(rig.instance.role, 'active');
    rig.now = rig.router('r1').machine.since;
    rig.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    assert.deepEqual(faults(rig), [], 'one failure at the claim is not a minute of failures');
  });

  it('is tried again every Master_Down with an advert of the lowest priority', () => {
    const rig = active(ONE);
    CASES.cannotSend.raise(rig);
    const trials = rig.pass(3 * DOWN + 1);
    assert.deepEqual(
      trials.filter((what) => what.endsWith('advert 1')),
      ['3609.4 r1 advert 1', '7218.8 r1 advert 1', '10828.1 r1 advert 1'],
    );
    rig.fact({ kind: 'sent', router: 'r1', error: null });
    assert.deepEqual(rig.pass(DOWN - 1), [], 'and not when it works again');
  });
});

describe('a fault that a probe clears', () => {
  it('asks every ten seconds and stays while somebody answers', () => {
    for (const [name, purpose] of [
      ['addressInUse', 'fault'],
      ['duplicateSource', 'source'],
    ] as const) {
      const rig = active(ONE);
      CASES[name].raise(rig);
      for (let n = 0; n < 3; n++) {
        assert.deepEqual(rig.pass(10_000), [`10000 r1 probe ${purpose}`]);
        assert.deepEqual(rig.probed('r1', purpose, true), []);
      }
      rig.pass(10_000);
      rig.probed('r1', purpose, false);
      assert.deepEqual(faults(rig), []);
    }
  });

  it('of our own source address is asked about before anything is done', () => {
    const rig = active(ONE);
    assert.deepEqual(rig.fact({ kind: 'ownSource', router: 'r1' }), ['r1 probe source']);
    assert.equal(rig.instance.role, 'active');
    assert.ok(rig.said().some((text) => text.includes('our own source address 192.0.2.5 was heard')));
    rig.probed('r1', 'source', false);
    assert.equal(rig.instance.role, 'active', 'nobody answered: it was a loop, or forged');
  });
});

describe('a fault while letting go', () => {
  it('that may not keep the addresses drops them at once', () => {
    const rig = active(ONE);
    rig.transport('r1', { source: null });
    assert.equal(rig.states(), 'r1 releasing');
    assert.deepEqual(rig.transport('r1', { addressUp: false }), ['r1 drop']);
    assert.equal(rig.states(), 'r1 fault');
  });

  it('that is gone before another was heard lets the release go on, and then listens', () => {
    const rig = active(ONE);
    rig.transport('r1', { source: null });
    rig.pass(10);
    rig.transport('r1', { source: UP.source });
    assert.equal(rig.states(), 'r1 releasing');
    assert.deepEqual(rig.hear('r1', 50, { from: OTHER }), ['r1 drop']);
    assert.equal(rig.states(), 'r1 backup');
  });
});

describe('a source address', () => {
  it('is not needed in mode off, which sends nothing', () => {
    const rig = started(plan([router('r1', { group: 'r1' })], { mode: 'off' }), { ...UP, source: null });
    assert.deepEqual(faults(rig), []);
    assert.equal(rig.states(), 'r1 backup');
  });
});
