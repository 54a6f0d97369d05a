/** Flaps against the maximum, and what happens beyond it. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Status } from '../../../../core/status.ts';
import { useRefusal } from '../../api/session.tsx';
import { FlapsDialog } from '../../dialogs/flaps.tsx';
import { ActButton } from '../../parts/act-button.tsx';
import { useOutOfTouch } from '../../parts/freshness.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Moment } from '../../parts/time.tsx';
import { count, duration } from '../../words/format.ts';

export function FlapsCard({ status }: { readonly status: Status }): ReactNode {
  const [open, setOpen] = useState(false);
  const refusal = useRefusal('operator');
  const old = useOutOfTouch();
  const { flaps } = status;
  const last = flaps.at.at(-1);
  const beyond = flaps.max > 0 && flaps.count > flaps.max;
  const window = duration(flaps.windowSeconds * 1000);
  return (
    <Panel title="Flaps" width="third">
      <p className="t-figure">
        <strong className={beyond ? 't-danger' : ''}>{flaps.count}</strong>{' '}
        {flaps.max === 0 ? 'in the window, no limit' : `of ${flaps.max} allowed in ${window}`}
      </p>
      {flaps.max === 0 ? null : (
        <meter
          className="t-meter"
          min={0}
          max={flaps.max}
          value={Math.min(flaps.count, flaps.max)}
          aria-label="flaps against the maximum"
        >
          {flaps.count} of {flaps.max}
        </meter>
      )}
      <p className="t-dim">
        {last === undefined ? (
          `None in the last ${window}.`
        ) : (
          <>
            Last <Moment at={last} />.
          </>
        )}{' '}
        {flaps.max === 0
          ? 'Flaps alone never cause a bypass.'
          : status.primary
            ? `Beyond ${count(flaps.max, 'flap')} this instance, the primary, gives up its role for good.`
            : 'The limit applies to the primary.'}{' '}
        {flaps.latched ? <strong className="t-danger">Latched: an operator has to release it.</strong> : null}
      </p>
      <ActButton
        onAct={() => setOpen(true)}
        why={refusal ?? old ?? (flaps.count === 0 ? 'no flaps are counted' : null)}
      >
        Reset flaps…
      </ActButton>
      {open ? <FlapsDialog status={status} onClose={() => setOpen(false)} /> : null}
    </Panel>
  );
}
