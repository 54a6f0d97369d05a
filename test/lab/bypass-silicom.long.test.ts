/**
 * The driver `silicom` against a stand-in of its control program, which keeps the state of two cards in a folder and says what the real one
 * is known to say. It was never run on a card.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, until } from '../../lab/clock.ts';
import { need } from '../support/need.ts';
import { PAIR, bypassStage } from './bypass-stage.ts';
import type { BypassStage, StagedHelper } from './bypass-stage.ts';

/** Ends with 0 whatever happened, as the real one does. Its watchdog counts in the file `PORT.wd`: the time at which it bites, ms. */
const standIn = (cards: string): string => `#!/bin/bash
port=$1; what=$2; value=$3; cards=${cards}
echo "$port $what $value" >> $cards/log
now() { echo $(( $(date +%s%N) / 1000000 )); }
[ -e $cards/$port.slave ] && { echo "The interface is a slave interface or doesn't support Bypass or Bypass state is unknown."; exit 0; }
[ -e $cards/$port ] || { echo "The interface is not Bypass-SD/TAP-SD device."; exit 0; }
if [ -e $cards/$port.wd ] && [ $(now) -gt $(cut -d' ' -f1 $cards/$port.wd) ]; then echo on > $cards/$port; rm $cards/$port.wd; fi
case $what in
  set_bypass) [ -e $cards/$port.stuck ] || echo $value > $cards/$port; echo "set_bypass completed successfully.";;
  get_bypass)
    if [ "$(cat $cards/$port)" = on ]; then echo "The interface is in the Bypass mode."
    else echo "The interface is in the non-Bypass mode."; fi;;
  set_bypass_wd)
    if [ $value = 0 ]; then rm -f $cards/$port.wd; echo "WDT is disabled."
    else echo "$(( $(now) + value )) $value" > $cards/$port.wd; echo "WDT is enabled with $value ms timeout value."; fi;;
  reset_bypass_wd)
    if [ -e $cards/$port.wd ]; then
      value=$(cut -d' ' -f2 $cards/$port.wd); echo "$(( $(now) + value )) $value" > $cards/$port.wd
      echo "reset_bypass_wd completed successfully."
    else echo "WDT is disabled."; fi;;
  get_bypass_wd)
    if [ -e $cards/$port.wd ]; then echo "WDT is enabled with $(cut -d' ' -f2 $cards/$port.wd) ms timeout value."
    else echo "WDT is disabled."; fi;;
  get_bypass_pwoff) echo "The interface is in the Bypass mode at power off state.";;
  *) echo "The interface is not capable of the operation.";;
esac
`;

const CARD = { powerOff: 'bypass', watchdog: { armed: false, fedMs: null } };
const SECOND = { name: 'wan2', outside: 'eth2', inside: 'eth3' };

describe('the bypass driver silicom, against a stand-in of its program', function () {
  this.timeout(60_000);
  let on: BypassStage;
  let helper: StagedHelper;
  let cards = '';
  let program = '';
  const card = (name: string): string => readFileSync(join(cards, name), 'utf8').trim();
  const asked = (what: string): number =>
    card('log')
      .split('\n')
      .filter((line) => line.includes(what)).length;

  before(function () {
    need(this, 'namespaces');
    on = bypassStage();
    cards = on.box.folder('cards');
    program = on.script('bpctl_util', standIn(cards));
  });
  beforeEach(() => {
    rmSync(cards, { recursive: true });
    on.box.folder('cards');
    for (const port of ['eth0', 'eth2']) writeFileSync(join(cards, port), 'off\n');
  });
  afterEach(async () => {
    if (helper?.program.alive) await helper.stop();
  });
  after(() => on?.lab.close());

  const start = (watchdogMs = 60_000): Promise<StagedHelper> =>
    on.helper({ driver: 'silicom', silicom: program, watchdogMs }, [], [PAIR, SECOND]);
  const arm = (armed: boolean): Promise<unknown> => helper.client.request({ kind: 'bypass.watchdog', armed });

  it('names the outside port of each pair, and reads back', async () => {
    helper = await start();
    assert.deepEqual(await helper.read(), { ok: true, text: '', state: 'inline', card: CARD });
    assert.deepEqual(await helper.set('bypass'), { ok: true, text: '', state: 'bypass' });
    assert.deepEqual([card('eth0'), card('eth2')], ['on', 'on']);
    assert.deepEqual(await helper.set('inline'), { ok: true, text: '', state: 'inline' });
  });

  it('believes what is read and not what was commanded', async () => {
    writeFileSync(join(cards, 'eth0.stuck'), '');
    helper = await start();
    const answer = await helper.set('bypass');
    assert.equal(answer.ok, false);
    assert.equal(answer.state, 'unknown');
    assert.match(answer.text, /wan1 reads inline; wan2 reads bypass/);
  });

  it('says when the port that it asks is not the control port, and when there is no card', async () => {
    writeFileSync(join(cards, 'eth0.slave'), '');
    helper = await start();
    const read = await helper.read();
    assert.equal(read.state, 'unknown');
    assert.match(read.text, /eth1 is the control port of the pair, name it as outside/);
    for (const port of ['eth0', 'eth0.slave', 'eth2']) rmSync(join(cards, port));
    assert.equal((await helper.read()).state, 'notFitted');
  });

  it('feeds an armed watchdog because of the word of the guardian, and no more without it', async () => {
    helper = await start(2_000);
    await arm(true);
    assert.equal(asked('set_wd_exp_mode bypass'), 2, 'a card that bites has to engage');
    const end = performance.now() + 3_500;
    while (performance.now() < end) {
      helper.tell({ kind: 'alive' });
      await sleep(50);
    }
    assert.equal((await helper.read()).state, 'inline', 'more than its time has passed');
    const fed = asked('reset_bypass_wd');
    await until(async () => (await helper.read()).state === 'bypass', { what: 'the cards engage by themselves' });
    assert.ok(asked('reset_bypass_wd') - fed <= 2, 'nothing but what was under way was fed after the last word');
  });

  it('does not feed what is not armed, and a disarmed card stays as it is', async () => {
    helper = await start(1_000);
    helper.tell({ kind: 'alive' });
    await helper.read();
    assert.equal(asked('reset_bypass_wd'), 0);
    await arm(true);
    await arm(false);
    assert.equal(asked('set_bypass_wd 0'), 2);
    await sleep(1_200);
    assert.equal((await helper.read()).state, 'inline');
  });

  it('feeds on what a helper before this one had armed', async () => {
    helper = await start(60_000);
    await arm(true);
    await helper.crash();
    helper = await start(60_000);
    helper.tell({ kind: 'alive' });
    await until(() => asked('reset_bypass_wd') >= 2, { what: 'both cards are fed' });
  });

  it('arms again, with the new time, when the configuration says another', async () => {
    helper = await start(60_000);
    await arm(true);
    await helper.plan({ driver: 'silicom', silicom: program, watchdogMs: 59_000 }, [], [PAIR, SECOND]);
    assert.match(card('eth2.wd'), /59000/);
  });

  it('shows that a card is not fed', async () => {
    helper = await start(400);
    await arm(true);
    await until(async () => (await helper.read()).state === 'bypass', { what: 'the cards have engaged' });
    helper.tell({ kind: 'alive' });
    await until(async () => /watchdog: .*WDT is disabled/.test((await helper.read()).text), { what: 'it is said' });
  });
});
