/** Events for people: a line an event, a blank line between incidents. Pure. */
import type { Severity, TandemEvent } from '../core/event.ts';
import { formatStamp } from './format.ts';
import type { Paint, Style } from './terminal.ts';

const STYLE: Readonly<Record<Severity, Style | null>> = { info: null, warning: 'warn', critical: 'bad' };

/** `2026-11-21 02:00:00.000  warning   router     backup → active: no advert for wan for 3.61 s` */
export function eventLine(event: TandemEvent, paint: Paint): string {
  const style = STYLE[event.severity] ?? null;
  const severity = event.severity.padEnd(8);
  const router = event.router === undefined || event.reason.text.includes(event.router) ? '' : `${event.router}: `;
  const change = event.from === undefined || event.to === undefined ? '' : `${event.from} → ${event.to}: `;
  const ended = event.ended === undefined ? '' : ` (${event.ended})`;
  return [
    String(event.seq).padStart(5),
    formatStamp(event.at),
    style === null ? severity : paint(style, severity),
    event.kind.padEnd(9),
    `${router}${change}${event.reason.text}${ended}`,
  ].join('  ');
}

/** True where a reader is helped by a gap between two events: another incident begins, or the first one after a quiet time. */
export function incidentBegins(previous: TandemEvent | null, event: TandemEvent): boolean {
  return previous !== null && event.incident !== previous.incident && event.incident !== null;
}
