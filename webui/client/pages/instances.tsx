/** Stack > Instances: a row each, this one first. */
import type { ReactNode } from 'react';
import type { InstanceView } from '../../../core/api/stack.ts';
import { useLive } from '../live/live.tsx';
import { Waiting } from '../parts/blank.tsx';
import { Panel } from '../parts/panel.tsx';
import { Table } from '../parts/table.tsx';
import { Since } from '../parts/time.tsx';
import { WordText } from '../parts/word.tsx';
import { Link } from '../router.tsx';
import { count, sentence, span } from '../words/format.ts';
import { BYPASS, HEALTH, ROLE } from '../words/words.ts';
import type { Word } from '../words/words.ts';

const CHECK: Readonly<Record<'healthy' | 'unhealthy' | 'unknown', Word>> = {
  healthy: { text: 'Pass', shape: '✓', tone: 'good' },
  unhealthy: { text: 'Failed', shape: '✕', tone: 'danger' },
  unknown: { text: 'Unknown', shape: '?', tone: 'unknown' },
};

const of = (part: number | null, whole: number | null): string => `${part ?? '?'} of ${whole ?? '?'}`;

export function Instances(): ReactNode {
  const { snapshot } = useLive().state;
  return (
    <>
      <h1 className="t-title">Instances</h1>
      {snapshot === null ? (
        <Waiting />
      ) : (
        <>
          <p className="t-headline">
            <WordText word={HEALTH[snapshot.headline.health]} /> {sentence(snapshot.headline.text)}{' '}
            {snapshot.headline.canLose > 0 ? `The stack can lose ${count(snapshot.headline.canLose, 'instance')}.` : ''}
          </p>
          <Panel title={`Stack ${snapshot.status?.stack ?? ''}`}>
            <Table
              caption="Instances of the stack"
              columns={[
                'Instance',
                'Role',
                'Since',
                'Owns addresses',
                'Links',
                'Peer check',
                'Bypass',
                'Version',
                'Why',
              ]}
              rows={snapshot.instances.map((instance) => ({
                key: instance.name,
                dim: instance.role === 'unknown',
                cells: cells(instance, snapshot.leader),
              }))}
            />
          </Panel>
        </>
      )}
    </>
  );
}

function cells(instance: InstanceView, leader: string | null): readonly ReactNode[] {
  const { name, self, role, since, reason, check, bypass, version, ageMs } = instance;
  // What a peer said last is not what it is: unknown is said, with the age.
  const lost = !self && role === 'unknown';
  const marks = [...(self ? ['this'] : []), ...(name === leader ? ['leader'] : [])];
  return [
    <>
      <Link to={`/stack/instances/${encodeURIComponent(name)}/ha`}>{name}</Link>
      {marks.length === 0 ? null : ` (${marks.join(', ')})`}
    </>,
    lost ? (
      <>
        <WordText word={ROLE.unknown} />{' '}
        <span className="t-dim">{ageMs === null ? 'never seen' : `last ${span(ageMs)} ago`}</span>
      </>
    ) : (
      <WordText word={ROLE[role]} />
    ),
    since === null || lost ? '–' : <Since at={since} />,
    lost ? '?' : of(instance.ownsAddresses, instance.addresses),
    lost ? '?' : `${instance.linksActive ?? '?'} / ${instance.linksMinimum ?? '?'}`,
    self ? '–' : <WordText word={CHECK[check ?? 'unknown']} />,
    lost || bypass === null ? '?' : <WordText word={BYPASS[bypass]} />,
    version ?? '?',
    lost ? '' : (reason ?? ''),
  ];
}
