/** Which page belongs to which path, and who may see it. */
import { lazy, Suspense, useEffect } from 'react';
import type { ReactNode } from 'react';
import { useAccess } from './api/session.tsx';
import { LiveProvider, useLive } from './live/live.tsx';
import { Blank, Waiting } from './parts/blank.tsx';
import { Frame } from './parts/frame.tsx';
import { Ha } from './pages/ha.tsx';
import type { Tab } from './pages/ha.tsx';
import { Instances } from './pages/instances.tsx';
import { Login, LoginAgain } from './pages/login.tsx';
import { Link, go, usePath } from './router.tsx';

const Alerts = lazy(async () => ({ default: (await import('./pages/alerts.tsx')).Alerts }));
const AccessPage = lazy(async () => ({ default: (await import('./pages/access.tsx')).AccessPage }));
const Sessions = lazy(async () => ({ default: (await import('./pages/sessions.tsx')).Sessions }));
const About = lazy(async () => ({ default: (await import('./pages/about.tsx')).About }));

export function App(): ReactNode {
  const { session, retry } = useAccess();
  if (session.kind === 'asking') return <Waiting />;
  if (session.kind === 'none') return <Login />;
  if (session.kind === 'unreachable')
    return (
      <main className="t-login">
        <Blank
          shape="✕"
          title="The manager does not answer."
          action={
            <button type="button" onClick={retry}>
              Try again
            </button>
          }
        >
          Failover does not depend on it. On the appliance: systemctl status tandem-manager
        </Blank>
      </main>
    );
  return (
    <LiveProvider key={session.view.user}>
      <Frame>
        <Suspense fallback={<Waiting lines={8} />}>
          <Places />
        </Suspense>
      </Frame>
      {session.kind === 'expired' ? <LoginAgain user={session.view.user} /> : null}
    </LiveProvider>
  );
}

const HA = /^\/stack\/instances\/([^/]+)(?:\/ha(?:\/(settings|events))?)?$/;

function Places(): ReactNode {
  const path = usePath().split('?', 1)[0] ?? '/';
  const { snapshot } = useLive().state;
  const self = snapshot?.status?.instance;
  useEffect(() => {
    document.title = `Tandem${self === undefined ? '' : ` – ${self}`}`;
    // The first page: what one came for.
    if ((path === '/' || path === '/login') && self !== undefined) go(`/stack/instances/${self}/ha`, true);
  }, [path, self]);
  const ha = HA.exec(path);
  if (ha !== null) return <Ha instance={decodeURIComponent(ha[1] ?? '')} tab={(ha[2] ?? 'status') as Tab} />;
  switch (path) {
    case '/':
    case '/login':
    case '/stack':
    case '/stack/instances':
      return <Instances />;
    case '/stack/sessions':
      return <Sessions />;
    case '/stack/alerts':
      return <Alerts />;
    case '/stack/access':
      return <AccessPage />;
    case '/stack/about':
      return <About />;
    default:
      return (
        <Blank shape="?" title="There is no such page." action={<Link to="/stack/instances">All instances</Link>}>
          {path}
        </Blank>
      );
  }
}
