/** A plan in which nothing is set but what every plan has: no peers, pairs, tracks or bypass. The defaults of the schema otherwise. */
import type { EnginePlan } from '../../config/plan.ts';

export const PLAIN: Omit<EnginePlan, 'instance' | 'stack' | 'mode' | 'routers'> = {
  primary: false,
  ownsFirst: false,
  preempt: true,
  preemptDelayMs: 0,
  haInterface: null,
  haPort: 11_211,
  secretFile: null,
  splitBrainGuard: true,
  fastTakeover: true,
  peers: [],
  peerCheck: { intervalMs: 100, failureThreshold: 3, recoveryThreshold: 2 },
  links: { intervalMs: 100, minimumActive: 0, pairs: [] },
  bandwidth: { enabled: false, minimum: 1024, windowMs: 10_000, interfaces: [], cooldownMs: 900_000 },
  flaps: { max: 6, windowMs: 900_000, action: 'bypass' },
  bypass: {
    driver: 'none',
    onServiceDown: true,
    settleMs: 5000,
    watchdogMs: 2000,
    command: null,
    sysfs: null,
    silicom: 'bpctl_util',
  },
  tracks: [],
  commands: [],
  manager: false,
  realtime: false,
  hash: '0123456789abcdef',
  warnings: [],
};
