/** Further checks that decide eligibility or priority. */
import type { ReactNode } from 'react';
import type { TrackStatus } from '../../../../core/status.ts';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { WordText } from '../../parts/word.tsx';

export function TracksCard({ tracks }: { readonly tracks: readonly TrackStatus[] }): ReactNode {
  return (
    <Panel title="Tracks">
      <Table
        caption="Tracks"
        columns={['Track', 'Type', 'State', 'Effect', 'Detail']}
        rows={tracks.map((track) => ({
          key: track.name,
          cells: [
            track.name,
            track.type,
            <WordText
              key="state"
              word={
                track.up === null
                  ? { text: 'Measuring', shape: '◌', tone: 'info' }
                  : track.up
                    ? { text: 'Up', shape: '●', tone: 'good' }
                    : { text: 'Down', shape: '○', tone: 'danger' }
              }
            />,
            `${track.weight === 0 ? 'fault' : `priority ${track.weight > 0 ? '+' : ''}${track.weight}`}${track.routers.length === 0 ? '' : ` of ${track.routers.join(', ')}`}`,
            track.detail,
          ],
        }))}
      />
    </Panel>
  );
}
