/** The link pairs: both ports of each, and how many have to be up. */
import type { ReactNode } from 'react';
import type { Snapshot } from '../../../../core/api/stack.ts';
import type { LinksStatus } from '../../../../core/status.ts';
import { Blank } from '../../parts/blank.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Since } from '../../parts/time.tsx';
import { WordText } from '../../parts/word.tsx';
import { rate } from '../../words/format.ts';
import { PAIR } from '../../words/words.ts';

interface PortProps {
  readonly name: string;
  readonly up: boolean;
  readonly since: string;
  /** Bits per second. */
  readonly speed: number | undefined;
}

function Port({ name, up, since, speed }: PortProps): ReactNode {
  return (
    <>
      <span className={up ? 't-good' : 't-danger'}>
        <span aria-hidden="true">{up ? '●' : '○'}</span> {name}
      </span>{' '}
      {up ? (speed === undefined ? 'up' : rate(speed)) : 'no carrier'}
      <br />
      <span className="t-dim">
        for <Since at={since} />
      </span>
    </>
  );
}

interface Props {
  readonly links: LinksStatus;
  readonly speeds: Snapshot['linkSpeeds'];
}

export function LinksCard({ links, speeds }: Props): ReactNode {
  return (
    <Panel title="Link pairs" note={`${links.active} active · ${links.minimum} required`} width="third">
      {links.pairs.length === 0 ? (
        <Blank shape="–" title="No link pair is configured." />
      ) : (
        <Table
          caption="Link pairs"
          columns={['Pair', 'Outside', 'Inside', 'State', 'Since']}
          rows={links.pairs.map((pair) => ({
            key: pair.name,
            cells: [
              pair.name,
              <Port
                key="outside"
                name={pair.outsideInterface}
                up={pair.outside}
                since={pair.outsideSince}
                speed={speeds[pair.outsideInterface]}
              />,
              <Port
                key="inside"
                name={pair.insideInterface}
                up={pair.inside}
                since={pair.insideSince}
                speed={speeds[pair.insideInterface]}
              />,
              <WordText key="state" word={PAIR[pair.state]} />,
              <Since key="since" at={pair.since} />,
            ],
          }))}
        />
      )}
    </Panel>
  );
}
