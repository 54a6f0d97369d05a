/** From the exec of `tandemd run` to the line `ready`. */
import { VIP } from '../lab/topology.ts';
import { now, until } from '../lab/clock.ts';
import { launchTandem } from '../lab/tandem.ts';
import type { Bed, Case, Sample } from './case.ts';
import { PairBed } from './pair-bed.ts';
import { tandemConfig } from './spec.ts';
import type { Spec } from './spec.ts';

const SPEC: Spec = { intervalMs: 1000, routers: [{ id: 51, addresses: [`${VIP}/24`] }] };
const LIMIT = 20_000;

class StartBed implements Bed {
  readonly #bed = new PairBed('start');

  async run(): Promise<Sample> {
    try {
      const from = now();
      const tandem = launchTandem(this.#bed.a.host, tandemConfig('a', SPEC));
      let readyAt: number | null = null;
      tandem.program.onLine((line) => {
        if (line === 'ready') readyAt ??= now();
      });
      const to = await until(
        () => {
          tandem.failIfEnded();
          return readyAt;
        },
        { what: 'tandemd says ready', limitMs: LIMIT },
      );
      return { ready: to - from };
    } finally {
      await this.#bed.tidy();
    }
  }

  close(): void {
    this.#bed.close();
  }
}

export const startCase: Case = {
  name: 'start',
  text: 'exec of `tandemd run` to the line `ready`, one virtual router',
  runs: 20,
  subjects: ['tandem'],
  rows: [
    {
      text: 'exec to ready',
      unit: 'ms',
      ours: 'tandem',
      theirs: null,
      figure: 'ready',
      goals: [{ of: 'median', most: 500 }],
    },
  ],
  secondsPerRound: 0.7,
  notes: [
    'keepalived has no line that says that it is ready, so nothing stands beside it. The time includes `nsenter`, which puts the program into its host.',
  ],
  parameters: '',
  open: () => Promise.resolve(new StartBed()),
};
