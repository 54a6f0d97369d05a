/** The sessions of the stack, live ones first, and how to end them. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { SessionList, SessionView } from '../../../../core/api/sessions.ts';
import { ask, read } from '../../api/client.ts';
import { useRefusal } from '../../api/session.tsx';
import { ActButton } from '../../parts/act-button.tsx';
import { Waiting } from '../../parts/blank.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Moment } from '../../parts/time.tsx';
import { WordText } from '../../parts/word.tsx';
import { count, span } from '../../words/format.ts';
import { SURVIVES, endText, featureText, stateWord } from './words.ts';

const EVERY_MS = 3000;

/** One session, or all that live. */
type Killing = { readonly one: SessionView } | 'all';

export function SessionTable(): ReactNode {
  const query = useQuery({
    queryKey: ['sessions'],
    queryFn: () => read<SessionList>('/sessions'),
    refetchInterval: EVERY_MS,
  });
  const refusal = useRefusal('operator');
  const [killing, setKilling] = useState<Killing | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);

  async function kill(what: Killing): Promise<void> {
    const answer =
      what === 'all'
        ? await ask('POST', '/sessions/kill', { body: { all: true } })
        : await ask('DELETE', `/sessions/${encodeURIComponent(what.one.id)}`);
    setTrouble(answer.ok ? null : answer.problem.text);
    setKilling(null);
    void query.refetch();
  }

  const sessions = query.data?.sessions ?? [];
  const live = sessions.filter(({ state }) => state !== 'ended');
  const ordered = [...live, ...sessions.filter(({ state }) => state === 'ended').toReversed()];
  const lame = query.data?.trouble ?? '';
  return (
    <Panel
      title="Sessions of the stack"
      note={`${count(live.length, 'live session')}; those that ended stay for an hour`}
      actions={
        live.length === 0 ? null : (
          <ActButton why={refusal} onAct={() => setKilling('all')}>
            Kill all…
          </ActButton>
        )
      }
    >
      {lame === '' ? null : (
        <p role="alert" className="t-danger t-strong">
          Not in effect on this instance: {lame}
        </p>
      )}
      {trouble === null ? null : (
        <p role="alert" className="t-danger t-strong">
          {trouble}
        </p>
      )}
      {query.isError ? (
        <p role="alert" className="t-danger t-strong">
          {query.error.message}
        </p>
      ) : query.isPending ? (
        <Waiting />
      ) : ordered.length === 0 ? (
        <p className="t-dim">There is none. On the appliance: tandem sessions start TARGET</p>
      ) : (
        <Table
          caption="Sessions of the stack"
          columns={[
            'Session',
            'Target',
            'State',
            'Features',
            'Survives a failover',
            'Led by',
            'Started',
            'Ends',
            'Action',
          ]}
          rows={ordered.map((session) => ({
            key: session.id,
            dim: session.state === 'ended',
            cells: cells(session, refusal, () => setKilling({ one: session })),
          }))}
        />
      )}
      {killing === null ? null : (
        <Dialog
          title={killing === 'all' ? `Kill ${count(live.length, 'session')}?` : `Kill session ${killing.one.id}?`}
          verb={killing === 'all' ? 'Kill all' : 'Kill session'}
          danger
          onAct={() => void kill(killing)}
          onClose={() => setKilling(null)}
        >
          <p>
            {killing === 'all' ? 'What they do for their targets' : `What it does for ${killing.one.target}`} ends at
            once, on every instance. It cannot be taken back: start a new session.
          </p>
        </Dialog>
      )}
    </Panel>
  );
}

function cells(session: SessionView, refusal: string | null, onKill: () => void): readonly ReactNode[] {
  const { id, target, features, sources, notHa, home, takeovers, startedAt, by, elapsedMs, policy, state } = session;
  return [
    <code key="id">{id}</code>,
    <code key="target">{target}</code>,
    <WordText key="state" word={stateWord(session)} />,
    `${features.map((feature) => featureText(feature, sources)).join(', ')}${policy === null ? '' : ` (policy ${policy.name}, version ${policy.version})`}`,
    <span key="ha">
      <WordText word={SURVIVES[notHa.length === 0 ? 'yes' : 'no']} />
      {notHa.length === 0 ? '' : `: ${notHa.join(', ')}`}
    </span>,
    takeovers === 0 ? home : `${home} (taken over ${takeovers === 1 ? 'once' : `${takeovers} times`})`,
    <span key="started">
      <Moment at={startedAt} /> by {by}, {span(elapsedMs)}
    </span>,
    endText(session),
    state === 'ended' ? (
      ''
    ) : (
      <ActButton key="kill" variant="link" why={refusal} onAct={onKill}>
        Kill…
      </ActButton>
    ),
  ];
}
