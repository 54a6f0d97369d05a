/** How the stack is, in one sentence: health, who is active and why, what may still be lost, and what is wrong (ui.md 3.3, table F). Pure. */
import type { Headline, StackHealth } from '../core/api/stack.ts';
import type { Status } from '../core/status.ts';
import { activesOf, canTakeOver, foreignActive, seconds } from './actives.ts';
import type { HeadlineInput } from './actives.ts';
import { problemsOf } from './problems.ts';

export function headlineOf(input: HeadlineInput): Headline {
  const { status, engine } = input;
  const problems = problemsOf(input);
  if (status === null)
    return { health: 'unknown', text: 'The engine has not answered yet', canLose: 0, actives: [], problems };
  const actives = activesOf(status);
  const canLose = actives.length === 0 ? 0 : mayBeLost(status);
  if (!engine.reachable) {
    const text = `What ${status.instance} does is not known: its engine has not answered for ${seconds(input.ageMs)}`;
    return { health: 'unknown', text, canLose: 0, actives: [], problems };
  }
  const health = healthOf(status, actives, canLose, problems.length > 0);
  return { health, text: sentence(status, actives), canLose, actives, problems };
}

function mayBeLost(status: Status): number {
  const able = status.peers.filter(canTakeOver).length + (status.eligible ? 1 : 0);
  return Math.max(0, able - 1);
}

function healthOf(status: Status, actives: readonly string[], canLose: number, troubled: boolean): StackHealth {
  if (status.role === 'starting' && actives.length === 0) return 'unknown';
  if (actives.length === 0) {
    if (foreignActive(status) === null) return 'serviceDown';
    return status.eligible ? (troubled ? 'degraded' : 'protected') : 'unprotected';
  }
  if (canLose === 0) return 'unprotected';
  return troubled ? 'degraded' : 'protected';
}

function sentence(status: Status, actives: readonly string[]): string {
  const { instance, mode, role } = status;
  if (mode === 'off') return `HA is off on ${instance}: it runs alone and owns its addresses`;
  const [first, ...more] = actives;
  if (first === undefined) {
    const foreign = foreignActive(status);
    if (foreign !== null) return `${foreign} is active, which is no Tandem instance; ${instance} is ${role}`;
    if (role === 'starting') return `${instance} is starting: ${status.reason.text}`;
    return status.bypass.state === 'bypass'
      ? 'No instance is active: traffic passes uninspected through the bypass'
      : 'No instance is active: the addresses are not served';
  }
  if (more.length > 0) return `${actives.slice(0, -1).join(', ')} and ${actives.at(-1)} are active`;
  return `${first} is active: ${reasonOf(status, first)}`;
}

const reasonOf = (status: Status, name: string): string =>
  (name === status.instance ? status.reason.text : status.peers.find((peer) => peer.name === name)?.reason?.text) ??
  'it does not say why';
