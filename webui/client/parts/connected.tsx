/** To whom the page is connected, where that is not who it was: it was sent to the leader, or the address that it was opened with has moved. */
import { Alert, AlertActionCloseButton } from '@patternfly/react-core/dist/esm/components/Alert/index.js';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { sentFrom } from '../api/leader.ts';
import { useLive } from '../live/live.tsx';

export function Connected(): ReactNode {
  const self = useLive().state.snapshot?.status?.instance;
  const [first, setFirst] = useState(self);
  const [closed, setClosed] = useState<string | null>(null);
  useEffect(() => setFirst((before) => before ?? self), [self]);
  const from = sentFrom();
  const moved = first !== undefined && self !== first;
  if (self === undefined || closed === self || (!moved && from === null)) return null;
  return (
    <Alert
      isInline
      isLiveRegion
      variant="info"
      title={`You are now connected to ${self}.`}
      actionClose={<AlertActionCloseButton onClose={() => setClosed(self)} />}
    >
      {moved
        ? `The address of this page led to ${first} before.`
        : `You came from ${from ?? ''}: what concerns the whole stack is done on the instance that leads it.`}
    </Alert>
  );
}
