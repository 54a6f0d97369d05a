/** One sentence: who is active, why, what may still be lost; and what one can do about it. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { Card, CardBody } from '@patternfly/react-core/dist/esm/components/Card/index.js';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Snapshot } from '../../../../core/api/stack.ts';
import type { Status } from '../../../../core/status.ts';
import { ask } from '../../api/client.ts';
import { useRefusal } from '../../api/session.tsx';
import { MaintenanceDialog, LeaveMaintenanceDialog } from '../../dialogs/maintenance.tsx';
import { SwitchoverDialog } from '../../dialogs/switchover.tsx';
import { ActButton } from '../../parts/act-button.tsx';
import { useOutOfTouch } from '../../parts/freshness.tsx';
import { Clock, Moment, Since } from '../../parts/time.tsx';
import { WordLabel } from '../../parts/word.tsx';
import { count, duration, sentence } from '../../words/format.ts';
import { HEALTH, being } from '../../words/words.ts';

type Open = 'switchover' | 'maintenance' | 'leave' | null;

export function HeadlineCard({
  snapshot,
  status,
}: {
  readonly snapshot: Snapshot;
  readonly status: Status;
}): ReactNode {
  const [open, setOpen] = useState<Open>(null);
  const refusal = useRefusal('operator');
  const old = useOutOfTouch();
  const { headline } = snapshot;
  const active = status.role === 'active';
  const other = status.peers.find(({ role }) => role === 'active');
  const switching =
    status.peers.length === 0
      ? 'no peer is configured'
      : active || other !== undefined
        ? null
        : 'no instance is active: there is nothing to switch over';
  const maintained = status.maintenance !== null;
  return (
    <Card component="section" className="t-panel t-full t-headline-card">
      <CardBody>
        <div className="t-headline-row">
          <WordLabel word={HEALTH[old === null ? headline.health : 'unknown']} large />
          <p className="t-sentence" data-testid="headline">
            {sentence(headline.text)}
          </p>
        </div>
        <p className="t-dim">
          {headline.canLose > 0
            ? `Can lose ${count(headline.canLose, 'instance')}.`
            : 'No instance may be lost: nothing stands by.'}{' '}
          {status.instance} is {being(status.role)} for <Since at={status.since} /> (
          <Moment at={status.since} />
          ): <span data-testid="reason">{status.reason.text}</span>.{took(status)}
        </p>
        <Faults status={status} />
        <Hold status={status} refusal={refusal ?? old} />
        <div className="t-buttons">
          <ActButton variant="primary" onAct={() => setOpen('switchover')} why={refusal ?? old ?? switching}>
            {active || other === undefined ? 'Switch over now' : `Take over from ${other.name}`}
          </ActButton>
          <ActButton onAct={() => setOpen(maintained ? 'leave' : 'maintenance')} why={refusal ?? old}>
            {maintained ? 'Leave maintenance' : 'Maintenance mode'}
          </ActButton>
        </div>
      </CardBody>
      {open === 'switchover' ? <SwitchoverDialog status={status} onClose={() => setOpen(null)} /> : null}
      {open === 'maintenance' ? <MaintenanceDialog status={status} onClose={() => setOpen(null)} /> : null}
      {open === 'leave' ? <LeaveMaintenanceDialog status={status} onClose={() => setOpen(null)} /> : null}
    </Card>
  );
}

/** How long the last move took, where it is what gave this instance its role. */
function took({ role, reason, lastTakeover, lastHandover }: Status): string {
  const ms = lastTakeover?.durationMs ?? null;
  if (role === 'active') return ms === null ? '' : ` It took over within ${duration(ms)}.`;
  if (reason.code !== 'handedOver' || lastHandover === null) return '';
  return ` ${lastHandover.peer} took over within ${duration(lastHandover.durationMs)}.`;
}

/** Why it is not eligible, and what else is the matter. */
function Faults({ status: { faults, conditions } }: { readonly status: Status }): ReactNode {
  if (faults.length === 0 && conditions.length === 0) return null;
  return (
    <ul className="t-list">
      {faults.map((fault) => (
        <li key={`${fault.name} ${fault.router ?? ''}`} className="t-danger">
          <span aria-hidden="true">✕</span> Fault: {fault.text} (since <Clock at={fault.since} />)
        </li>
      ))}
      {conditions.map((condition) => (
        <li key={`${condition.name} ${condition.router ?? condition.peer ?? ''}`} className="t-warning">
          <span aria-hidden="true">!</span> {condition.text} (since <Clock at={condition.since} />)
        </li>
      ))}
    </ul>
  );
}

/** After a switchover the better instance does not take back at once: until when, and how to end that. */
function Hold({ status, refusal }: { readonly status: Status; readonly refusal: string | null }): ReactNode {
  const [trouble, setTrouble] = useState<string | null>(null);
  const until = status.preemptionHeldUntil;
  if (until === null) return null;
  async function release(): Promise<void> {
    const answer = await ask('POST', '/actions/switchover', { body: { releaseHold: true } });
    setTrouble(answer.ok ? null : answer.problem.text);
  }
  return (
    <p>
      <span aria-hidden="true">⏸</span> Preemption is held{' '}
      {until === 'released' ? (
        'until it is released'
      ) : (
        <>
          until <Clock at={until} />
        </>
      )}
      .{' '}
      {refusal === null ? (
        <Button variant="link" isInline onClick={() => void release()}>
          Preempt now
        </Button>
      ) : null}
      {trouble === null ? null : <span className="t-danger"> {trouble}</span>}
    </p>
  );
}
