/** Reloads (SIGHUP, `tandem reload`): one check of the configuration at a time; whoever asks meanwhile shares the next one. */
import type { Result } from '../../core/result.ts';
import type { Configuration, Refused } from './configuration.ts';

export interface Reloads {
  /** `actionId` is null for a signal. */
  ask(actionId: string | null): void;
}

export interface ReloadPorts {
  readonly read: () => Promise<Result<Configuration, Refused>>;
  /** A check begins. */
  readonly began: () => void;
  /** It ended, for all who had asked before it began. The next one begins when this has resolved. */
  readonly ended: (result: Result<Configuration, Refused>, actionIds: readonly (string | null)[]) => Promise<void>;
}

/** More than these need no answer of their own: the events of one tell all. */
const MOST_ASKING = 100;

export function createReloads(ports: ReloadPorts): Reloads {
  let asking: (string | null)[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (asking.length > 0) {
      const served = asking;
      asking = [];
      ports.began();
      await ports.ended(await ports.read(), served);
    }
    running = false;
  }

  return {
    ask(actionId) {
      if (asking.length < MOST_ASKING && !(actionId === null && asking.includes(null))) asking.push(actionId);
      if (!running) void run();
    },
  };
}
