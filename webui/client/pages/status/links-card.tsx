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
    <span className={up ? 't-port t-good' : 't-port t-danger'}>
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
          columns={['Pair', 'Outside', 'Inside', 'State']}
          rows={links.pairs.map((pair) => ({
            key: pair.name,
            cells: [
              pair.name,
              <Port key="outside" name={pair.outsideInterface} up={pair.outside} />,
              <Port key="inside" name={pair.insideInterface} up={pair.inside} />,
              // A column of its own for the time would not fit into a third of the page.
              <span key="state">
                <WordText word={PAIR[pair.state]} />{' '}
                <span className="t-dim t-small">
                  for <Since at={pair.since} />
                </span>
              </span>,
            ],
          }))}
        />
      )}
    </Panel>
  );
}
