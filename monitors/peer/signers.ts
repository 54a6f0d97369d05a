/**
 * With which key a datagram to a peer is signed. The first one signs (brain 3.4); while the other has not got it yet, in the middle of a rotation, the
 * first that it has. Every datagram lists the ids of its sender's keys under the HMAC, so instances may learn a new key in any order without an
 * outage.
 */
import type { CheckKey } from './keys.ts';

/** Boots of one peer that are remembered. */
const MOST_BOOTS = 4;

interface Heard {
  readonly counter: number;
  readonly ids: readonly string[];
}

export interface Signers {
  /** An authentic datagram of this boot said which keys it has. */
  heard(peer: string, boot: string, counter: number, ids: readonly string[]): void;
  /** `boot`: the receiver's; null = not known yet, then what was heard of it last decides. Null only where there are no keys. */
  keyFor(peer: string, boot: string | null): CheckKey | null;
}

export function createSigners(keys: () => readonly CheckKey[]): Signers {
  const peers = new Map<string, Map<string, Heard>>();
  return {
    heard(peer, boot, counter, ids) {
      const boots = peers.get(peer) ?? new Map<string, Heard>();
      peers.set(peer, boots);
      const known = boots.get(boot);
      // An old datagram, sent again, says what was once.
      if (known !== undefined && counter <= known.counter) return;
      boots.delete(boot);
      boots.set(boot, { counter, ids });
      if (boots.size > MOST_BOOTS) boots.delete([...boots.keys()][0]!);
    },
    keyFor(peer, boot) {
      const boots = peers.get(peer);
      const heard = boot === null ? [...(boots?.values() ?? [])].at(-1) : boots?.get(boot);
      const [first] = keys();
      return keys().find((key) => heard?.ids.includes(key.id)) ?? first ?? null;
    },
  };
}
