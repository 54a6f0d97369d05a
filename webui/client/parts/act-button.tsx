/** A button that says why it cannot be used: focusable and readable, as a disabled one is not. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import type { ButtonProps } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { useId } from 'react';
import type { ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  readonly onAct: () => void;
  /** Null: it can be used. */
  readonly why: string | null;
  readonly variant?: ButtonProps['variant'];
  readonly type?: 'button' | 'submit';
}

export function ActButton({ children, onAct, why, variant = 'secondary', type = 'button' }: Props): ReactNode {
  const id = useId();
  return (
    <span className="t-act">
      <Button
        variant={variant}
        type={type}
        isAriaDisabled={why !== null}
        aria-describedby={why === null ? undefined : id}
        onClick={() => why === null && onAct()}
      >
        {children}
      </Button>
      {why === null ? null : (
        <span id={id} className="t-dim t-why">
          {why}
        </span>
      )}
    </span>
  );
}
