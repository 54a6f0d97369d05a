/** What a setting comes to, from what stands in the form right now: said before it is saved. Pure. */
import type { HaSettings, SettingName, SettingsView } from '../../../core/api/settings.ts';
import type { Status } from '../../../core/status.ts';
import { count, duration, rate } from './format.ts';

export interface Effect {
  readonly text: string;
  readonly level: 'plain' | 'warning' | 'error';
}

interface Ground {
  readonly values: HaSettings;
  readonly view: SettingsView;
  readonly status: Status | null;
}

const plain = (text: string): Effect => ({ text, level: 'plain' });
const warning = (text: string): Effect => ({ text, level: 'warning' });
const error = (text: string): Effect => ({ text, level: 'error' });

const MODES: Readonly<Record<HaSettings['mode'], string>> = {
  off: 'runs alone: takes its addresses only if nobody has them',
  'active-passive': 'one instance has all addresses, the others stand by',
  'active-active': 'two instances share the addresses, each stands by for the other',
  cluster: 'the addresses are spread over three or more instances',
};

/** One line beside the field; null where there is nothing to say. */
export function effectOf(name: SettingName, ground: Ground): Effect | null {
  return EFFECTS[name]?.(ground) ?? null;
}

const EFFECTS: Readonly<Partial<Record<SettingName, (ground: Ground) => Effect | null>>> = {
  mode: ({ values }) => plain(MODES[values.mode]),
  primary({ values, status }) {
    const other = status?.peers.find(({ primary }) => primary === true);
    if (values.primary && other !== undefined)
      return error(`${other.name} is the primary already: two primaries in a stack are a conflict`);
    if (!values.primary && values.mode === 'active-passive' && status?.peers.every(({ primary }) => primary === false))
      return warning('no instance of the stack would be the primary');
    return plain(values.primary ? 'is preferred, and goes into bypass beyond the allowed flaps' : 'is not preferred');
  },
  port({ values, view, status }) {
    if (values.port === view.values.port) return plain('the same on every instance');
    const others = status?.peers.map(({ name }) => name) ?? [];
    return warning(
      others.length === 0
        ? 'it must change on every instance'
        : `${others.join(', ')} ${others.length === 1 ? 'uses' : 'use'} port ${view.values.port}: it must change there too`,
    );
  },
  peerCheckIntervalMs: ({ values }) =>
    values.peerCheckIntervalMs > 0 ? plain(`${rateOf(values.peerCheckIntervalMs)} on every path`) : null,
  peerFailureThreshold: ({ values }) => {
    const ms = values.peerCheckIntervalMs * values.peerFailureThreshold;
    return ms > 0 ? plain(`a peer is unhealthy after about ${duration(ms)} of silence`) : null;
  },
  peerRecoveryThreshold: ({ values }) => {
    const ms = values.peerCheckIntervalMs * values.peerRecoveryThreshold;
    return ms > 0 ? plain(`healthy again after about ${duration(ms)} of answers`) : null;
  },
  maximumFlaps({ values, view }) {
    const window = duration(view.flapsWindowSeconds * 1000);
    if (values.maximumFlaps === 0) return plain('no limit: flaps are counted, and nothing follows from them');
    const what = view.flapsAction === 'bypass' ? 'goes into bypass' : 'goes into fault';
    return plain(`beyond ${count(values.maximumFlaps, 'flap')} in ${window} the primary ${what}`);
  },
  bandwidthEnabled: ({ values }) =>
    plain(
      values.bandwidthEnabled ? 'too little traffic triggers a failover' : 'traffic is shown, and triggers nothing',
    ),
  minimumBandwidth({ values, status }) {
    if (!values.bandwidthEnabled) return plain('used only while bandwidth monitoring is enabled');
    const now = status?.bandwidth.averageBps ?? null;
    const text = `= ${rate(values.minimumBandwidth)}${now === null ? '' : `, now ${rate(now)}`}`;
    return now !== null && status?.role === 'active' && now < values.minimumBandwidth
      ? warning(`${text}: this would trigger a failover now`)
      : plain(text);
  },
  bandwidthWindowSeconds: ({ values }) =>
    values.bandwidthEnabled && values.bandwidthWindowSeconds > 0
      ? plain(`the average of ${duration(values.bandwidthWindowSeconds * 1000)} is compared`)
      : null,
  linkIntervalMs: () => plain('beside the kernel’s own reports, which act at once'),
  minimumActiveLinks({ values, view, status }) {
    const configured = view.pairsConfigured;
    const now = status === null ? '' : `, ${status.links.active} active now`;
    const text = `${configured} configured${now}`;
    if (values.minimumActiveLinks > configured) return error(`${text}: more than there are`);
    if (values.minimumActiveLinks > 0 && status !== null && status.links.active < values.minimumActiveLinks)
      return warning(`${text}: this instance would mark itself down now`);
    if (values.minimumActiveLinks > 0 && values.minimumActiveLinks === configured)
      return warning(`${text}: the loss of any one marks this instance down`);
    return plain(values.minimumActiveLinks === 0 ? `${text}; links never mark it down` : text);
  },
};

/** `10 checks a second`, `a check every 2 s`. */
function rateOf(intervalMs: number): string {
  return intervalMs <= 500
    ? `${count(Math.round(1000 / intervalMs), 'check')} a second`
    : `a check every ${duration(intervalMs)}`;
}

/** The names of the fields whose value differs, in the order of the form. */
export function changed(before: HaSettings, now: HaSettings): readonly SettingName[] {
  return (Object.keys(before) as SettingName[]).filter((name) => before[name] !== now[name]);
}

/** True: what is about to be saved would make this instance let go of its role at once. The texts are asked for again before saving. */
export function drastic(ground: Ground): readonly string[] {
  return (Object.keys(EFFECTS) as SettingName[]).flatMap((name) => {
    const effect = effectOf(name, ground);
    return effect?.level === 'warning' && effect.text.endsWith(' now') ? [effect.text] : [];
  });
}
