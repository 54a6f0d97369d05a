/** The hardware bypass: what it reads back, by whom it is engaged. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Note } from '../../../../core/api/stack.ts';
import type { Status, WatchdogStatus } from '../../../../core/status.ts';
import { useRefusal } from '../../api/session.tsx';
import { BypassDialog } from '../../dialogs/bypass.tsx';
import { ActButton } from '../../parts/act-button.tsx';
import { Blank } from '../../parts/blank.tsx';
import { useOutOfTouch } from '../../parts/freshness.tsx';
import { Facts, Panel } from '../../parts/panel.tsx';
import { Moment, Since } from '../../parts/time.tsx';
import { WordLabel } from '../../parts/word.tsx';
import { duration } from '../../words/format.ts';
import { BYPASS, BYPASS_BY, POWER_OFF } from '../../words/words.ts';

/** Whether the card engages by itself when nobody feeds it. */
function Watchdog({ watchdog }: { readonly watchdog: WatchdogStatus | null }): ReactNode {
  if (watchdog === null) return 'none';
  const { armed, timeMs, fedAt } = watchdog;
  return (
    <>
      {duration(timeMs)}, {armed ? 'armed' : 'not armed'}
      {fedAt === null ? null : (
        <>
          , fed <Since at={fedAt} /> ago
        </>
      )}
    </>
  );
}

interface Props {
  readonly status: Status;
  /** What whoever engaged it has to say. */
  readonly note: Note | null;
}

export function BypassCard({ status, note }: Props): ReactNode {
  const [open, setOpen] = useState(false);
  const refusal = useRefusal('operator');
  const old = useOutOfTouch();
  const { bypass } = status;
  const engaged = bypass.state === 'bypass';
  return (
    <Panel title="Hardware bypass" width="third">
      {bypass.state === 'notFitted' ? (
        <Blank shape="–" title="Not fitted">
          {bypass.detail === '' ? 'No bypass driver is configured: bypass.driver is none.' : bypass.detail}
        </Blank>
      ) : (
        <>
          <WordLabel word={BYPASS[bypass.state]} large />
          {engaged ? <p className="t-danger t-strong">Traffic passes uninspected.</p> : null}
          {bypass.reason === null ? null : (
            <p className="t-danger" data-testid="bypass-reason">
              {engaged ? 'Why' : 'To be engaged'}: {bypass.reason.text}
              {bypass.reasonSince === null ? null : (
                <>
                  , since <Moment at={bypass.reasonSince} />
                </>
              )}
              .
              {note === null ? null : (
                <>
                  {' '}
                  <q>{note.text}</q>
                </>
              )}
            </p>
          )}
          <Facts
            facts={[
              ['Driver', bypass.driver],
              ['Commanded', bypass.commanded === null ? '–' : BYPASS[bypass.commanded].text.toLowerCase()],
              ...(bypass.by === null ? [] : ([['By', BYPASS_BY[bypass.by]]] as const)),
              ...(bypass.since === null
                ? []
                : ([['Reads so since', <Moment key="since" at={bypass.since} />]] as const)),
              ['Without power', bypass.powerOff === null ? 'not known' : POWER_OFF[bypass.powerOff]],
              ['Watchdog', <Watchdog key="watchdog" watchdog={bypass.watchdog} />],
              [
                'If no instance is eligible',
                bypass.holder ? 'this instance engages' : 'another instance engages, or none',
              ],
            ]}
          />
          {bypass.detail === '' ? null : <p className="t-danger">{bypass.detail}</p>}
          {bypass.latched ? <p className="t-danger">Latched: only an operator releases it.</p> : null}
          <ActButton variant={engaged ? 'primary' : 'secondary'} onAct={() => setOpen(true)} why={refusal ?? old}>
            {engaged ? 'Release bypass…' : 'Engage bypass…'}
          </ActButton>
        </>
      )}
      {open ? <BypassDialog status={status} onClose={() => setOpen(false)} /> : null}
    </Panel>
  );
}
