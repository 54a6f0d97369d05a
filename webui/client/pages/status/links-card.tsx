/** The link pairs: both ports of each, and how many have to be up. */
import type { ReactNode } from 'react';
import type { LinksStatus } from '../../../../core/status.ts';
import { Blank } from '../../parts/blank.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Since } from '../../parts/time.tsx';
import { WordText } from '../../parts/word.tsx';
import { PAIR } from '../../words/words.ts';

function Port({ name, up }: { readonly name: string; readonly up: boolean }): ReactNode {
  return (
    <span className={up ? 't-good' : 't-danger'}>
      <span aria-hidden="true">{up ? '●' : '○'}</span> {name} {up ? '' : <span>no carrier</span>}
    </span>
  );
}

export function LinksCard({ links }: { readonly links: LinksStatus }): ReactNode {
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
              <Port key="outside" name={pair.outsideInterface} up={pair.outside} />,
              <Port key="inside" name={pair.insideInterface} up={pair.inside} />,
              <WordText key="state" word={PAIR[pair.state]} />,
              <Since key="since" at={pair.since} />,
            ],
          }))}
        />
      )}
    </Panel>
  );
}
