/** How the drivers are run: in order, read back, every pair, and the watchdog fed by the guardian's word alone. */
import assert from 'node:assert/strict';
import type { BypassPlan } from '../../../config/plan.ts';
import { createBypassControl } from '../../../daemon/bypass/control.ts';
import type { BypassControl, Hands } from '../../../daemon/bypass/control.ts';
import type { Sight } from '../../../daemon/bypass/driver.ts';
import { WAN1, WAN2, context, failed, ipSees, seen } from './bypass-samples.ts';

const FILES = { wan1: '/card/0', wan2: '/card/1' };
const SYSFS: Partial<BypassPlan> = { driver: 'sysfs', sysfs: { file: FILES, inline: '0', bypass: '1' } };
const CARD: Partial<BypassPlan> = { driver: 'silicom', watchdogMs: 800 };

const INLINE = 'The interface is in the non-Bypass mode.';
const BYPASS = 'The interface is in the Bypass mode.';

/** Hands that note what they were told; what they see comes from `answer`. */
function rig(answer: (what: string) => Sight | Promise<Sight> = () => seen('')) {
  const done: string[] = [];
  const note = async (what: string): Promise<Sight> => {
    done.push(what);
    return answer(what);
  };
  const hands: Hands = {
    run: (argv) => note(argv.join(' ')),
    read: (file) => note(`read ${file}`),
    write: (file, text) => note(`write ${file} ${text.trim()}`),
  };
  const clock = { now: 0 };
  const said: string[] = [];
  const control: BypassControl = createBypassControl(hands, {
    now: () => clock.now,
    say: (text) => said.push(text),
    planWaitMs: 5,
    again: { times: 2, everyMs: 1 },
  });
  return { control, done, clock, said };
}

