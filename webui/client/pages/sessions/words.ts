/** The words of the page for sessions. Pure. */
import type { SessionFeature, SessionView } from '../../../../core/api/sessions.ts';
import { count, rate, span } from '../../words/format.ts';
import type { Word } from '../../words/words.ts';

export const SURVIVES: Readonly<Record<'yes' | 'no', Word>> = {
  yes: { text: 'Yes', shape: '✓', tone: 'good' },
  no: { text: 'No', shape: '✕', tone: 'warning' },
};

export function stateWord({ state, hold, ended }: Pick<SessionView, 'state' | 'hold' | 'ended'>): Word {
  if (state === 'setup') return { text: 'Waiting for its client', shape: '◌', tone: 'info' };
  if (state === 'inUse') return { text: hold ? 'Held' : 'In use', shape: '▶', tone: 'good' };
  const reason = ended?.reason ?? 'Ended';
  return { text: reason, shape: '■', tone: reason === 'StateLost' ? 'danger' : 'neutral' };
}

export function featureText(feature: SessionFeature, sources: number): string {
  switch (feature.name) {
    case 'blocklist':
      return `blocklist of ${count(sources, 'source')}`;
    case 'ratelimit': {
      const { bitsPerSecond: bps, packetsPerSecond: pps, per } = feature;
      const limits = [...(bps === null ? [] : [rate(bps)]), ...(pps === null ? [] : [`${pps} packets/s`])];
      return `limit ${limits.join(' and ')}${per === 'source' ? ' for each source' : ''}`;
    }
    case 'copy':
      return `copy to ${feature.interface}`;
    case 'capture':
      return `capture of ${feature.megabytes} MB`;
    case 'command':
      return feature.command;
  }
}

/** What ends it next, or what ended it. */
export function endText({ ended, deadline }: Pick<SessionView, 'ended' | 'deadline'>): string {
  if (ended !== null) return ended.text;
  return deadline === null ? 'when it is killed' : `in ${span(deadline.inMs)} with ${deadline.reason}, as it is now`;
}
