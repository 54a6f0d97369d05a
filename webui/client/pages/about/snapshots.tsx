/** Nightly copies of the configuration. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { SnapshotList } from '../../../../core/api/rest.ts';
import { read } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Moment } from '../../parts/time.tsx';
import { bytes } from '../../words/format.ts';

export function Snapshots(): ReactNode {
  const snapshots = useQuery({ queryKey: ['snapshots'], queryFn: () => read<SnapshotList>('/snapshots') });
  const list = snapshots.data?.snapshots ?? [];
  return (
    <Panel title="Snapshots of the configuration" note="taken every night">
      {list.length === 0 ? (
        <p className="t-dim">{snapshots.isError ? snapshots.error.message : 'None has been taken yet.'}</p>
      ) : (
        <Table
          caption="Snapshots"
          columns={['File', 'Taken', 'Size']}
          rows={list.map(({ name, at, bytes: size }) => ({
            key: name,
            cells: [<code key="name">{name}</code>, <Moment key="at" at={at} />, bytes(size)],
          }))}
        />
      )}
    </Panel>
  );
}
