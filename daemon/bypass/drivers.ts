/** The drivers by their names in the configuration. */
import type { BypassPlan } from '../../config/plan.ts';
import { bridge } from './bridge.ts';
import { command } from './command.ts';
import type { BypassDriver } from './driver.ts';
import { nft } from './nft.ts';
import { none } from './none.ts';
import { silicom } from './silicom.ts';
import { sysfs } from './sysfs.ts';

export const DRIVERS: Readonly<Record<BypassPlan['driver'], BypassDriver>> = {
  none,
  bridge,
  nft,
  silicom,
  sysfs,
  command,
};
