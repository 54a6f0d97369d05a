/** Previous versions of the configuration file, each of which can be put back. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { VersionList } from '../../../../core/api/rest.ts';
import type { ConfigVersion, SettingsView } from '../../../../core/api/settings.ts';
import { ask, read } from '../../api/client.ts';
import { useRefusal } from '../../api/session.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Moment } from '../../parts/time.tsx';
import { bytes } from '../../words/format.ts';

export function Versions({ view }: { readonly view: SettingsView }): ReactNode {
  const versions = useQuery({
    queryKey: ['settings', 'versions'],
    queryFn: () => read<VersionList>('/settings/versions'),
  });
  const [chosen, setChosen] = useState<ConfigVersion | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const queries = useQueryClient();
  const refusal = useRefusal('admin');

  async function restore({ id }: ConfigVersion): Promise<void> {
    const answer = await ask('POST', '/settings/restore', { body: { id }, ifMatch: view.revision });
    if (!answer.ok)
      return setTrouble([answer.problem.text, ...answer.problem.problems.map(({ message }) => message)].join('; '));
    setChosen(null);
    await queries.invalidateQueries({ queryKey: ['settings'] });
  }

  const list = versions.data?.versions ?? [];
  return (
    <Panel title="Previous versions" note="the last ten are kept">
      {list.length === 0 ? (
        <p className="t-dim">{versions.isPending ? 'Loading …' : 'The file was not changed from here yet.'}</p>
      ) : (
        <Table
          caption="Previous versions of the configuration file"
          columns={['Replaced', 'By', 'Size', 'Revision', 'Action']}
          rows={list.map((version) => ({
            key: version.id,
            cells: [
              <Moment key="at" at={version.at} />,
              version.by ?? '?',
              bytes(version.bytes),
              version.revision.slice(0, 8),
              refusal === null ? (
                <Button key="restore" variant="link" isInline onClick={() => setChosen(version)}>
                  Restore…
                </Button>
              ) : (
                <span key="restore" className="t-dim">
                  {refusal}
                </span>
              ),
            ],
          }))}
        />
      )}
      {chosen === null ? null : (
        <Dialog
          title="Put this version back?"
          verb="Restore"
          onAct={() => void restore(chosen)}
          onClose={() => {
            setChosen(null);
            setTrouble(null);
          }}
        >
          <p>
            The whole file of <Moment at={chosen.at} /> replaces the present one, which is kept as a version too. It is
            checked first, and taken up without losing any address that it still has.
          </p>
          {trouble === null ? null : (
            <p role="alert" className="t-danger t-strong">
              {trouble}
            </p>
          )}
        </Dialog>
      )}
    </Panel>
  );
}
