/** The virtual addresses: where they are, since when, how they are advertised. */
import type { ReactNode } from 'react';
import type { RouterStatus, Status } from '../../../../core/status.ts';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Since } from '../../parts/time.tsx';
import { duration } from '../../words/format.ts';

/** Who has it, as far as this instance knows. */
function owner(router: RouterStatus, status: Status): string {
  if (router.holdsAddresses) return status.instance;
  const active = status.peers.filter(({ role }) => role === 'active');
  const [only, second] = active;
  return (second === undefined ? only?.name : undefined) ?? router.activeSource ?? 'nobody';
}

export function AddressesCard({ status }: { readonly status: Status }): ReactNode {
  // The instance's card has the priority where it is one for all.
  const several = new Set(status.routers.map(({ priority }) => priority)).size > 1;
  const rows = status.routers.flatMap((router) =>
    [...router.addresses, ...router.excludedAddresses].map((address) => ({
      key: `${router.name} ${address}`,
      cells: [
        <code key="address">{address}</code>,
        router.name,
        router.id,
        router.addressInterface,
        owner(router, status),
        <Since key="since" at={router.since} />,
        ...(several ? [router.priority] : []),
      ],
    })),
  );
  const [first] = status.routers;
  return (
    <Panel title="Virtual addresses" width="half">
      <Table
        caption="Virtual addresses"
        columns={['Address', 'Router', 'VRID', 'Interface', 'Owner', 'Since', ...(several ? ['Priority'] : [])]}
        rows={rows}
      />
      {first === undefined ? null : (
        <p className="t-dim">
          {first.state === 'active'
            ? `Advertising every ${duration(first.advertIntervalMs)}.`
            : status.eligible
              ? `Listening: without an advert for ${duration(first.masterDownMs)} this instance takes over.`
              : 'This instance takes nothing over as it is.'}
        </p>
      )}
    </Panel>
  );
}
