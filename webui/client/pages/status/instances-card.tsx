/** The instances side by side: role, priority, and whether their settings and versions are the same. */
import type { ReactNode } from 'react';
import type { Snapshot } from '../../../../core/api/stack.ts';
import type { Status } from '../../../../core/status.ts';
import { Facts, Panel } from '../../parts/panel.tsx';
import { WordLabel } from '../../parts/word.tsx';
import { span } from '../../words/format.ts';
import { ROLE } from '../../words/words.ts';

const short = (hash: string | null): string => hash?.slice(0, 4) ?? '?';

export function InstancesCard({
  snapshot,
  status,
}: {
  readonly snapshot: Snapshot;
  readonly status: Status;
}): ReactNode {
  return (
    <Panel title="Instances" width="half">
      <div className="t-instances">
        {snapshot.instances.map((one) => {
          const lost = !one.self && one.role === 'unknown';
          const sameConfig = one.configurationHash === status.configuration.hash;
          const sameVersion = one.version === status.version;
          return (
            <div key={one.name} className={lost ? 't-instance t-old' : 't-instance'}>
              <h3>
                {one.name}
                {one.self ? ' (this)' : ''}
              </h3>
              <WordLabel word={ROLE[one.role]} />
              {lost ? (
                <p className="t-dim">{one.ageMs === null ? 'never seen' : `last heard ${span(one.ageMs)} ago`}</p>
              ) : (
                <>
                  <Facts
                    facts={[
                      ...(one.self && status.routers.length > 0
                        ? ([
                            ['Priority', [...new Set(status.routers.map(({ priority }) => priority))].join(', ')],
                          ] as const)
                        : []),
                      ['Preferred', one.primary === null ? '?' : one.primary ? 'primary' : 'no'],
                      [
                        'Configuration',
                        one.self || sameConfig
                          ? `✓ ${short(one.configurationHash)}`
                          : `✕ differs: ${short(one.configurationHash)}`,
                      ],
                      ['Version', `${one.self || sameVersion ? '✓' : '✕'} ${one.version ?? '?'}`],
                    ]}
                  />
                  {one.self ? null : <p className="t-dim t-small">as reported by {one.name}</p>}
                </>
              )}
            </div>
          );
        })}
      </div>
      {status.peers.length === 0 ? <p className="t-dim">No peer is configured: plain VRRP decides.</p> : null}
    </Panel>
  );
}
