/** Another instance than the one that this page speaks for: what it reports of itself, and how to come to its own page. */
import type { ReactNode } from 'react';
import type { InstanceView } from '../../../core/api/stack.ts';
import { useLive } from '../live/live.tsx';
import { Blank } from '../parts/blank.tsx';
import { Facts, Panel } from '../parts/panel.tsx';
import { Since } from '../parts/time.tsx';
import { WordText } from '../parts/word.tsx';
import { Link } from '../router.tsx';
import { span } from '../words/format.ts';
import { BYPASS, ROLE } from '../words/words.ts';

/** The address may have moved to another instance meanwhile, too. */
export function Elsewhere({ instance, self }: { readonly instance: string; readonly self: string }): ReactNode {
  const { snapshot } = useLive().state;
  const found = snapshot?.instances.find(({ name }) => name === instance);
  return (
    <>
      <Blank
        shape="⇄"
        title={`You are connected to ${self}, not to ${instance}.`}
        action={<Link to={`/stack/instances/${self}/ha`}>Show {self}</Link>}
      >
        Each instance shows and changes itself alone. Open {instance} by its own management address.
      </Blank>
      {found === undefined ? null : <Report of={found} />}
    </>
  );
}

function Report({ of }: { readonly of: InstanceView }): ReactNode {
  const { name, role, since, reason, eligible, faults, bypass, version, ageMs } = of;
  const age = ageMs === null ? 'never seen' : `${span(ageMs)} ago`;
  if (role === 'unknown')
    return (
      <Panel title={name} note={`last heard: ${age}`}>
        <WordText word={ROLE.unknown} /> What it said before may be true no more.
      </Panel>
    );
  return (
    <Panel title={name} note={`as reported by ${name}, ${age}`}>
      <Facts
        facts={[
          ['Role', <WordText key="role" word={ROLE[role]} />],
          ...(since === null ? [] : ([['Since', <Since key="since" at={since} />]] as const)),
          ['Why', reason ?? '?'],
          ['Eligible', eligible === null ? '?' : eligible ? 'yes' : 'no'],
          ['Link pairs', `${of.linksActive ?? '?'} active · ${of.linksMinimum ?? '?'} required`],
          ['Bypass', bypass === null ? '?' : <WordText key="bypass" word={BYPASS[bypass]} />],
          ['Version', version ?? '?'],
          ...(faults.length === 0 ? [] : ([['Faults', faults.join('; ')]] as const)),
        ]}
      />
    </Panel>
  );
}
