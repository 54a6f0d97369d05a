/**
 * Instances that know each other (brain 1.4, 3, 4.2, 4.3): cables of every kind cut, alone and together, and what the checks are worth against
 * the adverts.
 */
import assert from 'node:assert/strict';
import { sleep, until } from '../../lab/clock.ts';
import { newKey, stackKey, writeKeys } from '../../lab/stack-config.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP } from '../../lab/topology.ts';
import { watchAddresses } from './address-log.ts';
import {
  claims,
  condition,
  knows,
  ownedBy,
  routerOf,
  stage,
  startMember,
  startStack,
  watchAddress,
  withBackup,
} from './stage.ts';

/** A down timer of ten times the detection: what is quick is not the timer's work. */
const SLOW_ADVERTS: StackChange = { router: { advertInterval: '500ms' } };
/** Adverts beside the address, so that neither HA port nor backup path carries them. */
const ADVERTS_APART: StackChange = { router: { interface: 'eth0' } };
/** Only checks and their answers, on whichever cable. */
const CHECKS = { how: 'inSwitch', only: 'udp dport 11211' } as const;

/** Long enough for several Master_Downs and detections: whatever should not happen has had its time. */
const WHILE = 2000;

describe('instances that know each other', function () {
  this.timeout(60_000);
  const on = stage(withBackup, 'nft');

  /** Nobody claimed anything since the two were started in order. */
  async function nothingMoved(a: Tandem, b: Tandem): Promise<void> {
    assert.deepEqual([(await a.status()).role, (await b.status()).role], ['active', 'standby']);
    assert.deepEqual([await claims(a), await claims(b)], [1, 0]);
    await ownedBy(on, 'a');
  }

  it('see each other on every path, with role, faults and settings', async () => {
    const [a, b] = await startStack(on);
    const { peers } = await b.waitStatus(
      (status) => status.peers[0]?.paths.every(({ health }) => health === 'healthy') === true,
      'every path is healthy',
    );
    const peer = peers[0] ?? assert.fail('b has a peer');
    assert.deepEqual(
      [peer.name, peer.role, peer.eligible, peer.standing, peer.primary, peer.faults],
      ['a', 'active', true, 'eligible', true, []],
    );
    assert.deepEqual(
      peer.paths.map(({ address }) => address),
      [on.a.haAddress, on.a.backupAddress],
    );
    assert.equal(peer.configurationHash, (await a.status()).configuration.hash);
    assert.equal(peer.configurationHash, (await b.status()).configuration.hash, 'the same settings run on both');
  });

  it('the data link of the active is lost while the HA port lives: the standby is told, and takes over before its timer', async () => {
    const [a, b] = await startStack(on, SLOW_ADVERTS);
    on.a.data.cut();
    assert.equal((await a.waitRole('fault')).faults[0]?.name, 'addressInterfaceDown');
    assert.notEqual((await b.waitRole('active')).reason.code, 'masterDown');
    await ownedBy(on, 'b');
    await knows(b, 'a', 'fault');
    on.a.data.restore();
    await a.waitRole('active');
    await ownedBy(on, 'a');
    assert.deepEqual([await claims(a), await claims(b)], [2, 1], 'once away, once back');
  });

  it('the whole active is lost: the standby takes over before its timer, and yields when it is back', async () => {
    const [a, b] = await startStack(on, SLOW_ADVERTS);
    on.a.host.isolate();
    assert.notEqual((await b.waitRole('active')).reason.code, 'masterDown');
    assert.ok(on.b.host.has(VIP));
    on.a.host.restoreCables();
    await a.waitRole('active');
    await b.waitRole('standby');
    await ownedBy(on, 'a');
  });

  it('with fastTakeover off the timer alone decides about an active that is lost @long', async () => {
    const [, b] = await startStack(on, { ha: { fastTakeover: false } });
    on.a.host.isolate();
    assert.equal((await b.waitRole('active')).reason.code, 'masterDown');
  });

  for (const [how, what, mark] of [
    ['inSwitch', 'cut in the switch', ' @long'],
    ['carrier', 'pulled', ''],
  ] as const) {
    it(`the HA port is ${what} while the backup path lives: no failover, no second active, an alarm on both${mark}`, async () => {
      const [a, b] = await startStack(on);
      const address = await watchAddress(on);
      const log = await watchAddresses(on.a.host);
      on.a.ha.cut({ how });
      await condition(a, how === 'carrier' ? 'mute' : 'pathDown');
      await condition(b, 'advertsBlocked');
      await sleep(WHILE);
      await nothingMoved(a, b);
      await address.nothingLost();
      assert.deepEqual(log.removals(), []);
      on.a.ha.restore();
      for (const tandem of [a, b])
        await tandem.waitStatus(({ conditions }) => conditions.length === 0, `${tandem.host.name} has no alarm left`);
      await nothingMoved(a, b);
    });
  }

  it('the backup path alone is lost: an alarm, and nothing else @long', async () => {
    const [a, b] = await startStack(on);
    on.b.backup.cut();
    await condition(a, 'pathDown');
    await condition(b, 'pathDown');
    await sleep(WHILE / 2);
    await nothingMoved(a, b);
  });

  it('without the split-brain guard a standby that hears no adverts goes by its timer, and the reports end the quarrel @long', async () => {
    const [a, b] = await startStack(on, { ha: { splitBrainGuard: false } });
    on.a.ha.cut({ how: 'inSwitch' });
    await until(async () => (await claims(b)) > 0, { what: 'b claims' });
    // Actives still compare: the better one stays.
    await b.waitRole('standby');
    assert.equal((await a.status()).role, 'active');
    await ownedBy(on, 'a');
  });

  it('both paths are cut in the switch: VRRP alone decides, both are active, and after healing one is @long', async () => {
    const [a, b] = await startStack(on);
    on.a.ha.cut({ how: 'inSwitch' });
    on.a.backup.cut({ how: 'inSwitch' });
    await b.waitRole('active');
    assert.equal((await a.status()).role, 'active');
    on.a.backup.restore();
    // A report is an advert on another wire: one path is enough to end it (brain 1.4).
    await b.waitRole('standby');
    await ownedBy(on, 'a');
    assert.equal((await a.status()).role, 'active');
    on.a.ha.restore();
    await sleep(WHILE / 2);
    assert.deepEqual([await claims(a), await claims(b)], [1, 1], 'and that was all');
  });

  it('both paths are cut while the adverts pass: VRRP alone decides, and nothing moves @long', async () => {
    const [a, b] = await startStack(on, ADVERTS_APART);
    on.a.ha.cut({ how: 'inSwitch' });
    on.a.backup.cut({ how: 'inSwitch' });
    await b.waitStatus(({ peers }) => peers[0]?.health === 'unhealthy', 'b finds a unhealthy');
    await sleep(WHILE);
    await nothingMoved(a, b);
    on.a.host.isolate();
    await b.waitRole('active');
  });

  it('UDP checks are filtered on every path while the adverts pass: no move, and one alarm @long', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    on.a.ha.cut(CHECKS);
    on.a.backup.cut(CHECKS);
    assert.match(await condition(b, 'checksBlocked'), /\ba\b/);
    await sleep(WHILE);
    await nothingMoved(a, b);
    await address.nothingLost();
    const raised = (await b.events()).filter(
      ({ reason, severity }) => severity !== 'info' && /does not answer checks/.test(reason.text),
    );
    assert.equal(raised.length, 1, raised.map(({ reason }) => reason.text).join('; '));
    on.a.ha.restore();
    on.a.backup.restore();
    await knows(b, 'a', 'active');
    await nothingMoved(a, b);
  });

  it('the secret is rotated on one side only: no move, and an alarm that names the peer @long', async () => {
    const [a, b] = await startStack(on);
    const address = await watchAddress(on);
    writeKeys(on.b, [newKey()]);
    const reloaded = await b.cli('reload');
    assert.equal(reloaded.code, 0, reloaded.stderr);
    assert.match(await condition(a, 'otherSecret'), /\bb\b/);
    assert.match(await condition(b, 'otherSecret'), /\ba\b/);
    await sleep(WHILE);
    await nothingMoved(a, b);
    await address.nothingLost();
    writeKeys(on.b, [stackKey(on.topology.lab)]);
    assert.equal((await b.cli('reload')).code, 0);
    await knows(a, 'b', 'standby');
    await nothingMoved(a, b);
  });

  it('the secret is rotated in order, the new key first and the old one kept: checks are good all the time @long', async () => {
    const [a, b] = await startStack(on);
    const key = newKey();
    for (const [tandem, place] of [
      [a, on.a],
      [b, on.b],
    ] as const) {
      writeKeys(place, [key, stackKey(on.topology.lab)]);
      assert.equal((await tandem.cli('reload')).code, 0);
      await sleep(WHILE / 2);
      assert.deepEqual(
        [(await a.status()).peers[0]?.health, (await b.status()).peers[0]?.health],
        ['healthy', 'healthy'],
      );
    }
    await nothingMoved(a, b);
  });

  it('a peer that is not there holds nobody up, and is taken in when it comes @long', async () => {
    const a = await startMember(on, on.a);
    await a.waitRole('active');
    assert.notEqual((await a.status()).peers[0]?.health, 'healthy', 'it was never heard');
    const b = await startMember(on, on.b);
    await knows(a, 'b', 'standby');
    assert.equal(routerOf(await b.status()).counters.activeTransitions, 0);
    await b.stop();
    await a.waitStatus(({ peers }) => peers[0]?.health === 'unhealthy', 'a notices');
    assert.equal((await a.status()).role, 'active');
  });
});