/** Cards as files: what is written is what is read. */
function cards(start: Readonly<Record<string, string>> = { '/card/0': '0', '/card/1': '0' }) {
  const files = new Map(Object.entries(start));
  return rig((what) => {
    const [verb, file = '', text = ''] = what.split(' ');
    if (verb === 'write' && files.has(file)) files.set(file, text);
    const value = files.get(file);
    return value === undefined ? failed(`${file}: ENOENT`) : seen(value);
  });
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

describe('setting a bypass', () => {
  it('looks, does, and answers with what is read back', async () => {
    const { control, done } = cards();
    await control.plan(context(SYSFS, [WAN1, WAN2]));
    assert.deepEqual(await control.set('bypass'), { ok: true, text: '', state: 'bypass' });
    assert.deepEqual(done, [
      'read /card/0',
      'read /card/1',
      'write /card/0 1',
      'write /card/1 1',
      'read /card/0',
      'read /card/1',
    ]);
    const card = { powerOff: null, watchdog: null };
    assert.deepEqual(await control.read(), { ok: true, text: '', state: 'bypass', card });
  });

  it('tries every pair, even if the first one fails, and says which', async () => {
    const { control, done } = cards({ '/card/1': '0' });
    await control.plan(context(SYSFS, [WAN1, WAN2]));
    const answer = await control.set('bypass');
    assert.ok(done.includes('write /card/1 1'));
    assert.equal(answer.ok, false);
    assert.equal(answer.state, 'unknown');
    assert.match(answer.text, /wan1: \/card\/0: ENOENT/);
  });

  it('is a failure where the steps went well and nothing has changed', async () => {
    const { control } = rig((what) => seen(what.startsWith('read') ? '0' : ''));
    await control.plan(context(SYSFS));
    assert.deepEqual(await control.set('bypass'), { ok: false, text: '', state: 'inline' });
  });

  it('gives relays some time', async () => {
    let reads = 0;
    const { control } = rig((what) => seen(what.startsWith('read') && (reads += 1) > 2 ? '1' : '0'));
    await control.plan(context(SYSFS));
    assert.equal((await control.set('bypass')).ok, true);
  });

  it('ends the steps of a pair at the first failure, unless that one may fail', async () => {
    const links = ipSees('eth0 up', 'eth1 up');
    const { control, done } = rig((what) => {
      if (what.includes('-batch')) return links;
      return what.includes('addrgenmode') || what.includes('dev eth0 master') ? failed('no') : seen('');
    });
    await control.plan(context({ driver: 'bridge' }));
    await control.set('bypass');
    assert.equal(done.filter((what) => what.startsWith('ip link')).length, 3);
    assert.match(done.filter((what) => what.startsWith('ip link')).at(-1) ?? '', /dev eth0 master/);
  });

  it('is done one after the other, in the order asked', async () => {
    const { control, done } = cards();
    await control.plan(context(SYSFS));
    await Promise.all([control.set('bypass'), control.set('inline'), control.read()]);
    assert.deepEqual(
      done.filter((what) => what.startsWith('write')),
      ['write /card/0 1', 'write /card/0 0'],
    );
    assert.equal((await control.read()).state, 'inline');
  });

  it('is unknown before the first plan, and waits a moment for it', async () => {
    const { control } = cards();
    assert.equal((await control.read()).state, 'unknown');
    assert.equal((await control.set('bypass')).ok, false);
    const reading = control.read();
    void control.plan(context(SYSFS));
    assert.equal((await reading).state, 'inline');
  });
});

describe('a new plan', () => {
  it('takes away the software wire of a pair that has left, and touches no other', async () => {
    const links = ipSees(
      'eth0 up master=tbr-wan1',
      'eth1 up master=tbr-wan1',
      'tbr-wan1 up kind=bridge',
      'eth2 up master=tbr-wan2',
      'eth3 up master=tbr-wan2',
      'tbr-wan2 up kind=bridge',
    );
    const { control, done } = rig(() => links);
    await control.plan(context({ driver: 'bridge' }, [WAN1, WAN2]));
    await control.plan(context({ driver: 'bridge' }, [WAN1]));
    assert.deepEqual(
      done.filter((what) => what.startsWith('ip link')),
      ['ip link del dev tbr-wan2'],
    );
  });

  it('says what could not be released', async () => {
    const links = ipSees('eth0 master=tbr-wan1', 'eth1 master=tbr-wan1', 'tbr-wan1 kind=bridge');
    const { control, said } = rig((what) => (what.includes('-batch') ? links : failed('busy')));
    await control.plan(context({ driver: 'bridge' }));
    await control.plan(context({ driver: 'none' }));
    assert.match(said.join(), /could not be released: wan1: busy/);
  });

  it('does nothing to hardware, and nothing at all if it says the same', async () => {
    const { control, done } = cards({ '/card/0': '1' });
    await control.plan(context(SYSFS));
    await control.plan(context(SYSFS));
    await control.plan(context({ driver: 'none' }));
    assert.deepEqual(done, []);
  });
});

describe("the card's watchdog", () => {
  const counting = (): ReturnType<typeof rig> => {
    let enabled = false;
    return rig((what) => {
      if (what.includes('set_bypass_wd')) enabled = !what.endsWith(' 0');
      if (what.endsWith('get_bypass')) return seen(INLINE);
      if (what.includes('reset_bypass_wd'))
        return seen(enabled ? 'reset_bypass_wd completed successfully.' : 'WDT is disabled.');
      return seen(enabled ? 'WDT is enabled with 800 ms timeout value.' : 'WDT is disabled.');
    });
  };
  const feeds = (done: readonly string[]): number => done.filter((what) => what.includes('reset_bypass_wd')).length;

  it('is fed when the guardian says that the engine lives, once armed', async () => {
    const { control, done, clock } = counting();
    await control.plan(context(CARD));
    clock.now = 1000;
    control.alive();
    await settled();
    assert.equal(feeds(done), 0, 'not armed');
    assert.equal((await control.watchdog(true)).ok, true);
    clock.now = 1200;
    control.alive();
    await settled();
    assert.equal(feeds(done), 1);
  });

  it('is not fed by anything else: without the word of the guardian the card engages', async () => {
    const { control, done, clock } = counting();
    await control.plan(context(CARD));
    await control.watchdog(true);
    for (clock.now = 0; clock.now < 5000; clock.now += 500) {
      await control.read();
      await settled();
    }
    assert.equal(feeds(done), 0);
  });

  it('is fed at most eight times in its time, however often the guardian speaks', async () => {
    const { control, done, clock } = counting();
    await control.plan(context(CARD));
    await control.watchdog(true);
    for (clock.now = 10; clock.now <= 800; clock.now += 10) {
      control.alive();
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(feeds(done) >= 4 && feeds(done) <= 8, `${feeds(done)}`);
  });

  it('is fed although a set hangs', async () => {
    let release = (): void => undefined;
    const { control, done, clock } = rig((what) => {
      if (what.includes('set_bypass on')) return new Promise((resolve) => (release = () => resolve(seen(''))));
      return seen(
        what.endsWith('get_bypass') ? BYPASS : 'WDT is enabled with 800 ms timeout value. completed successfully',
      );
    });
    await control.plan(context(CARD));
    const setting = control.set('bypass');
    await settled();
    clock.now = 1000;
    control.alive();
    await settled();
    assert.equal(feeds(done), 1);
    release();
    assert.equal((await setting).ok, true);
  });

  it('that counted before this process began is fed on', async () => {
    const { control, done, clock } = rig(() => seen('WDT is enabled with 800 ms timeout value.'));
    await control.plan(context(CARD));
    clock.now = 1000;
    control.alive();
    await settled();
    assert.equal(feeds(done), 1);
  });

  it('is not fed any more once it is disarmed, but is if it could not be', async () => {
    const one = counting();
    await one.control.plan(context(CARD));
    await one.control.watchdog(true);
    await one.control.watchdog(false);
    one.clock.now = 1000;
    one.control.alive();
    await settled();
    assert.equal(feeds(one.done), 0);

    const two = rig(() => seen('WDT is enabled with 800 ms timeout value.'));
    await two.control.plan(context(CARD));
    assert.equal((await two.control.watchdog(false)).ok, false, 'the words count, not the exit code');
    two.clock.now = 1000;
    two.control.alive();
    await settled();
    assert.equal(feeds(two.done), 1);
  });

  it('that is not fed is said with every reading', async () => {
    const { control, clock } = rig((what) => seen(what.endsWith('get_bypass') ? INLINE : 'WDT is disabled.'));
    await control.plan(context(CARD));
    assert.equal((await control.watchdog(true)).ok, false);
    clock.now = 1000;
    control.alive();
    await settled();
    const { state, text } = await control.read();
    assert.equal(state, 'inline');
    assert.match(text, /watchdog: wan1: bpctl_util eth0 reset_bypass_wd: WDT is disabled/);
  });

  it('is said with every reading: whether it is armed, and when it was last fed', async () => {
    const { control, clock } = counting();
    await control.plan(context(CARD));
    const watchdog = async (): Promise<unknown> => (await control.read()).card?.watchdog;
    assert.deepEqual(await watchdog(), { armed: false, fedMs: null });
    clock.now = 1000;
    await control.watchdog(true);
    clock.now = 1250;
    assert.deepEqual(await watchdog(), { armed: true, fedMs: 250 });
    control.alive();
    await settled();
    assert.deepEqual(await watchdog(), { armed: true, fedMs: 0 });
    await control.watchdog(false);
    assert.deepEqual(await watchdog(), { armed: false, fedMs: null });
  });

  it('is no concern of a driver without one', async () => {
    const { control, done } = cards();
    await control.plan(context(SYSFS));
    assert.deepEqual(await control.watchdog(true), { ok: true, text: '' });
    control.alive();
    assert.deepEqual(done, []);
  });
});

describe('what becomes of traffic without power', () => {
  const AT_POWER_OFF = 'mode at power off state.';

  it('is asked of the card, once a minute at most', async () => {
    let said = `The interface is in the Bypass ${AT_POWER_OFF}`;
    const { control, done, clock } = rig((what) => seen(what.endsWith('pwoff') ? said : INLINE));
    await control.plan(context(CARD, [WAN1, WAN2]));
    const powerOff = async (): Promise<unknown> => (await control.read()).card?.powerOff;
    assert.deepEqual([await powerOff(), await powerOff()], ['bypass', 'bypass']);
    const asked = (): number => done.filter((what) => what.endsWith('get_bypass_pwoff')).length;
    assert.equal(asked(), 2, 'each card once');
    said = `The interface is in the non-Bypass ${AT_POWER_OFF}`;
    clock.now = 60_000;
    assert.deepEqual([await powerOff(), asked()], ['blocked', 4]);
  });

  it('is not known where the card does not say, or its pairs differ', async () => {
    for (const of of [
      () => 'The interface is not capable of the operation.',
      (what: string) => `The interface is in the ${what.includes('eth0') ? '' : 'non-'}Bypass ${AT_POWER_OFF}`,
    ]) {
      const { control } = rig((what) => seen(what.endsWith('pwoff') ? of(what) : INLINE));
      await control.plan(context(CARD, [WAN1, WAN2]));
      assert.equal((await control.read()).card?.powerOff, null);
    }
  });

  it('is known of a software wire: nothing passes', async () => {
    const { control } = rig(ipSees);
    await control.plan(context({ driver: 'bridge' }));
    assert.equal((await control.read()).card?.powerOff, 'blocked');
  });
});
