/** The users: added, given another role or password, removed. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect/index.js';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import type { UserList } from '../../../../core/api/rest.ts';
import { USER_ROLES } from '../../../../core/api/users.ts';
import type { UserRole } from '../../../../core/api/users.ts';
import { ask, read } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Moment } from '../../parts/time.tsx';

export function RoleChoice({
  role,
  label,
  onChange,
}: {
  readonly role: UserRole;
  readonly label: string;
  readonly onChange: (role: UserRole) => void;
}): ReactNode {
  return (
    <FormSelect value={role} aria-label={label} onChange={(_event, value) => onChange(value as UserRole)}>
      {USER_ROLES.map((one) => (
        <FormSelectOption key={one} value={one} label={one} />
      ))}
    </FormSelect>
  );
}

export function Users({ self }: { readonly self: string }): ReactNode {
  const users = useQuery({ queryKey: ['users'], queryFn: () => read<UserList>('/users') });
  const [trouble, setTrouble] = useState<string | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<UserRole>('viewer');

  async function act(method: string, path: string, body?: unknown): Promise<boolean> {
    const answer = await ask(method, path, body === undefined ? {} : { body });
    setTrouble(answer.ok ? null : answer.problem.text);
    void users.refetch();
    return answer.ok;
  }

  async function add(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!(await act('POST', '/users', { name, role, password }))) return;
    setName('');
    setPassword('');
  }

  return (
    <Panel title="Users">
      <Table
        caption="Users"
        columns={['Name', 'Role', 'Added', 'Password set', 'Action']}
        rows={(users.data?.users ?? []).map((user) => ({
          key: user.name,
          cells: [
            user.name,
            user.name === self ? (
              user.role
            ) : (
              <RoleChoice
                key="role"
                role={user.role}
                label={`Role of ${user.name}`}
                onChange={(next) => void act('PATCH', `/users/${encodeURIComponent(user.name)}`, { role: next })}
              />
            ),
            <Moment key="added" at={user.createdAt} />,
            <Moment key="password" at={user.passwordChangedAt} />,
            user.name === self ? (
              '–'
            ) : (
              <Button key="remove" variant="link" isInline isDanger onClick={() => setRemoving(user.name)}>
                Remove…
              </Button>
            ),
          ],
        }))}
      />
      <form onSubmit={(event) => void add(event)} className="t-inline-form" aria-label="Add a user">
        <TextInput
          value={name}
          onChange={(_event, value) => setName(value)}
          aria-label="Name"
          placeholder="name"
          autoComplete="off"
        />
        <RoleChoice role={role} label="Role" onChange={setRole} />
        <TextInput
          type="password"
          value={password}
          onChange={(_event, value) => setPassword(value)}
          aria-label="Password"
          placeholder="password"
          autoComplete="new-password"
        />
        <Button type="submit" variant="secondary" isDisabled={name === '' || password === ''}>
          Add user
        </Button>
      </form>
      {trouble === null ? null : (
        <p role="alert" className="t-danger t-strong">
          {trouble}
        </p>
      )}
      {removing === null ? null : (
        <Dialog
          title={`Remove ${removing}?`}
          verb={`Remove ${removing}`}
          danger
          onAct={() => void act('DELETE', `/users/${encodeURIComponent(removing)}`).then(() => setRemoving(null))}
          onClose={() => setRemoving(null)}
        >
          <p>
            {removing} is logged out everywhere. What {removing} did stays in the journal.
          </p>
        </Dialog>
      )}
    </Panel>
  );
}
