/** What the engine works with, and whom it tells. */
import type { Clock } from '../../core/clock.ts';
import type { EventBody } from '../../core/event.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import type { Identity } from '../brain/state.ts';
import type { Protection, Will } from '../channel.ts';
import type { Kernel } from './kernel.ts';
import type { Lateness } from './lateness.ts';
import type { Macvlans } from './macvlans.ts';
import type { Moves } from './moves.ts';
import type { PeerPort } from './peer-port.ts';
import type { Sensors } from './sensors.ts';

export interface EngineDeps {
  readonly clock: Clock;
  readonly kernel: Kernel;
  readonly macvlans: Macvlans;
  readonly lateness: Pick<Lateness, 'note'>;
  readonly identity: Identity;
  /** What is sent to peers, and what the guardian would tell them. */
  readonly peers: PeerPort;
  readonly sensors: Sensors;
  readonly onEvent: (body: EventBody) => void;
  /** Told before the effects of its turn are run. */
  readonly onMoves: (moves: Moves) => void;
  /** Called before the change that it describes takes effect. */
  readonly onWill: (will: Will) => void;
  readonly onStyle: (key: string, style: ChecksumStyle) => void;
  /** Keep this; `protected` is told when it is on the disk. */
  readonly onProtect: (seq: number, protection: Protection) => void;
  /** The predecessor's addresses are adopted, or let go. */
  readonly onAdopted: () => void;
  readonly onStopped: () => void;
}
