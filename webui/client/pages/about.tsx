/** Stack > About: versions, the machine, diagnostics, drills, snapshots, the support bundle. */
import type { ReactNode } from 'react';
import { useLive } from '../live/live.tsx';
import { Facts, Panel } from '../parts/panel.tsx';
import { useRefusal } from '../api/session.tsx';
import { Moment } from '../parts/time.tsx';
import { duration } from '../words/format.ts';
import { Doctor } from './about/doctor.tsx';
import { Drills } from './about/drills.tsx';
import { Host } from './about/host.tsx';
import { Snapshots } from './about/snapshots.tsx';

export function About(): ReactNode {
  const { snapshot } = useLive().state;
  const status = snapshot?.status;
  const refusal = useRefusal('operator');
  return (
    <>
      <h1 className="t-title">About and diagnostics</h1>
      <div className="t-cards">
        {status === null || status === undefined ? null : (
          <Panel title="Tandem" width="half">
            <Facts
              facts={[
                ['Version', status.version],
                ['Instance', `${status.instance} of stack ${status.stack}`],
                ['Configuration', status.configuration.hash.slice(0, 12)],
                ['Loaded', <Moment key="loaded" at={status.configuration.loadedAt} />],
                [
                  'Processes',
                  Object.entries(status.processes)
                    .map(([name, pid]) => `${name} ${pid ?? 'not running'}`)
                    .join(' · '),
                ],
                [
                  'Real time',
                  status.realtime.scheduling ? 'yes' : 'no: the system does not permit it, or it is switched off',
                ],
                ['Memory locked', status.realtime.memoryLocked ? 'yes' : 'no'],
                [
                  'Lateness of adverts',
                  `median ${duration(status.lateness.p50)}, 99 % within ${duration(status.lateness.p99)}, worst ${duration(status.lateness.worst)} in the last minute`,
                ],
              ]}
            />
            {status.configuration.warnings.map((text) => (
              <p key={text} className="t-warning">
                ! {text}
              </p>
            ))}
            <p>
              {refusal === null ? (
                <a href="/api/v1/support-bundle" download>
                  Download the support bundle
                </a>
              ) : (
                <span className="t-dim">Support bundle: {refusal}</span>
              )}{' '}
              · <a href="/api/docs">API</a> · <a href="/metrics">Metrics</a>
            </p>
          </Panel>
        )}
        <Host />
        <Doctor />
        <Drills />
        <Snapshots />
      </div>
    </>
  );
}
