/** Stack > Instances > (instance) > HA: three tabs on one subject. */
import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core/dist/esm/components/Breadcrumb/index.js';
import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import { useLive } from '../live/live.tsx';
import { Waiting } from '../parts/blank.tsx';
import { follow, go } from '../router.tsx';
import { Elsewhere } from './elsewhere.tsx';
import { StatusTab } from './status/status.tsx';

const SettingsTab = lazy(async () => ({ default: (await import('./settings/settings.tsx')).SettingsTab }));
const EventsTab = lazy(async () => ({ default: (await import('./events/events.tsx')).EventsTab }));

export type Tab = 'status' | 'settings' | 'events';

const TABS: readonly { readonly tab: Tab; readonly text: string; readonly path: string }[] = [
  { tab: 'status', text: 'Status', path: '' },
  { tab: 'settings', text: 'Settings', path: '/settings' },
  { tab: 'events', text: 'Events', path: '/events' },
];

export function Ha({ instance, tab }: { readonly instance: string; readonly tab: Tab }): ReactNode {
  const { snapshot } = useLive().state;
  const base = `/stack/instances/${encodeURIComponent(instance)}/ha`;
  const self = snapshot?.status?.instance;
  return (
    <>
      <Breadcrumb>
        <BreadcrumbItem>Stack</BreadcrumbItem>
        <BreadcrumbItem to="/stack/instances" onClick={(event) => follow('/stack/instances')(event)}>
          Instances
        </BreadcrumbItem>
        <BreadcrumbItem>
          <Selector instance={instance} path={TABS.find((one) => one.tab === tab)?.path ?? ''} />
        </BreadcrumbItem>
        <BreadcrumbItem isActive>HA</BreadcrumbItem>
      </Breadcrumb>
      <h1 className="t-title">High availability of {instance}</h1>
      <nav className="t-tabs" aria-label="HA">
        {TABS.map(({ tab: one, text, path }) => (
          <a key={one} href={base + path} onClick={follow(base + path)} aria-current={one === tab ? 'page' : undefined}>
            {text}
          </a>
        ))}
      </nav>
      {self !== undefined && self !== instance ? (
        <Elsewhere instance={instance} self={self} />
      ) : (
        <Suspense fallback={<Waiting lines={8} />}>
          {tab === 'status' ? <StatusTab /> : tab === 'settings' ? <SettingsTab /> : <EventsTab />}
        </Suspense>
      )}
    </>
  );
}

interface SelectorProps {
  readonly instance: string;
  /** Of this tab: it stays when the subject changes. */
  readonly path: string;
}

/** Switches the subject. */
function Selector({ instance, path }: SelectorProps): ReactNode {
  const known = useLive().state.snapshot?.instances.map(({ name }) => name) ?? [];
  const names = known.includes(instance) ? known : [...known, instance];
  if (names.length < 2) return instance;
  return (
    <select
      className="t-selector"
      aria-label="Instance"
      value={instance}
      onChange={({ target }) => go(`/stack/instances/${encodeURIComponent(target.value)}/ha${path}`)}
    >
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
