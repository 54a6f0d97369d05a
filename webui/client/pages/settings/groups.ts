/** The eleven labelled groups of the form, in three sets (design section 7). Two of them have two inputs. Pure. */
import type { SettingName } from '../../../../core/api/settings.ts';

export interface Group {
  readonly label: string;
  readonly names: readonly SettingName[];
}

export const SETS: readonly { readonly legend: string; readonly groups: readonly Group[] }[] = [
  {
    legend: 'Role',
    groups: [
      { label: 'HA mode', names: ['mode'] },
      { label: 'Primary instance', names: ['primary'] },
      { label: 'HA port', names: ['interface', 'port'] },
    ],
  },
  {
    legend: 'Peer checks',
    groups: [
      { label: 'Peer check interval', names: ['peerCheckIntervalMs'] },
      { label: 'Peer failure threshold', names: ['peerFailureThreshold'] },
      { label: 'Peer recovery threshold', names: ['peerRecoveryThreshold'] },
      { label: 'Maximum allowed flaps', names: ['maximumFlaps'] },
    ],
  },
  {
    legend: 'Traffic and links',
    groups: [
      { label: 'Enable bandwidth monitoring', names: ['bandwidthEnabled'] },
      { label: 'Minimum bandwidth', names: ['minimumBandwidth', 'bandwidthWindowSeconds'] },
      { label: 'Link monitoring interval', names: ['linkIntervalMs'] },
      { label: 'Minimum active links', names: ['minimumActiveLinks'] },
    ],
  },
];

/** The label of the group that a field stands in. */
export function labelOf(name: SettingName): string {
  return SETS.flatMap(({ groups }) => groups).find(({ names }) => names.includes(name))?.label ?? name;
}
