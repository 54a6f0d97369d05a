/** Engage or release the bypass: traffic uninspected, or inspected again. */
import { Checkbox } from '@patternfly/react-core/dist/esm/components/Checkbox/index.js';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { Status } from '../../../core/status.ts';
import { useAction } from '../api/actions.ts';
import { ask } from '../api/client.ts';
import { Dialog } from '../parts/dialog.tsx';
import { NoteField } from '../parts/note-field.tsx';
import { count } from '../words/format.ts';

interface Props {
  readonly status: Status;
  readonly onClose: () => void;
}

export function BypassDialog(props: Props): ReactNode {
  // What it was when the dialog opened: its own success must not turn it round.
  const [engaged] = useState(props.status.bypass.state === 'bypass');
  return engaged ? <Release {...props} /> : <Engage {...props} />;
}

function Engage({ status, onClose }: Props): ReactNode {
  const [note, setNote] = useState('');
  const [typed, setTyped] = useState('');
  const { progress, start } = useAction();
  const { instance } = status;
  const [only] = useState(status.role === 'active' && !status.peers.some(({ eligible }) => eligible === true));
  return (
    <Dialog
      title={`Engage the bypass of ${instance}?`}
      verb="Engage bypass"
      danger
      why={only && typed !== instance ? `${instance} inspects the only path: type its name to go on.` : null}
      progress={progress}
      onAct={() => void start('bypass', { engage: true, ...(note.trim() === '' ? {} : { note: note.trim() }) })}
      onClose={onClose}
    >
      <p>
        The link pairs of {instance} are wired through: <strong>traffic passes uninspected</strong>. {instance} gives up
        its role. It stays so over a restart of the daemon, until an operator releases it; a reboot ends it.
      </p>
      <NoteField label="Reason" value={note} onChange={setNote} />
      {only ? (
        <label className="t-field">
          Type {instance} to confirm{' '}
          <TextInput value={typed} onChange={(_event, value) => setTyped(value)} aria-label="Name of the instance" />
        </label>
      ) : null}
    </Dialog>
  );
}

function Release({ status, onClose }: Props): ReactNode {
  const [reset, setReset] = useState(true);
  const [flaps] = useState(status.flaps.count);
  const { progress, start } = useAction();
  const ended = progress.kind === 'done';
  useEffect(() => {
    if (ended && reset && flaps > 0) void ask('POST', '/actions/flaps', { body: { reset: true } });
  }, [ended, reset, flaps]);
  return (
    <Dialog
      title={`Release the bypass of ${status.instance}?`}
      verb="Release bypass"
      progress={progress}
      onAct={() => void start('bypass', { engage: false })}
      onClose={onClose}
    >
      <p>
        The link pairs come back inline. {status.instance} is standby once they have carrier again, and eligible a
        moment later.
      </p>
      {flaps === 0 ? null : (
        <Checkbox
          id="reset-flaps"
          label={`Also reset the ${count(flaps, 'flap')} counted so far`}
          isChecked={reset}
          onChange={(_event, on) => setReset(on)}
        />
      )}
    </Dialog>
  );
}
