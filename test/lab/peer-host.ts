/** One host of `peer-sockets.test.ts`: the exchange of the peer checks in a process of its own, inside a network namespace, told what to do over IPC. */
import { createSocket } from 'node:dgram';
import type { PeerPlan } from '../../config/plan.ts';
import { type Exchange, createExchange } from '../../monitors/peer/exchange.ts';
import type { Envelope, IgnoredReason, PeerMessage } from '../../monitors/peer/state.ts';

export interface Opening {
  readonly self: string;
  readonly stack?: string;
  readonly peers: readonly PeerPlan[];
  readonly secrets: readonly string[];
  readonly virtual?: readonly string[];
  readonly haInterface?: string;
}

export interface Heard {
  readonly received: { readonly peer: string; readonly path: number; readonly envelope: Envelope }[];
  readonly ignored: { readonly peer: string | null; readonly reason: IgnoredReason; readonly detail: string }[];
  readonly problems: string[];
}

const PORT = 11_211;
let exchange: Exchange | null = null;
let heard: Heard = { received: [], ignored: [], problems: [] };

function planOf({ peers, virtual = [], haInterface = 'eth2' }: Opening) {
  const addresses = virtual.map(
    (address) => ({ address, prefix: 64, family: 'ipv6', interface: haInterface }) as const,
  );
  // Of a router the exchange asks for nothing but priority and addresses.
  const routers = [{ priority: 100, addresses, excludedAddresses: [] }] as never;
  return { haInterface, haPort: PORT, peers, routers };
}

const calls = {
  open(opening: Opening): string {
    exchange?.close();
    heard = { received: [], ignored: [], problems: [] };
    exchange = createExchange({
      self: opening.self,
      stack: opening.stack ?? 'edge',
      plan: planOf(opening),
      secrets: opening.secrets,
      onReceived: (peer, path, envelope) => heard.received.push({ peer, path, envelope }),
      onIgnored: (peer, reason, detail) => heard.ignored.push({ peer, reason, detail }),
      onProblem: (text) => heard.problems.push(text),
    });
    return exchange.boot;
  },
  replan: (opening: Opening): void => exchange!.replan(planOf(opening), opening.secrets),
  send: (request: { path: number | null; message: PeerMessage; peerBoot: string | null; to?: string }) =>
    exchange!.send(request.to ?? 'b', request.path, request.message, request.peerBoot),
  detail: ({ peer, path }: { peer: string; path: number }): string | null => exchange!.detail(peer, path),
  told: (boots: Record<string, string | null>) => exchange!.told(boots),
  refresh: (): void => exchange!.refresh(),
  heard(): Heard {
    const taken = heard;
    heard = { received: [], ignored: [], problems: [] };
    return taken;
  },
  /** From a socket of somebody else's: any source, any TTL. */
  raw: (packet: { from: string; to: string; ttl: number; bytes: string; times?: number }): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = createSocket(packet.to.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', reject);
      socket.bind(0, packet.from, () => {
        socket.setTTL(packet.ttl);
        let left = packet.times ?? 1;
        const next = (error?: Error | null): void => {
          if (error instanceof Error) reject(error);
          else if (left-- > 0) socket.send(Buffer.from(packet.bytes, 'base64'), PORT, packet.to, next);
          else socket.close(() => resolve());
        };
        next();
      });
    }),
  stop(): void {
    exchange?.close();
    process.disconnect();
  },
};

export type Calls = typeof calls;
export type Request = { readonly id: number; readonly name: keyof Calls; readonly argument: unknown };
export type Reply = { readonly id: number; readonly value?: unknown; readonly error?: string };

async function answer({ id, name, argument }: Request): Promise<Reply> {
  try {
    const call = calls[name] as (argument: unknown) => unknown;
    return { id, value: await call(argument) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.connected && process.send?.(reply));
});
