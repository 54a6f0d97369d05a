/** A word of the page with its shape and colour. The shape is for eyes alone: the word says it all. */
import { Label } from '@patternfly/react-core/dist/esm/components/Label/index.js';
import type { LabelProps } from '@patternfly/react-core/dist/esm/components/Label/index.js';
import type { ReactNode } from 'react';
import type { Tone, Word } from '../words/words.ts';

const COLOR: Readonly<Record<Tone, NonNullable<LabelProps['color']>>> = {
  good: 'green',
  neutral: 'grey',
  info: 'blue',
  warning: 'orange',
  danger: 'red',
  unknown: 'purple',
};

export function WordLabel({ word, large = false }: { readonly word: Word; readonly large?: boolean }): ReactNode {
  return (
    <Label color={COLOR[word.tone]} isCompact={!large} className={large ? 't-large' : ''}>
      <span aria-hidden="true" className="t-shape">
        {word.shape}
      </span>{' '}
      {word.text}
    </Label>
  );
}

/** The same within a sentence or a table, without a box. */
export function WordText({ word }: { readonly word: Word }): ReactNode {
  return (
    <span className={`t-word t-${word.tone}`}>
      <span aria-hidden="true" className="t-shape">
        {word.shape}
      </span>{' '}
      {word.text}
    </span>
  );
}
