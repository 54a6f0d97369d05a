/** What colleagues are told: asked for with what takes an instance out of service. */
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import type { ReactNode } from 'react';
import { NOTE_LENGTH } from '../../../core/action.ts';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function NoteField({ label, value, onChange }: Props): ReactNode {
  return (
    <label className="t-field">
      {label}{' '}
      <TextInput
        value={value}
        onChange={(_event, next) => onChange(next)}
        aria-label={label}
        maxLength={NOTE_LENGTH}
        placeholder="shown to everybody while it lasts"
      />
    </label>
  );
}
