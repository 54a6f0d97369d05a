/** The traffic of the last fifteen minutes against the minimum: as a chart, in one sentence, and as a table. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import type { Status } from '../../../../core/status.ts';
import { useLive } from '../../live/live.tsx';
import { Chart } from '../../parts/chart.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Clock } from '../../parts/time.tsx';
import { Link } from '../../router.tsx';
import { duration, rate } from '../../words/format.ts';

const EVERY_MINUTE = 60;

export function BandwidthCard({ status }: { readonly status: Status }): ReactNode {
  const { state, samples } = useLive();
  const none = useSyncExternalStore(samples.onChange, () => samples.list().length === 0);
  const [table, setTable] = useState(false);
  const [paused, setPaused] = useState(false);
  const { bandwidth, instance } = status;
  const marks = state.entries
    .filter((entry) => entry.kind === 'role' && entry.instance === instance)
    .map(({ at }) => Date.parse(at));
  return (
    <Panel
      title="Bandwidth"
      note={
        <>
          last 15 min · {rate(bandwidth.bps)} now
          {bandwidth.enabled
            ? ` · minimum ${rate(bandwidth.minimum)} over ${duration(bandwidth.windowSeconds * 1000)}`
            : ''}
        </>
      }
      actions={
        <>
          <Button variant="link" isInline onClick={() => setPaused(!paused)} aria-pressed={paused}>
            {paused ? 'Resume' : 'Pause updates'}
          </Button>{' '}
          <Button variant="link" isInline onClick={() => setTable(!table)} aria-pressed={table}>
            {table ? 'As chart' : 'As table'}
          </Button>
        </>
      }
    >
      <p className="t-dim">{sentence(status, none)}</p>
      {bandwidth.enabled ? null : (
        <p>
          Bandwidth monitoring is off. <Link to={`/stack/instances/${instance}/ha/settings`}>Turn on in settings</Link>
        </p>
      )}
      {table ? (
        <SampleTable />
      ) : (
        <Chart minimum={bandwidth.enabled ? bandwidth.minimum : null} marks={marks} paused={paused} />
      )}
    </Panel>
  );
}

/** The chart in words. */
function sentence({ bandwidth, role }: Status, none: boolean): string {
  if (none) return 'Collecting. The first point comes within a second of the first measurement.';
  if (bandwidth.disarmedBy !== null) return `The trigger is disarmed since a handover: ${bandwidth.disarmedBy}.`;
  switch (bandwidth.state) {
    case 'ok':
      return `${rate(bandwidth.averageBps)} on average, above the minimum of ${rate(bandwidth.minimum)}.`;
    case 'low':
      return `${rate(bandwidth.averageBps)} on average, below the minimum of ${rate(bandwidth.minimum)}.`;
    case 'measuring':
      return role === 'active' ? 'Collecting: the window is not full yet.' : 'Only an active instance is measured.';
    case 'off':
      return 'Traffic is shown, and triggers nothing.';
  }
}

function SampleTable(): ReactNode {
  const { samples } = useLive();
  const list = useSyncExternalStore(samples.onChange, samples.list);
  const minutes = list.filter((_sample, index) => (list.length - 1 - index) % EVERY_MINUTE === 0).toReversed();
  return (
    <Table
      caption="Bandwidth, a row a minute"
      columns={['Time', 'Received', 'Average of the window']}
      rows={minutes.map(({ at, bps, averageBps }) => ({
        key: at,
        cells: [<Clock key="at" at={at} />, rate(bps), rate(averageBps)],
      }))}
    />
  );
}
