/** Keeps the embedded stores of a stack in step (design section 9): listens on the HA port, dials the peers, and goes on with one connection to each. */
import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import type { EmbeddedStore } from '../store/embedded/embedded.ts';
import { createAdmission } from './admission.ts';
import type { Peer } from './admission.ts';
import { VERSIONS, freshOneWins } from './hello.ts';
import type { Hello } from './hello.ts';
import type { SyncKey } from './keys.ts';
import { createLink } from './link.ts';
import type { Link, LinkEvents } from './link.ts';
import { createListener } from './listener.ts';
import type { Listener } from './listener.ts';
import { createPartner } from './partner.ts';
import type { Partner } from './partner.ts';
import { createRefusals } from './refusals.ts';
import type { RefusalReason } from './refusals.ts';
import type { SyncNews, SyncStatus } from './status.ts';

export interface SyncPlan {
  readonly port: number;
  readonly peers: readonly Peer[];
  /** Newest first: the first is shown, all are taken. None: nobody is spoken to. */
  readonly keys: readonly SyncKey[];
}

export interface Sync {
  apply(plan: SyncPlan): Promise<void>;
  /** Addresses of peers that do not answer checks. */
  setLostPaths(addresses: ReadonlySet<string>): void;
  status(): SyncStatus;
  /** With every peer. */
  isSynced(): boolean;
  /** What changes in it may be of interest to whoever waits for `isSynced`. */
  onChange(listener: () => void): void;
  stop(): Promise<void>;
}

export interface SyncOptions {
  readonly stack: string;
  readonly instance: string;
  readonly store: Pick<EmbeddedStore, 'replica'>;
  readonly news: SyncNews;
  readonly clock: Clock;
  /** Listens at this address alone, and dials from it: for several on one machine. */
  readonly address?: string;
}

const TICK_MS = 1000;
const LISTEN_AGAIN_TICKS = 3;
/** Larger changes of a third instance are offered, not sent: they are likely to have come to both. */
const LARGEST_RELAY = 64 * 1024;
/** For the words of farewell to leave. */
const STOP_MS = 100;

