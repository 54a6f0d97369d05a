/** What survives a failover. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { FeatureList } from '../../../../core/api/sessions.ts';
import { read } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { WordText } from '../../parts/word.tsx';
import { SURVIVES } from './words.ts';

export function Features(): ReactNode {
  const features = useQuery({ queryKey: ['features'], queryFn: () => read<FeatureList>('/features') });
  const rows = features.data?.features ?? [];
  return (
    <Panel
      title="What survives a failover"
      note="a session with a feature that does not ends with StateLost, which names it"
    >
      <Table
        caption="Features and whether they survive a failover"
        columns={['Feature', 'Survives', 'How']}
        rows={rows.map(({ name, kind, ha, text }) => ({
          key: `${kind} ${name}`,
          cells: [
            kind === 'command' ? <code key="name">{name}</code> : name,
            <WordText key="ha" word={SURVIVES[ha ? 'yes' : 'no']} />,
            text,
          ],
        }))}
      />
    </Panel>
  );
}
