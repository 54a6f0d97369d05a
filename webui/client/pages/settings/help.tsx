/** Help of a group: what it does, what is accepted, the default, an example. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { Popover } from '@patternfly/react-core/dist/esm/components/Popover/index.js';
import { QuestionCircleIcon } from '@patternfly/react-icons/dist/esm/icons/question-circle-icon.js';
import type { ReactNode } from 'react';
import type { SettingField } from '../../../../core/api/settings.ts';
import { Facts } from '../../parts/panel.tsx';

export function Help({
  label,
  fields,
}: {
  readonly label: string;
  readonly fields: readonly SettingField[];
}): ReactNode {
  return (
    <Popover
      headerContent={label}
      bodyContent={
        <>
          {fields.map((field) => (
            <div key={field.name}>
              <p>{field.description}</p>
              <Facts
                facts={[
                  ['Accepted values', field.accepted],
                  ['Default', field.default === null ? 'none' : String(field.default)],
                  ['Example', field.example],
                  ['In the file', <code key="path">{field.path}</code>],
                ]}
              />
            </div>
          ))}
        </>
      }
    >
      <Button variant="plain" aria-label={`Help: ${label}`} icon={<QuestionCircleIcon />} />
    </Popover>
  );
}
