/** The engine's voice and ears towards its peers: the exchange (monitors/peer) with the brain behind it. */
import type { EnginePlan } from '../../config/plan.ts';
import { type Exchange, createExchange } from '../../monitors/peer/exchange.ts';
import { peerBootOf } from '../../monitors/peer/session.ts';
import type { Effect } from '../brain/effect.ts';
import type { Fact } from '../brain/fact.ts';
import type { Instance } from '../brain/state.ts';
import type { ReadyDatagram, Secrets } from '../channel.ts';

/** What the engine's loop needs of its peers. */
export interface PeerPort {
  send(effect: Extract<Effect, { do: 'send' }>, instance: Instance): void;
  /** `told` for every path of every peer. */
  told(instance: Instance): readonly ReadyDatagram[];
  replan(plan: EnginePlan): void;
  /** An interface came, went or changed. */
  refresh(): void;
  close(): void;
}

export interface PeerPortDeps {
  readonly plan: EnginePlan;
  readonly secrets: Secrets;
  readonly fact: (fact: Fact) => void;
  /** Something that a person should know about a path. */
  readonly onProblem: (text: string) => void;
}

export interface EnginePeers extends PeerPort {
  /** Of this run of the engine. */
  readonly boot: string;
  /** Keys for the plan that comes next. */
  setSecrets(secrets: Secrets): void;
  /** Why a path is not used; null while it is. */
  detail(peer: string, path: number): string | null;
}

export function createPeerPort({ plan, secrets, fact, onProblem }: PeerPortDeps): EnginePeers {
  let keys = secrets;
  const exchange: Exchange = createExchange({
    self: plan.instance,
    stack: plan.stack,
    plan,
    secrets,
    onReceived: (peer, path, envelope) => fact({ kind: 'datagram', peer, path, envelope }),
    onIgnored: (peer, reason, detail) => fact({ kind: 'ignored', peer, reason, detail }),
    onProblem,
  });
  return {
    boot: exchange.boot,
    setSecrets(next) {
      keys = next;
    },
    detail: exchange.detail,
    // What cannot be sent is not answered, and shows as a path that is down.
    send: ({ peer, path, message, peerBoot }) => void exchange.send(peer, path, message, peerBoot),
    told: (instance: Instance) =>
      exchange.told(Object.fromEntries(instance.peers.map(({ session }) => [session.plan.name, peerBootOf(session)]))),
    replan: (next) => exchange.replan(next, keys),
    refresh: exchange.refresh,
    close: exchange.close,
  };
}
