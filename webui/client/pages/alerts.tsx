/** Stack > Alerts: who is told, whether they hear, and a test for each. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { SinkView, TestResult } from '../../../core/api/alerts.ts';
import type { AlertTestResults, SinkList } from '../../../core/api/rest.ts';
import { ask, read } from '../api/client.ts';
import { useRefusal } from '../api/session.tsx';
import { ActButton } from '../parts/act-button.tsx';
import { Blank, Waiting } from '../parts/blank.tsx';
import { Panel } from '../parts/panel.tsx';
import { Table } from '../parts/table.tsx';
import { Moment } from '../parts/time.tsx';
import { WordText } from '../parts/word.tsx';
import type { Word } from '../words/words.ts';

const STATE: Readonly<Record<SinkView['state'], Word>> = {
  ok: { text: 'Ok', shape: '✓', tone: 'good' },
  failing: { text: 'Failing', shape: '✕', tone: 'danger' },
  idle: { text: 'Nothing sent yet', shape: '◌', tone: 'neutral' },
};

const KIND: Readonly<Record<SinkView['kind'], string>> = {
  syslog: 'Syslog',
  trap: 'SNMP notifications',
  webhook: 'Webhook',
  agent: 'SNMP agent',
};

export function Alerts(): ReactNode {
  const sinks = useQuery({ queryKey: ['alerts'], queryFn: () => read<SinkList>('/alerts'), refetchInterval: 5000 });
  const [results, setResults] = useState<readonly TestResult[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [testing, setTesting] = useState(false);
  const refusal = useRefusal('operator');

  async function test(sink: string | null): Promise<void> {
    setTesting(true);
    setTrouble(null);
    const answer = await ask<AlertTestResults>('POST', '/alerts/test', { body: { sink } });
    setTesting(false);
    if (answer.ok) setResults(answer.value.results);
    else setTrouble(answer.problem.text);
    void sinks.refetch();
  }

  const list = sinks.data?.sinks ?? [];
  return (
    <>
      <h1 className="t-title">Alerts</h1>
      <Panel
        title="Receivers"
        note="as configured under alerts in the file"
        actions={
          <ActButton
            why={refusal ?? (list.length === 0 ? 'no receiver is configured' : testing ? 'testing' : null)}
            onAct={() => void test(null)}
          >
            Test all
          </ActButton>
        }
      >
        {sinks.isPending ? <Waiting /> : null}
        {sinks.isError ? <Blank shape="✕" title={sinks.error.message} /> : null}
        {!sinks.isPending && list.length === 0 && !sinks.isError ? (
          <Blank shape="–" title="Nobody is told.">
            Add syslog servers, SNMP managers or webhooks under <code>alerts</code> in the configuration file. The
            journal is kept all the same.
          </Blank>
        ) : null}
        {list.length === 0 ? null : (
          <Table
            caption="Receivers of alerts"
            columns={['Receiver', 'Kind', 'State', 'Waiting', 'Sent', 'Dropped', 'Last sent', 'Last error', 'Test']}
            rows={list.map((sink) => ({ key: sink.id, cells: cells(sink) }))}
          />
        )}
        {trouble === null ? null : (
          <p role="alert" className="t-danger t-strong">
            {trouble}
          </p>
        )}
        <div role="status">
          {results.length === 0 ? null : (
            <ul className="t-list" data-testid="test-results">
              {results.map(({ sink, ok, text }) => (
                <li key={sink} className={ok ? 't-good' : 't-danger'}>
                  <span aria-hidden="true">{ok ? '✓' : '✕'}</span> {sink}: {text}
                </li>
              ))}
            </ul>
          )}
        </div>
      </Panel>
    </>
  );

  function cells(sink: SinkView): readonly ReactNode[] {
    return [
      <code key="id">{sink.target}</code>,
      `${KIND[sink.kind]} · ${sink.detail}`,
      <WordText key="state" word={STATE[sink.state]} />,
      sink.queued,
      sink.sent,
      sink.dropped === 0 ? '0' : <strong className="t-danger">{sink.dropped}</strong>,
      sink.lastSentAt === null ? '–' : <Moment key="sent" at={sink.lastSentAt} />,
      sink.lastError ?? '–',
      refusal === null && sink.kind !== 'agent' ? (
        <Button key="test" variant="link" isInline isDisabled={testing} onClick={() => void test(sink.id)}>
          Test
        </Button>
      ) : (
        '–'
      ),
    ];
  }
}