export function createSync({ stack, instance, store: { replica }, news, clock, address }: SyncOptions): Sync {
  const boot = randomBytes(8).toString('hex');
  const own: Hello = { versions: VERSIONS, stack, instance, replica: replica.name, boot };
  const admission = createAdmission();
  const refusals = createRefusals();
  const partners = new Map<string, Partner>();
  const links = new Set<Link>();
  const listeners: (() => void)[] = [];
  let plan: SyncPlan = { port: 0, peers: [], keys: [] };
  let listener: Listener | null = null;
  let failed: string | null = null;
  let ticks = 0;
  let stopped = false;

  const changed = (): void => listeners.forEach((listen) => listen());

  function refused(reason: RefusalReason, from: string, detail: string): void {
    const fresh = refusals.refused(reason, from, detail, clock.now());
    if (fresh !== null) news.refused(fresh);
  }

  const events: LinkEvents = {
    greeted(link) {
      const partner = partners.get(link.peer);
      const before = partner?.link ?? null;
      if (partner === undefined) return link.put({ kind: 'close', why: 'stranger' });
      if (before !== null && !freshOneWins(known(before), known(link), instance, link.peer))
        return link.put({ kind: 'close', why: 'duplicate' });
      // First the new one: with none at all it would be dialled again.
      partner.use(link);
      before?.put({ kind: 'close', why: 'duplicate' });
    },
    synced(link) {
      partners.get(link.peer)?.synced(link);
      changed();
    },
    acked: changed,
    ended(link, why, detail) {
      links.delete(link);
      if (why !== 'closedByNetwork' && why !== 'bye' && why !== 'closed' && why !== 'silent' && why !== 'slow')
        refused(why, link.address, detail);
      partners.get(link.peer)?.lost(link, why === 'closed' || why === 'bye' ? byeText(detail) : detail);
      changed();
    },
  };

  function begin(
    socket: TLSSocket,
    facts: { readonly peer: string; readonly address: string; readonly keyId: string },
    dialled: boolean,
  ): void {
    if (stopped) return void socket.destroy();
    links.add(createLink(socket, { ...facts, dialled, own, replica }, events));
  }

  async function listen(): Promise<void> {
    const wanted = plan.keys.length > 0 && plan.peers.length > 0;
    if (!wanted || stopped) return;
    const fresh = createListener({
      stack,
      admission,
      keys: () => plan.keys,
      accepted: (socket, by) => begin(socket, by, false),
      refused,
    });
    const before = failed;
    listener = fresh;
    failed = await fresh.start(plan.port, address);
    if (failed === null) return;
    if (listener === fresh) listener = null;
    if (before !== failed) news.failed(`TCP port ${plan.port} (ha.port) cannot be opened: ${failed}`);
  }

  const stopUpdates = replica.onUpdate(({ bytes, from }) => {
    const news = from !== null && bytes.byteLength > LARGEST_RELAY;
    for (const { link } of partners.values())
      if (link !== null && link.peer !== from) link.put(news ? { kind: 'news' } : { kind: 'update', bytes });
  });
  const stopReloads = replica.onReload(() => {
    for (const link of links) link.put({ kind: 'reloaded' });
  });
  const timer = setInterval(() => {
    ticks += 1;
    for (const link of links) link.put({ kind: 'tick' });
    for (const partner of partners.values()) partner.tick();
    for (const one of refusals.due(clock.now())) news.refused(one);
    if (listener === null && ticks % LISTEN_AGAIN_TICKS === 0) void listen();
  }, TICK_MS);
  timer.unref();

  function setPartners(): void {
    const wanted = new Map(plan.keys.length === 0 ? [] : plan.peers.map((peer) => [peer.name, peer]));
    for (const [name, partner] of partners) {
      if (wanted.has(name)) continue;
      partners.delete(name);
      partner.stop();
    }
    for (const [name, { paths }] of wanted) {
      const dialling = { stack, instance, paths, port: plan.port, keys: plan.keys, from: address };
      const known = partners.get(name);
      if (known !== undefined) known.apply(dialling);
      else partners.set(name, createPartner(name, dialling, { begin, refused, news, now: () => clock.now() }));
    }
    // Whoever came in with a key that has been taken away goes; so does whoever is at an address that is no path any more.
    const ids = new Set(plan.keys.map(({ id }) => id));
    for (const link of links) {
      if (!ids.has(link.keyId) || admission.peerAt(link.address) !== link.peer)
        link.put({ kind: 'close', why: 'changed' });
    }
  }

  return {
    async apply(wanted) {
      if (stopped) return;
      const again = wanted.port !== plan.port || wanted.keys.length === 0 || wanted.peers.length === 0;
      plan = wanted;
      admission.setPeers(plan.keys.length === 0 ? [] : plan.peers);
      if (again) {
        listener?.stop();
        listener = null;
        failed = null;
      }
      setPartners();
      if (listener === null) await listen();
      changed();
    },
    setLostPaths(addresses) {
      for (const partner of partners.values()) partner.setLost(addresses);
    },
    status: () => ({
      failed,
      peers: [...partners.values()].map((partner) => partner.status()),
      refused: refusals.counters(),
    }),
    isSynced: () => [...partners.values()].every(({ link }) => link?.synced === true),
    onChange: (listen) => void listeners.push(listen),
    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      stopUpdates();
      stopReloads();
      const open = [...links];
      for (const link of open) link.put({ kind: 'close', why: 'stopping' });
      for (const partner of partners.values()) partner.stop();
      if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, STOP_MS));
      listener?.stop();
    },
  };
}

const known = ({ hello, dialled }: Link): { readonly boot: string; readonly dialled: boolean } => ({
  boot: hello?.boot ?? '',
  dialled,
});

const FAREWELLS: Readonly<Record<string, string>> = {
  stopping: 'its manager was stopped',
  duplicate: 'there is another connection',
  changed: 'the configuration or the key has changed',
  path: 'its path does not answer checks any more',
  stranger: 'it is not configured as a peer there',
};

/** The other end's word for it. */
const byeText = (word: string): string => FAREWELLS[word] ?? `it says: ${word}`;
