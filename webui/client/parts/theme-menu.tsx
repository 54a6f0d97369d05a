/** Light, dark, or as the system: one button that goes round. */
import { Button } from '@patternfly/react-core/dist/esm/components/Button/index.js';
import type { ReactNode } from 'react';
import { setTheme, useTheme } from '../theme.ts';
import type { Theme } from '../theme.ts';

const NEXT: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };
const SHAPE: Readonly<Record<Theme, string>> = { auto: '◐', light: '○', dark: '●' };

export function ThemeMenu(): ReactNode {
  const theme = useTheme();
  return (
    <Button
      variant="plain"
      aria-label={`Theme: ${theme}`}
      title={`Theme: ${theme}`}
      onClick={() => setTheme(NEXT[theme])}
    >
      <span aria-hidden="true">{SHAPE[theme]}</span>
    </Button>
  );
}
