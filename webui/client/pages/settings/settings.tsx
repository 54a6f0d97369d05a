/** HA > Settings: reads, and keeps the form while it is open. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import type { SettingsView } from '../../../../core/api/settings.ts';
import { read } from '../../api/client.ts';
import { useLive } from '../../live/live.tsx';
import { Blank, Waiting } from '../../parts/blank.tsx';
import { SettingsForm } from './form.tsx';
import { Versions } from './versions.tsx';

export function SettingsTab(): ReactNode {
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: () => read<SettingsView>('/settings'),
    refetchOnWindowFocus: false,
  });
  const queries = useQueryClient();
  const newest = useLive().state.snapshot?.settingsRevision ?? null;
  const shown = settings.data?.revision ?? null;
  // Somebody saved elsewhere, or edited the file.
  useEffect(() => {
    if (newest !== null && shown !== null && newest !== shown)
      void queries.invalidateQueries({ queryKey: ['settings'] });
  }, [newest, shown, queries]);
  if (settings.isPending) return <Waiting lines={12} />;
  if (settings.isError)
    return (
      <Blank
        shape="✕"
        title="The settings cannot be read."
        action={
          <button type="button" onClick={() => void settings.refetch()}>
            Try again
          </button>
        }
      >
        {settings.error.message}
      </Blank>
    );
  return (
    <div className="t-cards">
      <SettingsForm view={settings.data} />
      <Versions view={settings.data} />
    </div>
  );
}
