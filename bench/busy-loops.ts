/** Other work on every core: shells that do nothing for ever, under the ordinary class, as an appliance's other software runs. */
import { availableParallelism } from 'node:os';
import type { Host } from '../lab/host.ts';
import type { Program } from '../lab/program.ts';

/** Two a core. */
export function busyLoops(): number {
  return 2 * availableParallelism();
}

/** Starts them in a host that is no instance. Shells, because they are everywhere. */
export function startBusyLoops(host: Host): readonly Program[] {
  return Array.from({ length: busyLoops() }, () =>
    host.spawn(['sh', '-c', 'while :; do :; done'], { name: 'busy loop' }),
  );
}
