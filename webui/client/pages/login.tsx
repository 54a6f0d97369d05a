/** Who are you? The whole page before the first login; over the page when a session has ended, so that nothing typed is lost. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/esm/components/Card/index.js';
import { Form, FormGroup } from '@patternfly/react-core/dist/esm/components/Form/index.js';
import { Modal, ModalBody, ModalHeader } from '@patternfly/react-core/dist/esm/components/Modal/index.js';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { useAccess } from '../api/session.tsx';

export function Login(): ReactNode {
  return (
    <main className="t-login">
      <Card>
        <CardTitle component="h1">
          <img src="/favicon.svg" alt="" width="32" height="32" /> Tandem
        </CardTitle>
        <CardBody>
          <LoginForm user="" />
        </CardBody>
      </Card>
    </main>
  );
}

/** The same over the page. */
export function LoginAgain({ user }: { readonly user: string }): ReactNode {
  return (
    <Modal variant="small" isOpen aria-label="Log in again">
      <ModalHeader title="Your session has ended" description="Log in again; what you have typed is kept." />
      <ModalBody>
        <LoginForm user={user} />
      </ModalBody>
    </Modal>
  );
}

function LoginForm({ user: first }: { readonly user: string }): ReactNode {
  const { login } = useAccess();
  const [user, setUser] = useState(first);
  const [password, setPassword] = useState('');
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    const problem = await login(user, password);
    setBusy(false);
    if (problem === null) return;
    setTrouble(problem.text);
    setPassword('');
  }

  return (
    <Form onSubmit={(event) => void submit(event)}>
      {trouble === null ? null : (
        <p role="alert" className="t-danger t-strong">
          {trouble}
        </p>
      )}
      <FormGroup label="User" fieldId="login-user" isRequired>
        <TextInput
          id="login-user"
          value={user}
          onChange={(_event, value) => setUser(value)}
          autoComplete="username"
          isRequired
          autoFocus={first === ''}
        />
      </FormGroup>
      <FormGroup label="Password" fieldId="login-password" isRequired>
        <TextInput
          id="login-password"
          type="password"
          value={password}
          onChange={(_event, value) => setPassword(value)}
          autoComplete="current-password"
          isRequired
          autoFocus={first !== ''}
        />
      </FormGroup>
      <Button type="submit" variant="primary" isBlock isLoading={busy} isDisabled={busy}>
        Log in
      </Button>
      <p className="t-dim">Forgotten? As root on the appliance: tandem passwd NAME</p>
    </Form>
  );
}
