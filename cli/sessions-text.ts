/** Sessions for people. Pure. */
import type { SessionFeature, SessionView } from '../core/api/sessions.ts';
import { formatRate } from '../core/units.ts';
import { formatAge, formatSince, formatTime } from './format.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import type { View } from './view.ts';

/** Live ones first. */
export function sessionsTable(all: readonly SessionView[], view: View): string {
  if (all.length === 0) return 'no sessions\n';
  const rows = all
    .toSorted((a, b) => Number(a.state === 'ended') - Number(b.state === 'ended'))
    .map((session): readonly Cell[] => [
      session.id,
      session.target,
      stateCell(session),
      session.home,
      formatAge(session.elapsedMs),
      session.notHa.length === 0 ? 'yes' : { text: `no: ${session.notHa.join(', ')}`, style: 'warn' },
      session.features.map((feature) => featureText(feature, session)).join(', '),
    ]);
  const headings = ['SESSION', 'TARGET', 'STATE', 'LED BY', 'AGE', 'SURVIVES', 'FEATURES'];
  return `${table(headings, rows, view.width, view.paint).join('\n')}\n`;
}

export function sessionSheet(session: SessionView, { now, paint }: View): string {
  const { id, target, policy, by, startedAt, deadline, home, takeovers, ended, notHa } = session;
  const moved = takeovers === 0 ? '' : `, taken over ${takeovers === 1 ? 'once' : `${takeovers} times`}`;
  const lines: readonly (readonly [string, string])[] = [
    ['target', target],
    ['state', stateText(session)],
    ['features', session.features.map((feature) => featureText(feature, session)).join(', ')],
    ['policy', policy === null ? '-' : `${policy.name}, version ${policy.version}`],
    ['started', `${formatSince(startedAt, now)} by ${by}`],
    ['led by', `${home}${moved}`],
    ['survives', notHa.length === 0 ? 'yes' : `no: ${notHa.join(', ')}`],
    ['ends', ended === null ? endsText(deadline) : `${formatTime(ended.at, now)}: ${ended.text}`],
  ];
  return `${[paint('strong', id), ...lines.map(([name, text]) => `  ${name.padEnd(9)} ${text}`)].join('\n')}\n`;
}

function endsText(deadline: SessionView['deadline']): string {
  return deadline === null
    ? 'when it is killed'
    : `in ${formatAge(deadline.inMs)} with ${deadline.reason}, as it is now`;
}

function stateCell(session: SessionView): Cell {
  const text = stateText(session);
  if (session.state === 'ended') return { text, style: session.ended?.reason === 'StateLost' ? 'bad' : 'faint' };
  return { text, style: session.state === 'setup' ? 'warn' : 'good' };
}

function stateText({ state, hold, ended }: SessionView): string {
  if (state === 'ended') return ended?.reason ?? 'ended';
  if (state === 'setup') return 'waiting for its client';
  return hold ? 'held' : 'in use';
}

export function featureText(feature: SessionFeature, { sources }: Pick<SessionView, 'sources'>): string {
  switch (feature.name) {
    case 'blocklist':
      return `blocklist of ${sources}`;
    case 'ratelimit': {
      const { bitsPerSecond: bps, packetsPerSecond: pps, per } = feature;
      const limits = [...(bps === null ? [] : [formatRate(bps)]), ...(pps === null ? [] : [`${pps} packets/s`])];
      return `limit ${limits.join(' and ')}${per === 'source' ? ' per source' : ''}`;
    }
    case 'copy':
      return `copy to ${feature.interface}`;
    case 'capture':
      return `capture of ${feature.megabytes} MB`;
    case 'command':
      return feature.command;
  }
}
