/** Forget the flaps counted so far. A latched bypass stays: it has a dialog of its own. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Status } from '../../../core/status.ts';
import { useAction } from '../api/actions.ts';
import { Dialog } from '../parts/dialog.tsx';
import { count } from '../words/format.ts';

export function FlapsDialog({ status, onClose }: { readonly status: Status; readonly onClose: () => void }): ReactNode {
  const [flaps] = useState(status.flaps.count);
  const { progress, start } = useAction();
  return (
    <Dialog
      title={`Reset the flaps of ${status.instance}?`}
      verb="Reset flaps"
      progress={progress}
      onAct={() => void start('flaps', { reset: true })}
      onClose={onClose}
    >
      <p>
        {count(flaps, 'flap')} of {status.flaps.max} allowed {flaps === 1 ? 'is' : 'are'} forgotten, and that is written
        down.{status.flaps.latched ? ' The bypass stays engaged: release it with its own button.' : ''}
      </p>
    </Dialog>
  );
}
