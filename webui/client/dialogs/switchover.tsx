/** Switch over, or take over: the consequence, what has been looked at, how long the way back is held. */
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect/index.js';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Status } from '../../../core/status.ts';
import { useAction } from '../api/actions.ts';
import { useRefusal } from '../api/session.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { giving, taking } from './preconditions.ts';
import type { Precondition } from './preconditions.ts';

const HOLDS = [
  { value: '10m', text: 'for 10 minutes' },
  { value: 'until-released', text: 'until I release it' },
  { value: 'none', text: 'not at all' },
] as const;

export function SwitchoverDialog(props: { readonly status: Status; readonly onClose: () => void }): ReactNode {
  // What it was when the dialog opened: its own success must not turn it round.
  const [active] = useState(props.status.role === 'active');
  return active ? <Give {...props} /> : <Take {...props} />;
}

function HoldChoice({
  hold,
  onChange,
}: {
  readonly hold: string;
  readonly onChange: (hold: string) => void;
}): ReactNode {
  return (
    <FormSelect value={hold} onChange={(_event, value) => onChange(value)} aria-label="How long preemption is held">
      {HOLDS.map(({ value, text }) => (
        <FormSelectOption key={value} value={value} label={text} />
      ))}
    </FormSelect>
  );
}

function Preconditions({ list }: { readonly list: readonly Precondition[] }): ReactNode {
  return (
    <ul className="t-checks">
      {list.map(({ text, ok }) => (
        <li key={text} className={ok ? 't-good' : 't-warning'}>
          <span aria-hidden="true">{ok ? '✓' : '!'}</span> {text}
        </li>
      ))}
    </ul>
  );
}

const addressesOf = (status: Status): string => status.routers.flatMap((router) => router.addresses).join(', ');

function Give({ status, onClose }: { readonly status: Status; readonly onClose: () => void }): ReactNode {
  const [to, setTo] = useState(status.peers[0]?.name ?? '');
  const [hold, setHold] = useState('10m');
  const [typed, setTyped] = useState('');
  const { progress, start } = useAction();
  const mayForce = useRefusal('admin') === null;
  const list = giving(to, status);
  const begun = progress.kind !== 'idle' && progress.kind !== 'failed';
  const blocked = !begun && list.some(({ ok, hard }) => hard && !ok);
  const force = blocked && mayForce && typed === 'FORCE';
  const advice = mayForce ? ' Type FORCE to do it all the same.' : ' An admin may force it.';
  return (
    <Dialog
      title={`Switch over to ${to}?`}
      verb={`Switch over to ${to}`}
      why={blocked && !force ? `${to} cannot take over now.${advice}` : null}
      danger={blocked}
      progress={progress}
      onAct={() => void start('switchover', { to, hold, force })}
      onClose={onClose}
    >
      <p>
        <strong>{to}</strong> becomes active and takes {addressesOf(status)}.{' '}
        {blocked ? 'Traffic will be lost.' : 'No loss of traffic is expected.'}
      </p>
      {status.peers.length > 1 ? (
        <label className="t-field">
          To{' '}
          <FormSelect value={to} onChange={(_event, value) => setTo(value)} aria-label="Instance">
            {status.peers.map(({ name }) => (
              <FormSelectOption key={name} value={name} label={name} />
            ))}
          </FormSelect>
        </label>
      ) : null}
      <label className="t-field">
        {status.instance} stays standby: preemption is held <HoldChoice hold={hold} onChange={setHold} />
      </label>
      <Preconditions list={list} />
      {blocked && mayForce ? (
        <label className="t-field">
          Type FORCE to switch over all the same{' '}
          <TextInput value={typed} onChange={(_event, value) => setTyped(value)} aria-label="FORCE" />
        </label>
      ) : null}
    </Dialog>
  );
}

/** From the standby: the active one gives it its role. */
function Take({ status, onClose }: { readonly status: Status; readonly onClose: () => void }): ReactNode {
  const [from] = useState(status.peers.find(({ role }) => role === 'active')?.name ?? 'the active instance');
  const [hold, setHold] = useState('10m');
  const { progress, start } = useAction();
  const list = taking(from, status);
  const begun = progress.kind !== 'idle' && progress.kind !== 'failed';
  const missing = begun ? undefined : list.find(({ ok, hard }) => hard && !ok);
  return (
    <Dialog
      title={`Take over from ${from}?`}
      verb={`Take over from ${from}`}
      why={missing === undefined ? null : `Not now: ${missing.text}.`}
      progress={progress}
      onAct={() => void start('switchover', { to: status.instance, hold })}
      onClose={onClose}
    >
      <p>
        <strong>{status.instance}</strong> becomes active and takes {addressesOf(status)}. No loss of traffic is
        expected.
      </p>
      <label className="t-field">
        Preemption is held <HoldChoice hold={hold} onChange={setHold} />
      </label>
      <Preconditions list={list} />
    </Dialog>
  );
}
