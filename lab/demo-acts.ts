/** What the demo does when it is told to: one thing a step. */
import { cutTogether } from './cable.ts';
import type { Cable } from './cable.ts';
import { until } from './clock.ts';
import type { Outcome } from './command.ts';
import { MAX_FLAPS, STREAM_BPS, demoConfig, freeze, thaw } from './demo-instance.ts';
import type { Instance } from './demo-instance.ts';
import type { CableName, Step, Target } from './demo-script.ts';
import { startTandem } from './tandem.ts';
import type { Place, Topology } from './topology.ts';
import type { Stream } from './traffic.ts';

/** What a step may touch. */
export interface Hands {
  readonly topology: Topology;
  readonly stream: Stream;
  readonly instances: readonly Instance[];
  /** The one that is active, or named; throws if there is none. */
  instance(target: Target): Instance;
  /** A line of the story. */
  say(text: string): void;
}

export type Act = Exclude<Step, { readonly verb: 'wait' }>;

const CABLE_TEXT: Readonly<Record<CableName, string>> = {
  data: 'data link',
  ha: 'HA port',
  backup: 'backup path',
  pair: 'link pair (its outside port)',
};

function cableOf(place: Place, name: CableName): Cable {
  return name === 'pair' ? place.wan : place[name];
}

/** Does it. Rejects with what did not work. */
export async function act(step: Act, hands: Hands): Promise<void> {
  switch (step.verb) {
    case 'kill': {
      const { name, tandem } = hands.instance(step.target);
      hands.say(`engine of ${name} killed (SIGKILL)`);
      return tandem.kill('engine');
    }
    case 'stop': {
      const { name, tandem } = hands.instance(step.target);
      hands.say(`${name} stopped (SIGTERM)`);
      return tandem.stop();
    }
    case 'freeze': {
      const instance = hands.instance(step.target);
      hands.say(`${instance.name} frozen: all of its processes stand still`);
      return freeze(instance);
    }
    case 'cut': {
      const { name, place } = hands.instance(step.target);
      hands.say(`${CABLE_TEXT[step.what]} of ${name} cut`);
      return cutTogether([cableOf(place, step.what)]);
    }
    case 'starve':
      hands.say('the stream through the link pair stops: only the probes are left');
      return hands.stream.setRate(0);
    case 'flap':
      return flap(hands);
    case 'switchover': {
      const { name, tandem } = hands.instance('active');
      hands.say(`switchover, asked of ${name}`);
      return tell(hands, 'switchover', await tandem.switchover());
    }
    case 'maintenance':
      return maintenance(step, hands);
    case 'releaseBypass':
      return releaseBypass(hands);
    case 'restore':
      return restore(hands);
  }
}

/** What a command said, if it was refused. */
function tell(hands: Hands, what: string, { code, stdout, stderr }: Outcome): void {
  if (code !== 0) hands.say(`${what}: ${(stderr || stdout).trim()}`);
}

async function maintenance(step: Extract<Act, { readonly verb: 'maintenance' }>, hands: Hands): Promise<void> {
  const meant = step.on
    ? [hands.instance(step.target)]
    : hands.instances.filter(({ status }) => status?.role === 'maintenance');
  if (meant.length === 0) hands.say('no instance is in maintenance');
  for (const { name, tandem } of meant) {
    hands.say(`maintenance ${step.on ? 'on' : 'off'}, asked of ${name}`);
    tell(hands, 'maintenance', await tandem.maintenance(step.on));
  }
}

async function releaseBypass(hands: Hands): Promise<void> {
  const meant = hands.instances.filter(({ status }) => status?.bypass?.state === 'bypass' || status?.bypass?.latched);
  if (meant.length === 0) hands.say('no instance is in bypass');
  for (const { name, tandem } of meant) {
    hands.say(`bypass released by the operator, on ${name}`);
    tell(hands, 'bypass release', await tandem.bypass('release'));
  }
}

/** The primary loses its link pair again and again: each time it was active is a flap. */
async function flap(hands: Hands): Promise<void> {
  const primary = hands.instance('a');
  const other = hands.instance('b');
  const { tandem, place } = primary;
  hands.say(`the link pair of ${primary.name} flaps until its limit (${MAX_FLAPS} are allowed) puts it into bypass`);
  const role = async (): Promise<string> => (await tandem.status()).role;
  for (let round = 1; round <= MAX_FLAPS + 2; round += 1) {
    if ((await role()) === 'bypass') return;
    if ((await role()) !== 'active') {
      tell(hands, 'switchover', await other.tandem.switchover(primary.name, 'none'));
      await until(async () => (await role()) === 'active', { what: `${primary.name} is active again` });
    }
    hands.say(`flap ${round}: link pair of ${primary.name} cut`);
    cutTogether([place.wan]);
    await until(async () => (await role()) !== 'active', { what: `${primary.name} lets go` });
    place.wan.restore();
    await until(async () => ['active', 'standby', 'bypass'].includes(await role()), {
      what: `${primary.name} is well again, or in bypass`,
    });
  }
}

async function restore(hands: Hands): Promise<void> {
  hands.say('everything restored');
  hands.stream.setRate(STREAM_BPS);
  for (const instance of hands.instances) {
    const { name, place, tandem, status } = instance;
    place.host.restoreCables();
    thaw(instance);
    if (status?.role === 'bypass') hands.say(`${name} stays in bypass until an operator releases it`);
    if (status?.role === 'maintenance') hands.say(`${name} stays in maintenance until an operator ends it`);
    if (tandem.program.exit === null) continue;
    instance.known.clear();
    instance.tandem = await startTandem(place.host, demoConfig(hands.topology, name), { again: tandem, manager: true });
  }
}
