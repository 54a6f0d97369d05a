/** Is an authentic datagram for this instance, from the peer whose address it came from? (brain 3.4) */
import type { Envelope, IgnoredReason } from './state.ts';

export interface Refusal {
  readonly reason: IgnoredReason;
  /** For an alarm: who it says that it is. */
  readonly detail: string;
}

/** `self`: this instance and its stack. `peer`: whose path the source address is. Null = it may pass. */
export function refusalOf(
  envelope: Envelope,
  self: { readonly stack: string; readonly instance: string },
  peer: string,
): Refusal | null {
  const { stack, from, to } = envelope;
  if (stack !== self.stack) return { reason: 'otherStack', detail: `it is '${from}' of stack '${stack}'` };
  if (from !== peer) return { reason: 'unknownSender', detail: `it calls itself '${from}', not '${peer}'` };
  if (to !== self.instance) return { reason: 'notForUs', detail: `it is for '${to}', not for '${self.instance}'` };
  return null;
}
