/** Who is logged in, with how much access, and the way out. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { Label } from '@patternfly/react-core/dist/esm/components/Label/index.js';
import type { ReactNode } from 'react';
import { useAccess } from '../api/session.tsx';

export function UserMenu(): ReactNode {
  const { session, logout } = useAccess();
  if (session.kind !== 'open' && session.kind !== 'expired') return null;
  const { user, role } = session.view;
  return (
    <span className="t-user">
      {role === 'admin' ? null : (
        <Label isCompact color="blue" title="What your role may not do is shown disabled, with the reason.">
          Limited access
        </Label>
      )}
      <span>
        {user} <span className="t-dim">({role})</span>
      </span>
      <Button variant="link" isInline onClick={() => void logout()}>
        Log out
      </Button>
    </span>
  );
}
