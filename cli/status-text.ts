/** The state of an instance at a glance: who is active, since when, why, and what is wrong. Pure. */
import type { ConditionStatus, FaultStatus, Role, RouterState, RouterStatus, Status } from '../core/status.ts';
import { count, formatAge, formatMs, formatSince, formatTime, wrap } from './format.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import type { Paint, Style } from './terminal.ts';

/** How the text is made. */
export interface View {
  /** Wall time, ms. */
  readonly now: number;
  /** Columns of the terminal; infinite where there is none. */
  readonly width: number;
  readonly paint: Paint;
}

const ROLE_STYLE: Readonly<Record<Role, Style>> = {
  starting: 'warn',
  active: 'good',
  standby: 'calm',
  fault: 'bad',
  maintenance: 'warn',
  bypass: 'bad',
};

export const STATE_STYLE: Readonly<Record<RouterState, Style>> = {
  init: 'warn',
  backup: 'calm',
  active: 'good',
  fault: 'bad',
};

/** The whole page of `tandem status`. */
export function statusText(status: Status, view: View): string {
  const lines = [
    ...headline(status, view),
    ...wrap(standing(status), view.width),
    ...notices(status, view).flatMap((notice) => wrap(notice, view.width)),
    '',
    ...routersAtAGlance(status.routers, view),
    ...section(
      'Faults',
      status.faults.map((fault) => faultText(fault, view)),
      'bad',
      view,
    ),
    ...section(
      'Conditions',
      status.conditions.map((condition) => conditionText(condition, view)),
      'warn',
      view,
    ),
    '',
    ...health(status, view).flatMap((text) => wrap(text, view.width)),
  ];
  return `${lines.join('\n')}\n`;
}

/** One sentence: the instance, its role, since when, why; faults; who else is heard. */
function headline(status: Status, view: View): string[] {
  const { instance, role, since, reason, faults, routers } = status;
  const faultWords = count(faults.length, 'fault');
  const plain = `${instance} is ${roleWords(role)} since ${formatSince(since, view.now)}: ${reason.text}; ${faultWords}; ${heardText(role, routers)}`;
  const [first = '', ...more] = wrap(plain, view.width);
  // The beginning is painted, which is never wrapped apart but on the narrowest of terminals.
  const begin = `${instance} is ${roleWords(role)}`;
  const painted = first.startsWith(begin)
    ? `${view.paint('strong', instance)} is ${view.paint(ROLE_STYLE[role] ?? 'strong', roleWords(role))}${first.slice(begin.length)}`
    : first;
  return [painted, ...more];
}

/** The role as it stands in a sentence. */
export function roleWords(role: string): string {
  return role === 'fault' || role === 'maintenance' || role === 'bypass' ? `in ${role}` : role;
}

/** Who else is heard as active. */
function heardText(role: Role, routers: readonly RouterStatus[]): string {
  const sources = [...new Set(routers.map((r) => r.activeSource).filter((source) => source !== null))];
  if (sources.length > 0) return `${sources.join(', ')} ${sources.length === 1 ? 'is' : 'are'} heard as active`;
  return role === 'active' ? 'nobody else is heard as active' : 'nobody is heard as active';
}

function standing({ stack, mode, primary, eligible, version }: Status): string {
  return [
    `stack ${stack}`,
    mode,
    ...(primary ? ['primary'] : []),
    eligible ? 'eligible' : 'not eligible',
    `version ${version}`,
  ].join(', ');
}

function notices({ preemptionHeldUntil: until }: Status, { now }: View): string[] {
  if (until === null) return [];
  const words = until === 'released' ? 'it is released' : formatTime(until, now);
  return [`preemption is held until ${words} (tandem switchover --release-hold ends it)`];
}

function routersAtAGlance(routers: readonly RouterStatus[], view: View): string[] {
  if (routers.length === 0) return ['no virtual routers are configured'];
  const headings = ['ROUTER', 'VRID', 'STATE', 'PRIORITY', 'SINCE', 'ADDRESSES', 'WHY'];
  const rows = routers.map((r): Cell[] => [
    r.name,
    String(r.id),
    { text: r.state, style: STATE_STYLE[r.state] ?? 'strong' },
    String(r.priority),
    formatAge(view.now - Date.parse(r.since)),
    addressesText(r),
    r.reason.text,
  ]);
  return table(headings, rows, view.width, view.paint);
}

/** The first address, how many more there are, and where they are not where the state says. */
export function addressesText(router: RouterStatus): string {
  const [first, ...more] = [...router.addresses, ...router.excludedAddresses];
  if (first === undefined) return '-';
  const missing = router.state === 'active' && !router.holdsAddresses ? ' (not here yet)' : '';
  const left = router.state !== 'active' && router.holdsAddresses ? ' (still here)' : '';
  return `${first}${more.length === 0 ? '' : ` +${more.length}`}${missing}${left}`;
}

function faultText({ name, hard, since, text }: FaultStatus, { now }: View): string {
  return `${name}${hard ? '' : ' (soft)'} since ${formatSince(since, now)}: ${text}`;
}

function conditionText({ name, since, text }: ConditionStatus, { now }: View): string {
  return `${name} since ${formatSince(since, now)}: ${text}`;
}

function section(title: string, texts: readonly string[], style: Style, { width, paint }: View): string[] {
  if (texts.length === 0) return [];
  const body = texts.flatMap((text) => wrap(text, Math.max(1, width - 2)).map((line) => `  ${line}`));
  return ['', paint(style, title), ...body];
}

function health({ lateness, realtime, configuration, processes }: Status, { now }: View): string[] {
  const { p50, p99, worst } = lateness;
  const late = `lateness in the last minute: ${formatMs(p50)} median, ${formatMs(p99)} p99, ${formatMs(worst)} worst`;
  const scheduling = `${realtime.scheduling ? 'real-time' : 'ordinary'} scheduling, memory ${realtime.memoryLocked ? 'locked' : 'not locked'}`;
  const warnings = configuration.warnings.length;
  const more = warnings === 0 ? '' : `, ${count(warnings, 'warning')} (see tandem doctor)`;
  const ids = Object.entries(processes).map(([name, id]) => `${name} ${id ?? '-'}`);
  return [
    `${late}; ${scheduling}`,
    `configuration ${configuration.hash} since ${formatTime(configuration.loadedAt, now)}${more}; ${ids.join(', ')}`,
  ];
}
