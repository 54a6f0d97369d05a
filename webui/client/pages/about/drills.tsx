/** Planned switchovers on a schedule, and what came of them. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { DrillReport } from '../../../../core/api/host.ts';
import type { DrillList } from '../../../../core/api/rest.ts';
import { read } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Moment } from '../../parts/time.tsx';
import { WordText } from '../../parts/word.tsx';
import type { Word } from '../../words/words.ts';

const OUTCOME: Readonly<Record<DrillReport['outcome'], Word>> = {
  done: { text: 'Done', shape: '✓', tone: 'good' },
  skipped: { text: 'Skipped', shape: '–', tone: 'neutral' },
  failed: { text: 'Failed', shape: '✕', tone: 'danger' },
};

export function Drills(): ReactNode {
  const drills = useQuery({ queryKey: ['drills'], queryFn: () => read<DrillList>('/drills'), refetchInterval: 30_000 });
  const { drills: plans = [], reports = [] } = drills.data ?? {};
  return (
    <Panel title="Drills">
      {plans.length === 0 ? (
        <p className="t-dim">
          No drill is planned: a planned switchover on a schedule shows that failover works. In the file: drills.
        </p>
      ) : (
        <ul className="t-list">
          {plans.map(({ schedule, to, nextAt }) => (
            <li key={`${schedule} ${to}`}>
              To {to}, <code>{schedule}</code>
              {nextAt === null ? (
                ''
              ) : (
                <>
                  , next <Moment at={nextAt} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {reports.length === 0 ? null : (
        <Table
          caption="Reports of drills"
          columns={['When', 'To', 'Outcome', 'Duration', 'Probes lost', 'What was seen']}
          rows={reports.map((report) => ({
            key: report.id,
            cells: [
              <Moment key="at" at={report.at} />,
              report.to,
              <WordText key="outcome" word={OUTCOME[report.outcome]} />,
              report.durationMs === null ? '–' : `${Math.round(report.durationMs)} ms`,
              report.probesLost === null ? 'not measured' : `${report.probesLost} of ${report.probesSent ?? '?'}`,
              report.text,
            ],
          }))}
        />
      )}
    </Panel>
  );
}
