/**
 * What the engine measures beside the wire: carrier of link pairs, traffic, tracks and the bypass. Reads and asks on time, never waits:
 * everything comes back as a fact.
 */
import type { EnginePlan } from '../../config/plan.ts';
import type { Clock, Instant } from '../../core/clock.ts';
import type { PowerOff } from '../../core/status.ts';
import { sampleIntervalMs } from '../../monitors/bandwidth.ts';
import { createLinkReader } from '../../monitors/link-reader.ts';
import { createTrafficReader } from '../../monitors/traffic-reader.ts';
import type { KernelView } from '../../vrrp/ports.ts';
import type { Effect } from '../brain/effect.ts';
import type { Fact } from '../brain/fact.ts';
import type { HelperClient } from '../helper/client.ts';
import { createBypassPort } from './bypass-port.ts';

/** `fedAt`: null before the first time. */
export interface Card {
  readonly powerOff: PowerOff | null;
  readonly watchdog: { readonly armed: boolean; readonly fedAt: Instant | null } | null;
}

export interface SensorsDeps {
  readonly clock: Clock;
  readonly view: KernelView;
  /** For each its own connection, as a script that takes long must not hold a bypass up. */
  readonly helpers: { readonly tracks: HelperClient; readonly bypass: HelperClient };
  readonly fact: (fact: Fact) => void;
}

export interface Sensors {
  /** Carrier of the ports of link pairs now, for the start: an engine that waited for them would begin in fault. */
  ports(plan: EnginePlan): Readonly<Record<string, boolean>>;
  set(plan: EnginePlan): void;
  /** The kernel tells that an interface has changed: at once, not at the next poll. */
  interfaceChanged(name: string): void;
  /** What the bypass card does by itself, as last read; null before, and without a driver. */
  card(): Card | null;
  run(effect: Extract<Effect, { do: 'check' | 'bypass' | 'watchdog' }>): void;
  stop(): void;
}

export function createSensors({ clock, view, helpers, fact }: SensorsDeps): Sensors {
  const carrier = createLinkReader(view);
  const traffic = createTrafficReader();
  let links: NodeJS.Timeout | null = null;
  let samples: NodeJS.Timeout | null = null;
  let ports: readonly string[] = [];
  /** What the brain was last told: it hears of changes only. */
  let told = new Map<string, boolean>();
  const bypass = createBypassPort({
    request: helpers.bypass.request,
    driver: 'none',
    onRead: (state, detail) => fact({ kind: 'bypassRead', state, detail }),
    onCard({ powerOff, watchdog }) {
      const fedMs = watchdog?.fedMs ?? null;
      const fedAt = fedMs === null ? null : ((clock.now() - fedMs) as Instant);
      card = { powerOff, watchdog: watchdog === null ? null : { armed: watchdog.armed, fedAt } };
    },
    onDone: () => undefined,
  });
  let card: Card | null = null;
  let reading = false;

  function look(name: string): void {
    const up = carrier(name);
    if (told.get(name) === up) return;
    told.set(name, up);
    fact({ kind: 'port', interface: name, up });
  }

  function check(track: string): void {
    void helpers.tracks.request({ kind: 'track.check', name: track }).then(({ good = null, text }) => {
      fact({ kind: 'tracked', track, good, detail: text });
    });
  }

  return {
    ports(plan) {
      const names = plan.links.pairs.flatMap((pair) => [pair.outside, pair.inside]);
      told = new Map(names.map((name) => [name, carrier(name)]));
      return Object.fromEntries(told);
    },
    set(plan) {
      if (links !== null) clearInterval(links);
      if (samples !== null) clearInterval(samples);
      ports = plan.links.pairs.flatMap((pair) => [pair.outside, pair.inside]);
      told = new Map([...told].filter(([name]) => ports.includes(name)));
      for (const name of ports) look(name);
      links = ports.length === 0 ? null : setInterval(() => ports.forEach(look), plan.links.intervalMs);
      const { interfaces, enabled } = plan.bandwidth;
      const sampling = enabled || interfaces.length > 0;
      const sample = (): void => fact({ kind: 'traffic', reading: traffic.read(interfaces) });
      samples = sampling ? setInterval(sample, sampleIntervalMs(plan.bandwidth)) : null;
      if (plan.bypass.driver === 'none') card = null;
      if (plan.bypass.driver !== 'none' && !reading) {
        reading = true;
        bypass.replan(plan.bypass);
        bypass.start();
      } else {
        bypass.replan(plan.bypass);
      }
    },
    interfaceChanged(name) {
      if (ports.includes(name)) look(name);
    },
    card: () => card,
    run(effect) {
      switch (effect.do) {
        case 'check':
          return check(effect.track);
        case 'bypass':
          return bypass.set(effect.position);
        case 'watchdog':
          return bypass.arm(effect.armed);
      }
    },
    stop() {
      if (links !== null) clearInterval(links);
      if (samples !== null) clearInterval(samples);
      bypass.stop();
    },
  };
}
