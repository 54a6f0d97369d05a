/** Everybody's own password. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { ask } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';

export function OwnPassword({ user }: { readonly user: string }): ReactNode {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [outcome, setOutcome] = useState<{ readonly ok: boolean; readonly text: string } | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const answer = await ask('PUT', `/users/${encodeURIComponent(user)}/password`, { body: { current, password } });
    setOutcome(
      answer.ok
        ? { ok: true, text: 'Password changed. Your other sessions have ended.' }
        : { ok: false, text: answer.problem.text },
    );
    if (!answer.ok) return;
    setCurrent('');
    setPassword('');
  }

  return (
    <Panel title={`Password of ${user}`} width="half">
      <form onSubmit={(event) => void submit(event)} className="t-small-form">
        <input type="text" hidden readOnly autoComplete="username" value={user} />
        <label>
          Present password
          <TextInput
            type="password"
            value={current}
            onChange={(_event, value) => setCurrent(value)}
            autoComplete="current-password"
            aria-label="Present password"
          />
        </label>
        <label>
          New password
          <TextInput
            type="password"
            value={password}
            onChange={(_event, value) => setPassword(value)}
            autoComplete="new-password"
            aria-label="New password"
          />
        </label>
        <Button type="submit" variant="secondary" isDisabled={current === '' || password === ''}>
          Change password
        </Button>
        {outcome === null ? null : (
          <p role="status" className={outcome.ok ? 't-good' : 't-danger'}>
            {outcome.text}
          </p>
        )}
      </form>
    </Panel>
  );
}
