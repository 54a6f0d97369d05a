/** The eleven fields of the form, out of a configuration and in the form's units. Pure. */
import type { HaSettings } from '../core/api/settings.ts';
import type { Config } from './schema.ts';

export function settingValues({ ha, flaps, bandwidth, links }: Config): HaSettings {
  return {
    mode: ha.mode,
    primary: ha.primary,
    interface: ha.interface ?? '',
    port: ha.port,
    peerCheckIntervalMs: ha.peerCheck.interval,
    peerFailureThreshold: ha.peerCheck.failureThreshold,
    peerRecoveryThreshold: ha.peerCheck.recoveryThreshold,
    maximumFlaps: flaps.max,
    bandwidthEnabled: bandwidth.enabled,
    minimumBandwidth: bandwidth.minimum,
    bandwidthWindowSeconds: bandwidth.window / 1000,
    linkIntervalMs: links.interval,
    minimumActiveLinks: links.minimumActive,
  };
}
