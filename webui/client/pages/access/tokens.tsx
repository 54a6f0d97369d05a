/** Tokens for programs: shown once, kept as a hash. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import type { TokenList, TokenMade } from '../../../../core/api/rest.ts';
import type { TokenView, UserRole } from '../../../../core/api/users.ts';
import { ask, read } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Moment } from '../../parts/time.tsx';
import { RoleChoice } from './users.tsx';

export function Tokens(): ReactNode {
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => read<TokenList>('/tokens') });
  const [name, setName] = useState('');
  const [role, setRole] = useState<UserRole>('viewer');
  const [made, setMade] = useState<TokenMade | null>(null);
  const [removing, setRemoving] = useState<TokenView | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);

  async function add(event: FormEvent): Promise<void> {
    event.preventDefault();
    const answer = await ask<TokenMade>('POST', '/tokens', { body: { name, role, expiresAt: null } });
    setTrouble(answer.ok ? null : answer.problem.text);
    if (answer.ok) {
      setMade(answer.value);
      setName('');
    }
    void tokens.refetch();
  }

  async function remove({ id }: TokenView): Promise<void> {
    const answer = await ask('DELETE', `/tokens/${encodeURIComponent(id)}`);
    setTrouble(answer.ok ? null : answer.problem.text);
    setRemoving(null);
    void tokens.refetch();
  }

  const list = tokens.data?.tokens ?? [];
  return (
    <Panel title="Tokens" note="for programs: Authorization: Bearer …">
      {list.length === 0 ? (
        <p className="t-dim">There is none.</p>
      ) : (
        <Table
          caption="Tokens"
          columns={['Name', 'Role', 'Made', 'By', 'Last used', 'Ends', 'Action']}
          rows={list.map((token) => ({
            key: token.id,
            cells: [
              token.name,
              token.role,
              <Moment key="made" at={token.createdAt} />,
              token.createdBy,
              token.lastUsedAt === null ? 'never' : <Moment key="used" at={token.lastUsedAt} />,
              token.expiresAt === null ? 'never' : <Moment key="ends" at={token.expiresAt} />,
              <Button key="remove" variant="link" isInline isDanger onClick={() => setRemoving(token)}>
                Remove…
              </Button>,
            ],
          }))}
        />
      )}
      <form onSubmit={(event) => void add(event)} className="t-inline-form" aria-label="Make a token">
        <TextInput
          value={name}
          onChange={(_event, value) => setName(value)}
          aria-label="Name of the token"
          placeholder="name"
          autoComplete="off"
        />
        <RoleChoice role={role} label="Role of the token" onChange={setRole} />
        <Button type="submit" variant="secondary" isDisabled={name === ''}>
          Make a token
        </Button>
      </form>
      {trouble === null ? null : (
        <p role="alert" className="t-danger t-strong">
          {trouble}
        </p>
      )}
      {made === null ? null : (
        <p role="status" className="t-summary">
          <strong>Token of {made.name}, shown this once:</strong> <code>{made.token}</code>
        </p>
      )}
      {removing === null ? null : (
        <Dialog
          title={`Remove the token ${removing.name}?`}
          verb="Remove token"
          danger
          onAct={() => void remove(removing)}
          onClose={() => setRemoving(null)}
        >
          <p>Programs that use it are refused from now on.</p>
        </Dialog>
      )}
    </Panel>
  );
}
