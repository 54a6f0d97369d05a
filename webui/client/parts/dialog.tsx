/** A dialog: the consequence first, the verb on its button, the focus on Cancel, Esc cancels. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core/dist/esm/components/Modal/index.js';
import { useEffect, useId } from 'react';
import type { ReactNode } from 'react';
import type { Progress } from '../api/actions.ts';
import { clock } from '../words/format.ts';

interface Props {
  readonly title: string;
  readonly verb: string;
  readonly danger?: boolean;
  /** Why the verb cannot be used; null: it can. */
  readonly why?: string | null;
  readonly progress?: Progress;
  readonly onAct: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({
  title,
  verb,
  danger = false,
  why = null,
  progress,
  onAct,
  onClose,
  children,
}: Props): ReactNode {
  const id = useId();
  const busy = progress?.kind === 'asking' || progress?.kind === 'running';
  const done = progress?.kind === 'done';
  // The verb has gone, and the focus must not go with it.
  useEffect(() => {
    if (done) document.getElementById(`${id}-cancel`)?.focus();
  }, [done, id]);
  return (
    <Modal variant="medium" isOpen aria-labelledby={id} onClose={onClose} elementToFocus={`#${CSS.escape(id)}-cancel`}>
      <ModalHeader title={title} labelId={id} />
      <ModalBody>
        {done ? null : children}
        {progress === undefined ? null : <Outcome progress={progress} />}
        {why === null || done ? null : <p className="t-refusal">{why}</p>}
      </ModalBody>
      <ModalFooter>
        {done ? null : (
          <Button
            variant={danger ? 'danger' : 'primary'}
            isAriaDisabled={why !== null || busy}
            isLoading={busy}
            onClick={() => why === null && !busy && onAct()}
          >
            {verb}
          </Button>
        )}
        <Button id={`${id}-cancel`} variant={done ? 'primary' : 'link'} onClick={onClose}>
          {done ? 'Close' : 'Cancel'}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** What the action has come to, as it happens. */
function Outcome({ progress }: { readonly progress: Progress }): ReactNode {
  if (progress.kind === 'idle') return null;
  const steps = progress.kind === 'asking' ? [] : progress.steps;
  return (
    <div className={`t-outcome t-${progress.kind}`} role={progress.kind === 'failed' ? 'alert' : 'status'}>
      <ol>
        {steps.map((step) => (
          <li key={step.seq}>
            <code>{clock(step.at, true)}</code> {step.reason.text}
          </li>
        ))}
      </ol>
      {progress.kind === 'failed' ? <p className="t-danger t-strong">Not done: {progress.text}</p> : null}
      {progress.kind === 'done' ? <p className="t-good t-strong">Done in {progress.ms} ms.</p> : null}
      {progress.kind === 'asking' || progress.kind === 'running' ? <p>In progress …</p> : null}
    </div>
  );
}
