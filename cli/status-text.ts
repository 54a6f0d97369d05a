/** The state of an instance at a glance: who is active, since when, why, and what is wrong. Pure. */
import type { ConditionStatus, FaultStatus, MaintenanceStatus, Status } from '../core/status.ts';
import { count, formatMs, formatSince, formatTime, wrap } from './format.ts';
import { routersAtAGlance } from './routers-text.ts';
import { configuredSections } from './status-sections.ts';
import type { Style } from './terminal.ts';
import { ROLE_STYLE, type View, roleWords } from './view.ts';

/** The whole page of `tandem status`. */
export function statusText(status: Status, view: View): string {
  const lines = [
    ...headline(status, view),
    ...wrap(standing(status), view.width),
    ...notices(status, view).flatMap((notice) => wrap(notice, view.width)),
    '',
    ...routersAtAGlance(status.routers, view),
    ...configuredSections(status, view),
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
  const { instance, role, since, reason, faults } = status;
  const faultWords = count(faults.length, 'fault');
  const plain = `${instance} is ${roleWords(role)} since ${formatSince(since, view.now)}: ${reason.text}; ${faultWords}; ${heardText(status)}`;
  const [first = '', ...more] = wrap(plain, view.width);
  // The beginning is painted, which is never wrapped apart but on the narrowest of terminals.
  const begin = `${instance} is ${roleWords(role)}`;
  const painted = first.startsWith(begin)
    ? `${view.paint('strong', instance)} is ${view.paint(ROLE_STYLE[role] ?? 'strong', roleWords(role))}${first.slice(begin.length)}`
    : first;
  return [painted, ...more];
}

/** Who else is active, by adverts or by its own report. */
function heardText({ role, routers, peers }: Status): string {
  const sources = [...new Set(routers.map((r) => r.activeSource).filter((source) => source !== null))];
  const known = sources.map((source) => {
    const peer = peers.find(({ paths }) => paths.some(({ address }) => address === source));
    return peer === undefined ? source : `${peer.name} (${source})`;
  });
  if (sources.length > 0) return `${known.join(', ')} ${sources.length === 1 ? 'is' : 'are'} heard as active`;
  const names = peers.filter((peer) => peer.role === 'active').map((peer) => peer.name);
  if (names.length > 0) return `${names.join(', ')} ${names.length === 1 ? 'reports' : 'report'} to be active`;
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

function notices(status: Status, { now }: View): string[] {
  const { maintenance, preemptionHeldUntil: until } = status;
  const texts = [...movedText(status), ...(maintenance === null ? [] : [maintenanceText(maintenance, now)])];
  if (until === null) return texts;
  const words = until === 'released' ? 'it is released' : formatTime(until, now);
  return [...texts, `preemption is held until ${words} (tandem switchover --release-hold ends it)`];
}

/** How long the last move took, where it is what gave this instance its role. */
function movedText({ role, reason, lastTakeover, lastHandover }: Status): string[] {
  const took = lastTakeover?.durationMs ?? null;
  if (role === 'active') return took === null ? [] : [`took over within ${formatMs(took)}`];
  if (reason.code !== 'handedOver' || lastHandover === null) return [];
  return [`${lastHandover.peer} took over within ${formatMs(lastHandover.durationMs)}`];
}

function maintenanceText({ by, since, until }: MaintenanceStatus, now: number): string {
  const end = until === null ? 'it is left' : until === 'reboot' ? 'the next reboot' : formatTime(until, now);
  return `maintenance by ${by} since ${formatSince(since, now)}, until ${end} (tandem maintenance off ends it)`;
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
