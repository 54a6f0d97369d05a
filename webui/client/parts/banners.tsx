/** What every page says above everything else, loudest first, with a cause and what to do. */
import { Alert } from '@patternfly/react-core/dist/esm/components/Alert/index.js';
import type { ReactNode } from 'react';
import type { Headline, Snapshot } from '../../../core/api/stack.ts';
import { useLive, useNow } from '../live/live.tsx';
import { clock, sentence, span } from '../words/format.ts';
import { Link } from '../router.tsx';
import { Connected } from './connected.tsx';

export function Banners(): ReactNode {
  const { state } = useLive();
  const { snapshot, contact } = state;
  return (
    <div className="t-banners">
      <Connected />
      {contact === 'disconnected' ? <Lost /> : null}
      {contact === 'delayed' ? (
        <Alert
          isInline
          variant="warning"
          title="Delayed: live updates are blocked on the way; asking every 2 s instead."
        />
      ) : null}
      {snapshot === null ? null : (
        <>
          {snapshot.engine.reachable ? null : (
            <EngineGone error={snapshot.engine.error} since={snapshot.engine.since} at={snapshot.statusAt} />
          )}
          {problemsOf(snapshot).map(({ severity, text, advice }) => (
            <Alert key={text} isInline variant={severity === 'critical' ? 'danger' : 'warning'} title={sentence(text)}>
              {advice}
            </Alert>
          ))}
          {snapshot.fileError === null ? null : (
            <Alert
              isInline
              variant="warning"
              title="The configuration file cannot be used; the last good one is running."
            >
              <code>{snapshot.fileError}</code>
            </Alert>
          )}
          <MaintenanceStripe />
          <PeersInMaintenance />
        </>
      )}
    </div>
  );
}

/** Without what has a banner of its own, which counts on. */
function problemsOf({ headline, engine, fileError }: Snapshot): Headline['problems'] {
  return headline.problems.filter(
    ({ text }) =>
      (engine.reachable || !text.startsWith(engine.error ?? 'the engine does not answer')) &&
      (fileError === null || !text.includes(fileError)),
  );
}

function Lost(): ReactNode {
  const { state } = useLive();
  const now = useNow();
  const since = state.lostAt === null ? '' : ` ${span(now - state.lostAt)} ago`;
  const from = state.heardAt === null ? '' : ` What you see is from ${clock(new Date(state.heardAt).toISOString())}.`;
  return (
    <Alert isInline variant="danger" title={`Disconnected${since}.${from}`}>
      The manager does not answer. Trying again every 2 s; nothing can be changed from here meanwhile.
    </Alert>
  );
}

function EngineGone({
  error,
  since,
  at,
}: {
  readonly error: string | null;
  readonly since: string;
  readonly at: string | null;
}): ReactNode {
  const now = useNow();
  const from = at === null ? '' : ` What you see is from ${clock(at)}.`;
  return (
    <Alert isInline variant="danger" title={`The engine has not answered for ${span(now - Date.parse(since))}.${from}`}>
      {error ?? 'No answer.'} Failover does not depend on this page. If it stays so, see whether the daemon runs:
      systemctl status tandem.
    </Alert>
  );
}

/** Striped on every page, with who, when, until when, and why if they said so. */
function MaintenanceStripe(): ReactNode {
  const { state } = useLive();
  const status = state.snapshot?.status;
  if (status === null || status === undefined || status.maintenance === null) return null;
  const { by, since, until } = status.maintenance;
  const note = state.snapshot?.maintenanceNote;
  const end =
    until === null
      ? 'until somebody leaves it'
      : until === 'reboot'
        ? 'until the next reboot'
        : `until ${clock(until)}`;
  return (
    <div className="t-stripe" role="note">
      <strong>{status.instance} is in maintenance</strong> by {by}, since {clock(since)}, {end}.
      {note === null || note === undefined ? null : (
        <>
          {' '}
          <q>{note.text}</q>
          {note.by === by ? '' : ` (${note.by})`}
        </>
      )}{' '}
      <Link to={`/stack/instances/${status.instance}/ha`}>Leave</Link>
    </div>
  );
}

/** As they report themselves; they are left on their own page. */
function PeersInMaintenance(): ReactNode {
  const { state } = useLive();
  return state.snapshot?.instances
    .filter(({ self, role }) => !self && role === 'maintenance')
    .map(({ name, since }) => (
      <div key={name} className="t-stripe" role="note">
        <strong>{name} is in maintenance</strong>
        {since === null ? '' : `, since ${clock(since)}`}, as it reports itself.
      </div>
    ));
}
