/** Users and tokens: who may do what here. */
import type { ReactNode } from 'react';
import { useAccess, useRefusal } from '../api/session.tsx';
import { Blank } from '../parts/blank.tsx';
import { OwnPassword } from './access/own-password.tsx';
import { Tokens } from './access/tokens.tsx';
import { Users } from './access/users.tsx';

export function AccessPage(): ReactNode {
  const refusal = useRefusal('admin');
  const { session } = useAccess();
  const user = session.kind === 'open' || session.kind === 'expired' ? session.view.user : '';
  return (
    <>
      <h1 className="t-title">Users and tokens</h1>
      <div className="t-cards">
        <OwnPassword user={user} />
        {refusal === null ? (
          <>
            <Users self={user} />
            <Tokens />
          </>
        ) : (
          <Blank shape="■" title="Only an admin sees the other users and the tokens.">
            {refusal}
          </Blank>
        )}
      </div>
    </>
  );
}
