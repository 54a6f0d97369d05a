/** The peers: checks, paths, and the last sixty of each. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { SettingsView } from '../../../../core/api/settings.ts';
import type { PeerStatus, Status } from '../../../../core/status.ts';
import { read } from '../../api/client.ts';
import { Blank } from '../../parts/blank.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Strip } from '../../parts/strip.tsx';
import { Table } from '../../parts/table.tsx';
import { WordText } from '../../parts/word.tsx';
import { roundTrip, span } from '../../words/format.ts';
import { check } from '../../words/words.ts';

const ago = (ms: number | null): string => (ms === null ? 'never' : `${span(ms)} ago`);

export function PeersCard({ status }: { readonly status: Status }): ReactNode {
  const { peers } = status;
  const never = peers.length > 0 && peers.every(({ lastContactMs }) => lastContactMs === null);
  return (
    <Panel title="Peers">
      {peers.length === 0 ? (
        <Blank shape="◌" title="No peer is configured." />
      ) : (
        <>
          {never ? <NeverSeen names={peers.map(({ name }) => name)} /> : null}
          <Table
            caption="Peer checks, a row for each path"
            columns={[
              'Peer',
              'Path',
              'Health',
              'Last contact',
              'Round trip',
              'Failing / limit',
              'Recovering / limit',
              'Last 60',
            ]}
            rows={peers.flatMap(rowsOf)}
          />
          {peers.map((peer) => {
            const ignored = Object.entries(peer.ignored).filter(([, count]) => count > 0);
            return ignored.length === 0 ? null : (
              <p key={peer.name} className="t-dim">
                Ignored from {peer.name}: {ignored.map(([why, count]) => `${count} × ${why}`).join(', ')}
              </p>
            );
          })}
        </>
      )}
    </Panel>
  );
}

function NeverSeen({ names }: { readonly names: readonly string[] }): ReactNode {
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => read<SettingsView>('/settings') });
  const port = settings.data === undefined ? '' : ` on port ${settings.data.values.port}`;
  return (
    <Blank shape="◌" title={`Waiting for ${names.join(' and ')}${port}. Not seen yet.`}>
      Check: the same HA port on every instance, the same stack name and secret, the same VRIDs, the addresses under
      ha.peers reachable, clocks about right.
    </Blank>
  );
}

function rowsOf(
  peer: PeerStatus,
): readonly { readonly key: string; readonly cells: readonly ReactNode[]; readonly dim: boolean }[] {
  return peer.paths.map((path) => {
    const lost = path.health !== 'healthy';
    const { failureThreshold, recoveryThreshold } = peer;
    return {
      key: `${peer.name} ${path.address}`,
      dim: peer.health === 'unknown',
      cells: [
        peer.name,
        <code key="path">{path.address}</code>,
        <WordText key="health" word={check({ ...path, failureThreshold, recoveryThreshold })} />,
        ago(path.lastContactMs),
        lost ? '–' : roundTrip(path.rttMs),
        `${path.failing} / ${failureThreshold}`,
        lost ? `${path.recovering} / ${recoveryThreshold}` : '–',
        <Strip key="strip" recent={path.recent} />,
      ],
    };
  });
}
