/** The machine that Tandem runs on. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { HostView } from '../../../../core/api/host.ts';
import { read } from '../../api/client.ts';
import { Waiting } from '../../parts/blank.tsx';
import { Facts, Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, span } from '../../words/format.ts';

export function Host(): ReactNode {
  const host = useQuery({ queryKey: ['host'], queryFn: () => read<HostView>('/host'), refetchInterval: 10_000 });
  return (
    <Panel title="Machine" width="half">
      {host.isPending ? <Waiting lines={6} /> : null}
      {host.isError ? <p className="t-danger">{host.error.message}</p> : null}
      {host.data === undefined ? null : <View host={host.data} />}
    </Panel>
  );
}

function View({ host }: { readonly host: HostView }): ReactNode {
  const { cpu, memory, disk } = host;
  return (
    <>
      <Facts
        facts={[
          ['Name', host.hostname],
          ['System', `${host.os}, kernel ${host.kernel}`],
          ['Up for', span(host.uptimeSeconds * 1000)],
          ['Processor', `${cpu.cores} × ${cpu.model}, ${Math.round(cpu.loadPercent)} % busy`],
          ['Memory', `${bytes(memory.availableBytes)} of ${bytes(memory.totalBytes)} free`],
          ...(disk === null
            ? []
            : ([[`Disk of ${disk.path}`, `${bytes(disk.freeBytes)} of ${bytes(disk.totalBytes)} free`]] as const)),
          ...(host.temperatureCelsius === null ? [] : ([['Temperature', `${host.temperatureCelsius} °C`]] as const)),
        ]}
      />
      <Table
        caption="Interfaces"
        columns={['Interface', 'State', 'Speed', 'MTU', 'MAC', 'Addresses']}
        rows={host.interfaces.map((one) => ({
          key: one.name,
          cells: [
            one.name,
            one.up ? '● up' : '○ down',
            one.speedMbps === null ? '–' : `${one.speedMbps} Mb/s`,
            one.mtu ?? '–',
            <code key="mac">{one.mac}</code>,
            one.addresses.join(', '),
          ],
        }))}
      />
    </>
  );
}
