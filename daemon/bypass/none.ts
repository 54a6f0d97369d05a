/** No bypass: nothing is fitted, nothing can be engaged. */
import { refuse } from './driver.ts';
import type { BypassDriver } from './driver.ts';

export const none: BypassDriver = {
  software: false,
  watchdog: null,
  powerOff: null,
  looks: () => [],
  judge: () => ({ state: 'notFitted', detail: '' }),
  steps: () => [refuse('', 'no bypass driver is configured')],
};
