import type { Reason } from './reason.ts';
import type { Role, RouterState } from './status.ts';

/** How loud an event is: `critical` needs a person now, `warning` soon, `info` is history. */
export type Severity = 'info' | 'warning' | 'critical';

/** What an event is about. Closed, because alerts, journal and page filter by it. */
export type EventKind =
  | 'role' // the instance's role changed
  | 'router' // a virtual router changed state
  | 'fault' // a fault was raised or cleared
  | 'condition' // something that is not a fault was raised or cleared
  | 'address' // a virtual address was taken, let go, lost or restored
  | 'advert' // something on the wire that a person should know of
  | 'peer' // a peer or a path to it became healthy or unhealthy, or said something that a person should know of
  | 'link' // a link pair changed
  | 'track' // a track went up or down
  | 'bandwidth' // too little traffic, or enough again
  | 'flap' // this instance left the active role, or its count changed
  | 'bypass' // the bypass is wanted in another position, or reads another one
  | 'action' // progress or end of an operator's action
  | 'config' // configuration loaded, refused or changed
  | 'process'; // a process started, ended, was late or was replaced

/** The part of an event that a decision makes; the shell adds id, sequence number and wall time. */
export interface EventBody {
  readonly kind: EventKind;
  readonly severity: Severity;
  readonly reason: Reason;
  /** Name of the virtual router, where it is about one. */
  readonly router?: string;
  /** Kinds `role` and `router`: the role or state that it had, and that it has now. */
  readonly from?: Role | RouterState;
  readonly to?: Role | RouterState;
  /** The action that this belongs to. */
  readonly actionId?: string;
  /** Only for actions: the action ended, and how. */
  readonly ended?: 'done' | 'failed';
}

/** An event as the API, the command line and the page show it (design section 7, contract). */
export interface TandemEvent {
  readonly id: string;
  readonly seq: number;
  /** Wall time, ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  readonly instance: string;
  readonly kind: EventKind;
  readonly severity: Severity;
  readonly reason: { readonly code: string; readonly text: string };
  /** Id of the incident that it belongs to; null outside of one. */
  readonly incident: string | null;
  readonly router?: string;
  readonly from?: Role | RouterState;
  readonly to?: Role | RouterState;
  readonly actionId?: string;
  readonly ended?: 'done' | 'failed';
}
