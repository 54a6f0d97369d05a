/** HA > Status: everything at a glance, the loudest first. */
import type { ReactNode } from 'react';
import { useLive } from '../../live/live.tsx';
import { Blank, Waiting } from '../../parts/blank.tsx';
import { Link } from '../../router.tsx';
import { AddressesCard } from './addresses-card.tsx';
import { BandwidthCard } from './bandwidth-card.tsx';
import { BypassCard } from './bypass-card.tsx';
import { EventsCard } from './events-card.tsx';
import { FlapsCard } from './flaps-card.tsx';
import { HeadlineCard } from './headline-card.tsx';
import { InstancesCard } from './instances-card.tsx';
import { LinksCard } from './links-card.tsx';
import { PeersCard } from './peers-card.tsx';
import { TracksCard } from './tracks-card.tsx';

export function StatusTab(): ReactNode {
  const { snapshot } = useLive().state;
  if (snapshot === null) return <Waiting lines={10} />;
  const { status } = snapshot;
  if (status === null)
    return (
      <Blank shape="◌" title="The engine has not answered yet.">
        {snapshot.engine.error ?? 'It is being started.'}
      </Blank>
    );
  return (
    <div className="t-cards">
      <HeadlineCard snapshot={snapshot} status={status} />
      {status.mode === 'off' ? (
        <Blank
          shape="■"
          title={`HA is off on ${status.instance}. It runs alone and owns its addresses.`}
          action={<Link to={`/stack/instances/${status.instance}/ha/settings`}>Set up HA</Link>}
        />
      ) : null}
      <InstancesCard snapshot={snapshot} status={status} />
      <AddressesCard status={status} />
      <PeersCard status={status} />
      <LinksCard links={status.links} speeds={snapshot.linkSpeeds} />
      <FlapsCard status={status} />
      <BypassCard status={status} note={snapshot.bypassNote} />
      {status.tracks.length === 0 ? null : <TracksCard tracks={status.tracks} />}
      <BandwidthCard status={status} />
      <EventsCard instance={status.instance} />
    </div>
  );
}
