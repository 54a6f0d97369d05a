/** Stack > Sessions: what is being done for whom, and what of it would survive a failover. */
import type { ReactNode } from 'react';
import { Features } from './sessions/features.tsx';
import { SessionTable } from './sessions/session-table.tsx';

export function Sessions(): ReactNode {
  return (
    <>
      <h1 className="t-title">Sessions</h1>
      <SessionTable />
      <Features />
    </>
  );
}
