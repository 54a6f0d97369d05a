/** One input with its unit, range, default, the effect of what stands in it, its error and its help. */
import { Checkbox } from '@patternfly/react-core/dist/esm/components/Checkbox/index.js';
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect/index.js';
import { Radio } from '@patternfly/react-core/dist/esm/components/Radio/index.js';
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput/index.js';
import type { ReactNode } from 'react';
import type { SettingField, SettingsView } from '../../../../core/api/settings.ts';
import type { Effect } from '../../words/effects.ts';
import { MODE } from '../../words/words.ts';

interface Props {
  readonly field: SettingField;
  readonly view: SettingsView;
  readonly value: string | boolean;
  readonly error: string | null;
  readonly effect: Effect | null;
  readonly readOnly: boolean;
  readonly onChange: (value: string | boolean) => void;
}

/** The id of the input, to which an error leads. */
export const fieldId = (name: string): string => `setting-${name}`;

export function Field(props: Props): ReactNode {
  const { field, error, effect } = props;
  const id = fieldId(field.name);
  return (
    <div className="t-setting" data-setting={field.name}>
      <Input {...props} id={id} describedBy={`${id}-help ${id}-effect${error === null ? '' : ` ${id}-error`}`} />
      <span id={`${id}-help`} className="t-dim t-range">
        {field.unit === null ? '' : `${field.unit} · `}
        {field.accepted}
        {field.default === null ? '' : ` · default ${String(field.default)}`}
        {field.consequence === null ? '' : ` · ⟲ ${field.consequence}`}
      </span>
      <span id={`${id}-effect`} className={`t-effect t-effect-${effect?.level ?? 'plain'}`}>
        {effect === null ? '' : `→ ${effect.text}`}
      </span>
      {error === null ? null : (
        <span id={`${id}-error`} className="t-danger t-strong">
          ✕ {error}
        </span>
      )}
    </div>
  );
}

function Input({
  field,
  view,
  value,
  error,
  readOnly,
  onChange,
  id,
  describedBy,
}: Props & { readonly id: string; readonly describedBy: string }): ReactNode {
  const common = { id, isDisabled: readOnly, 'aria-describedby': describedBy };
  if (typeof value === 'boolean')
    return <Checkbox {...common} label={field.title} isChecked={value} onChange={(_event, on) => onChange(on)} />;
  if (field.name === 'mode')
    return (
      <div
        role="radiogroup"
        id={id}
        aria-label={field.title}
        aria-describedby={describedBy}
        className="t-choices"
        tabIndex={-1}
      >
        {(field.choices ?? []).map((choice) => (
          <Radio
            key={choice}
            id={`${id}-${choice}`}
            name="mode"
            label={MODE[choice] ?? choice}
            isDisabled={readOnly}
            isChecked={value === choice}
            onChange={() => onChange(choice)}
          />
        ))}
      </div>
    );
  if (field.name === 'interface') {
    const names = [...new Set([value, ...view.interfaces])];
    return (
      <FormSelect {...common} value={value} aria-label={field.title} onChange={(_event, chosen) => onChange(chosen)}>
        {names.map((name) => (
          <FormSelectOption key={name} value={name} label={name} />
        ))}
      </FormSelect>
    );
  }
  return (
    <TextInput
      {...common}
      value={value}
      aria-label={field.title}
      inputMode="numeric"
      validated={error === null ? 'default' : 'error'}
      onChange={(_event, text) => onChange(text)}
    />
  );
}
