/** What in the surroundings may cause trouble, each with what to do. Asked for by a button: it takes some seconds. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { DoctorReport } from '../../../../core/api/rest.ts';
import { read } from '../../api/client.ts';
import { useRefusal } from '../../api/session.tsx';
import { ActButton } from '../../parts/act-button.tsx';
import { Panel } from '../../parts/panel.tsx';

const LOOK = { ok: ['✓', 'good'], warn: ['!', 'warning'], fail: ['✕', 'danger'] } as const;
const LOUDEST = { fail: 0, warn: 1, ok: 2 } as const;

export function Doctor(): ReactNode {
  const refusal = useRefusal('operator');
  const report = useQuery({
    queryKey: ['doctor'],
    queryFn: () => read<DoctorReport>('/doctor'),
    enabled: false,
    retry: 0,
  });
  const checks = (report.data?.checks ?? []).toSorted((a, b) => LOUDEST[a.level] - LOUDEST[b.level]);
  return (
    <Panel
      title="Diagnostics"
      actions={
        <ActButton why={refusal ?? (report.isFetching ? 'looking' : null)} onAct={() => void report.refetch()}>
          Look for trouble
        </ActButton>
      }
    >
      {report.isError ? <p className="t-danger">{report.error.message}</p> : null}
      {checks.length === 0 && !report.isFetching ? (
        <p className="t-dim">
          Network managers, filters, clocks, real time, certificates and more: the same as tandem doctor.
        </p>
      ) : null}
      <ul className="t-list">
        {checks.map(({ name, level, text, advice }) => (
          <li key={name}>
            <span className={`t-${LOOK[level][1]}`}>
              <span aria-hidden="true">{LOOK[level][0]}</span> <strong>{name}</strong>: {text}
            </span>
            {advice === undefined ? null : <div className="t-dim">{advice}</div>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
