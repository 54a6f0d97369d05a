/** Instances of a stack on addresses of the loopback, with stores in folders of their own. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../../core/clock.ts';
import { createSync } from '../../../../stack/sync/sync.ts';
import type { Sync, SyncPlan } from '../../../../stack/sync/sync.ts';
import type { EmbeddedStore } from '../../../../stack/store/embedded/embedded.ts';
import { until } from '../../../support/until.ts';
import { embeddedRig } from '../embedded-rig.ts';
import { keysOf } from './sync-keys.ts';

export interface Member {
  readonly name: string;
  readonly store: EmbeddedStore;
  readonly sync: Sync;
  /** What it had to tell. */
  readonly news: string[];
  apply(change: Partial<SyncPlan>): Promise<void>;
  stop(): Promise<void>;
}

export interface SyncRig {
  readonly port: number;
  /** `folder`: where its store lies, where that is not its name. */
  start(name: string, change?: Partial<SyncPlan>, options?: StartOptions): Promise<Member>;
}

export interface StartOptions {
  readonly stack?: string;
  readonly folder?: string;
  /** As it calls itself, where that is not its name. */
  readonly called?: string;
}

export const ADDRESSES: Readonly<Record<string, string>> = { a: '127.0.0.2', b: '127.0.0.3', c: '127.0.0.4' };
/** Of nobody. */
export const STRANGER = '127.0.0.9';

export function syncRig(names: readonly string[] = ['a', 'b']): SyncRig {
  const stores = embeddedRig();
  const members: Member[] = [];
  let port = 0;
  before(async () => {
    port = await freePort();
  });
  // Before the stores are closed: hooks of the inner one run first.
  afterEach(async () => {
    for (const member of members.splice(0)) await member.stop();
  });
  return {
    get port() {
      return port;
    },
    async start(name, change = {}, { stack = 'edge', folder = name, called = name } = {}) {
      const store = stores.open(called, { folder });
      const news: string[] = [];
      const sync = createSync({
        stack,
        instance: called,
        store,
        clock: systemClock,
        address: ADDRESSES[name]!,
        news: {
          synced: (peer, address) => news.push(`synced ${peer} ${address}`),
          apart: (peer, why) => news.push(`apart ${peer} ${why}`),
          refused: ({ reason, from }) => news.push(`refused ${reason} ${from}`),
          failed: (text) => news.push(`failed ${text}`),
        },
      });
      const peers = names.filter((one) => one !== name).map((one) => ({ name: one, paths: [ADDRESSES[one]!] }));
      let plan: SyncPlan = { port, peers, keys: keysOf(1) };
      const member: Member = {
        name,
        store,
        sync,
        news,
        apply(more) {
          plan = { ...plan, ...more };
          return sync.apply(plan);
        },
        stop: () => sync.stop(),
      };
      members.push(member);
      await member.apply(change);
      return member;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

export const inStep = (...members: readonly Member[]): Promise<void> =>
  until('all are in step', () => members.every(({ sync }) => sync.isSynced()), 20_000);

/** How often it has refused somebody for this reason. */
export const refusedBy = ({ sync }: Member, reason: string): number =>
  (sync.status().refused as Readonly<Record<string, number>>)[reason] ?? 0;
