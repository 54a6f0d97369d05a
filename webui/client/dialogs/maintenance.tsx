/** Maintenance on, with its end; and off again. */
import { Radio } from '@patternfly/react-core/dist/esm/components/Radio/index.js';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Status } from '../../../core/status.ts';
import { useAction } from '../api/actions.ts';
import { Dialog } from '../parts/dialog.tsx';
import { NoteField } from '../parts/note-field.tsx';

type Stay = 'left' | 'reboot' | 'time';

const STAYS: readonly { readonly stay: Stay; readonly text: string }[] = [
  { stay: 'left', text: 'Until somebody leaves it (survives a reboot)' },
  { stay: 'reboot', text: 'Until the next reboot' },
  { stay: 'time', text: 'For a time' },
];

interface Props {
  readonly status: Status;
  readonly onClose: () => void;
}

export function MaintenanceDialog({ status, onClose }: Props): ReactNode {
  const [stay, setStay] = useState<Stay>('left');
  const [minutes, setMinutes] = useState('30');
  const [note, setNote] = useState('');
  const [typed, setTyped] = useState('');
  const { progress, start } = useAction();
  const { instance, peers } = status;
  const [active] = useState(status.role === 'active');
  const [alone] = useState(!peers.some(({ eligible, health }) => eligible === true && health === 'healthy'));
  const valid = stay !== 'time' || /^[1-9]\d{0,4}$/.test(minutes);
  const why = !valid
    ? 'The time is a whole number of minutes.'
    : alone && typed !== instance
      ? `${instance} is the last healthy instance: type its name to go on.`
      : null;
  const body = {
    on: true,
    ...(stay === 'time' ? { for: `${minutes}m` } : {}),
    ...(stay === 'reboot' ? { untilReboot: true } : {}),
    ...(alone ? { force: true } : {}),
    ...(note.trim() === '' ? {} : { note: note.trim() }),
  } as const;
  return (
    <Dialog
      title={`Take ${instance} out of service?`}
      verb={`Put ${instance} into maintenance`}
      danger={alone}
      why={why}
      progress={progress}
      onAct={() => void start('maintenance', body)}
      onClose={onClose}
    >
      <p>
        {instance} {active ? 'gives its role away first, and then' : 'stays out of the election and'} does not become
        active until maintenance ends.{' '}
        {alone
          ? 'No other instance is eligible: its addresses will not be served.'
          : 'Its alerts are marked, not silenced.'}
      </p>
      <fieldset className="t-radios">
        <legend>How long?</legend>
        {STAYS.map(({ stay: one, text }) => (
          <Radio
            key={one}
            id={`stay-${one}`}
            name="stay"
            label={text}
            isChecked={stay === one}
            onChange={() => setStay(one)}
          />
        ))}
        {stay === 'time' ? (
          <label className="t-field">
            Minutes{' '}
            <TextInput
              value={minutes}
              onChange={(_event, value) => setMinutes(value)}
              aria-label="Minutes"
              inputMode="numeric"
            />
          </label>
        ) : null}
      </fieldset>
      <NoteField label="Note to colleagues" value={note} onChange={setNote} />
      {alone ? (
        <label className="t-field">
          Type {instance} to confirm{' '}
          <TextInput value={typed} onChange={(_event, value) => setTyped(value)} aria-label="Name of the instance" />
        </label>
      ) : null}
    </Dialog>
  );
}

export function LeaveMaintenanceDialog({ status, onClose }: Props): ReactNode {
  const { progress, start } = useAction();
  return (
    <Dialog
      title={`Put ${status.instance} back into service?`}
      verb="Leave maintenance"
      progress={progress}
      onAct={() => void start('maintenance', { on: false })}
      onClose={onClose}
    >
      <p>{status.instance} becomes standby. If it is preferred it takes over by a handover, without loss of traffic.</p>
    </Dialog>
  );
}
