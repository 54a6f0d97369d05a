/** What the tests of handovers share. */
import type { Hold } from '../../../core/action.ts';
import { type Rig, plan, router } from './brain-rig.ts';
import { type Scripted, peerPlan } from './peer-rig.ts';

export const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });
export const TEN_MINUTES: Hold = { kind: 'for', ms: 600_000 };
export const NONE: Hold = { kind: 'none' };

export function switchOver(rig: Rig, hold: Hold = NONE, more: { force?: boolean; to?: string } = {}): string[] {
  const { force = false, to = null } = more;
  return rig.fact({ kind: 'switchover', to, actionId: 'act-1', by: 'eva', hold, force });
}

export function ended(rig: Rig): string[] {
  const endings = rig.events.flatMap((e) => (e.ended === undefined ? [] : [`${e.actionId} ${e.ended}`]));
  rig.events.length = 0;
  return endings;
}

/** `b` claims as it was asked to: its report says so, or only its message. */
export const claims = (b: Scripted): string[] => b.sends('claimed');

export const prioritiesSaid = (log: readonly string[], who: string): number[] =>
  log.flatMap((line) => {
    const found = new RegExp(`^\\S+ ${who} r1 advert (\\d+)$`).exec(line);
    return found === null ? [] : [Number(found[1])];
  });

export const steps = (log: readonly string[]): string[] => log.map((line) => line.slice(line.indexOf(' ') + 1));
