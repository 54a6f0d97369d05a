/** Somebody else saved meanwhile: theirs beside yours, and a choice for each field. Nothing that was typed is lost. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core/dist/esm/components/Modal/index.js';
import { Radio } from '@patternfly/react-core/dist/esm/components/Radio/index.js';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { HaSettings, SettingName, SettingsConflict } from '../../../../core/api/settings.ts';
import { Table } from '../../parts/table.tsx';
import { moment } from '../../words/format.ts';
import { labelOf } from './groups.ts';

interface Props {
  readonly conflict: SettingsConflict;
  readonly yours: HaSettings;
  /** What both began from. */
  readonly before: HaSettings;
  /** The values to go on with, over theirs. */
  readonly onDecide: (values: HaSettings) => void;
  readonly onClose: () => void;
}

export function ConflictDialog({ conflict, yours, before, onDecide, onClose }: Props): ReactNode {
  const { theirs, changedBy, changedAt } = conflict;
  const names = (Object.keys(before) as SettingName[]).filter((name) => theirs[name] !== yours[name]);
  // What only one of them touched is that one's.
  const [keep, setKeep] = useState<Readonly<Record<string, 'theirs' | 'yours'>>>(() =>
    Object.fromEntries(names.map((name) => [name, yours[name] === before[name] ? 'theirs' : 'yours'])),
  );
  const who = changedBy ?? 'Somebody';
  const choice = (name: SettingName, which: 'theirs' | 'yours'): ReactNode => (
    <Radio
      id={`${name}-${which}`}
      name={`keep-${name}`}
      label={String((which === 'theirs' ? theirs : yours)[name])}
      isChecked={keep[name] === which}
      onChange={() => setKeep({ ...keep, [name]: which })}
    />
  );
  return (
    <Modal variant="medium" isOpen onClose={onClose} aria-labelledby="conflict-title">
      <ModalHeader
        title="The settings were changed meanwhile"
        labelId="conflict-title"
        description={`${who} saved${changedAt === null ? '' : ` at ${moment(changedAt)}`}. Choose what to keep; nothing is saved yet.`}
      />
      <ModalBody>
        <Table
          caption="Differences"
          columns={['Setting', 'Before', 'Theirs', 'Yours']}
          rows={names.map((name) => ({
            key: name,
            cells: [labelOf(name), String(before[name]), choice(name, 'theirs'), choice(name, 'yours')],
          }))}
        />
      </ModalBody>
      <ModalFooter>
        <Button
          variant="primary"
          onClick={() =>
            onDecide({
              ...theirs,
              ...Object.fromEntries(names.filter((name) => keep[name] === 'yours').map((name) => [name, yours[name]])),
            })
          }
        >
          Continue with these
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
