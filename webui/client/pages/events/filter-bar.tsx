/** Filters of the timeline, and the way out of it as a file. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import { SearchInput } from '@patternfly/react-core/dist/esm/components/SearchInput/index.js';
import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core/dist/esm/components/ToggleGroup/index.js';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { KINDS } from '../../words/words.ts';
import { NO_FILTER, writeFilter } from './query.ts';
import type { Filter } from './query.ts';

interface Props {
  readonly filter: Filter;
  readonly exportQuery: string;
  readonly onChange: (filter: Filter) => void;
}

export function FilterBar({ filter, exportQuery, onChange }: Props): ReactNode {
  const [text, setText] = useState(filter.text);
  const file = (format: string): string =>
    `/api/v1/journal/export?format=${format}${exportQuery === '' ? '' : `&${exportQuery}`}`;
  const toggle = (name: string, on: boolean): void =>
    onChange({ ...filter, groups: on ? [...filter.groups, name] : filter.groups.filter((one) => one !== name) });
  return (
    <div className="t-filters" role="search" aria-label="Filter of the events">
      <ToggleGroup aria-label="Kinds" isCompact>
        {KINDS.map(({ text: name }) => (
          <ToggleGroupItem
            key={name}
            text={name}
            buttonId={`kind-${name}`}
            isSelected={filter.groups.includes(name)}
            onChange={(_event, on) => toggle(name, on)}
          />
        ))}
      </ToggleGroup>
      <label>
        from{' '}
        <input
          type="datetime-local"
          value={filter.from}
          onChange={(event) => onChange({ ...filter, from: event.target.value })}
        />
      </label>
      <label>
        to{' '}
        <input
          type="datetime-local"
          value={filter.to}
          onChange={(event) => onChange({ ...filter, to: event.target.value })}
        />
      </label>
      <SearchInput
        aria-label="Text"
        placeholder="Text"
        value={text}
        onChange={(_event, value) => setText(value)}
        onSearch={(_event, value) => onChange({ ...filter, text: value })}
        onClear={() => {
          setText('');
          onChange({ ...filter, text: '' });
        }}
      />
      {writeFilter(filter) === '' ? null : (
        <Button
          variant="link"
          isInline
          onClick={() => {
            setText('');
            onChange(NO_FILTER);
          }}
        >
          Clear filters
        </Button>
      )}
      <span className="t-push" />
      <span>
        Export <a href={file('jsonl')}>JSONL</a> <a href={file('csv')}>CSV</a>
      </span>
    </div>
  );
}
