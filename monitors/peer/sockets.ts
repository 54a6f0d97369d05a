/**
 * The sockets of the peer checks: one for each local address that a path is asked from. Reading is `dgram`'s (at most 32 datagrams for each
 * turn of the loop), sending is ours, because it tells at once what is wrong. A path whose interface is not there yet gets its socket
 * when `refresh` finds it.
 */
import { type Socket, createSocket } from 'node:dgram';
import type { PeerPlan } from '../../config/plan.ts';
import { addressText } from '../../core/address.ts';
import { type Clock, type Instant, systemClock } from '../../core/clock.ts';
import { type Budget, createBudget } from './budget.ts';
import { LONG_AGO } from './paths.ts';
import { type Place, placeOf, sourceText, zoneOf } from './place.ts';
import { closeUdpSocket, openUdpSocket, sendUdp, socketAddress } from './udp-socket.ts';

/** Datagrams a second of one path that are looked at: 200 peers' worth at the shortest interval. */
const MOST_OF_A_PATH = 20_000;
/** Of all strangers together: enough to name them. */
const MOST_OF_STRANGERS = 1000;
/** Changes of interfaces come in bursts: they are looked at together. */
const REFRESH_MS = 10;
/** A path without a socket is tried again when it is to send, but no more often than this. */
const RETRY_MS = 1000;

/** What the sockets need of the plan. */
export interface SocketsPlan {
  readonly haInterface: string;
  readonly port: number;
  readonly peers: readonly PeerPlan[];
  /** Canonical virtual addresses: they move, so nothing is sent from them. */
  readonly virtual: readonly string[];
}

export interface PeerSocketsOptions {
  readonly plan: SocketsPlan;
  readonly clock?: Clock;
  /** A datagram from the address of a path of this peer, over that path's socket. `bytes` is the receiver's own. */
  onDatagram(peer: string, path: number, bytes: Buffer): void;
  /** From the address of a path, but not by the way of that path. */
  onWrongPath(peer: string, source: string): void;
  /** From an address that is no path of any peer. */
  onStranger(source: string, bytes: Buffer): void;
  /** Something that a person should know, once when it begins. */
  onProblem(text: string): void;
}

export interface PeerSockets {
  /** Send over a path, without waiting. Null, or why not: an errno name or words. */
  send(peer: string, path: number, bytes: Uint8Array): string | null;
  /** Why a path is not used; null while it is. */
  detail(peer: string, path: number): string | null;
  /** Where a path leads, for a datagram that another process is to send. `interface` null = as the routing table says. */
  target(peer: string, path: number): { readonly interface: string | null; readonly destination: string };
  /** Interfaces, addresses or routes have changed. */
  refresh(): void;
  replan(plan: SocketsPlan): void;
  close(): void;
}

interface Route {
  readonly peer: string;
  readonly path: number;
  readonly address: string;
  readonly budget: Budget;
  open: OpenSocket | null;
  remote: Buffer;
  problem: string | null;
  triedAt: Instant;
}

interface OpenSocket {
  readonly key: string;
  readonly fd: number;
  readonly socket: Socket;
  readonly device: string | null;
}

/** Opens what can be opened at once; the rest is told by `onProblem` and tried again. */
export function createPeerSockets(options: PeerSocketsOptions): PeerSockets {
  const clock = options.clock ?? systemClock;
  const strangers = createBudget(MOST_OF_STRANGERS);
  const open = new Map<string, OpenSocket>();
  const told = new Set<string>();
  let { plan } = options;
  let virtual = new Set(plan.virtual);
  let routes = new Map<string, Route>();
  /** Routes by the address that they come from. */
  let sources = new Map<string, Route>();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const keyOf = (peer: string, path: number): string => `${peer}/${path}`;

  function layOut(): void {
    const list = plan.peers.flatMap(({ name, paths }) =>
      paths.map((address, path): Route => {
        const before = routes.get(keyOf(name, path));
        if (before?.address === address) return before;
        const nothing = { open: null, remote: Buffer.alloc(0), problem: null, triedAt: LONG_AGO };
        return { peer: name, path, address, budget: createBudget(MOST_OF_A_PATH), ...nothing };
      }),
    );
    routes = new Map(list.map((route) => [keyOf(route.peer, route.path), route]));
    sources = new Map(list.map((route) => [sourceText(route.address, plan.haInterface), route]));
    establishAll();
  }

  function establishAll(): void {
    for (const route of routes.values()) establish(route);
    const used = new Set([...routes.values()].map((route) => route.open));
    for (const socket of open.values()) if (!used.has(socket)) shut(socket);
    for (const { name, paths } of plan.peers) tellShared(name, paths.length);
  }

  /** One cable is one path, whatever the addresses say (brain 3.3). */
  function tellShared(peer: string, count: number): void {
    const devices = Array.from({ length: count }, (_, path) => routes.get(keyOf(peer, path))?.open?.device ?? '');
    const twice = devices.find((device, n) => device !== '' && devices.indexOf(device) !== n);
    if (twice !== undefined) tellOnce(`two paths to ${peer} use ${twice}: they fail together`);
  }

  function tellOnce(text: string): void {
    if (told.has(text)) return;
    told.add(text);
    options.onProblem(text);
  }

  function establish(route: Route): void {
    route.triedAt = clock.now();
    const { haInterface, port } = plan;
    const place = placeOf({ address: route.address, first: route.path === 0, haInterface, port, virtual });
    if (!place.ok) {
      // A cable that is out, an address that is away for a moment: what is open stays open.
      complain(route, place.error);
      return;
    }
    const socket = obtain(place.value, route.path === 0);
    if (typeof socket === 'string') {
      route.open = null;
      complain(route, socket);
      return;
    }
    route.open = socket;
    route.remote = socketAddress(place.value.remote);
    route.problem = null;
  }

  function complain(route: Route, problem: string): void {
    if (route.problem !== problem) options.onProblem(`path ${route.address} to ${route.peer}: ${problem}`);
    route.problem = problem;
  }

  /** The socket of this place, opened if it is not open yet; or why it cannot be. */
  function obtain({ local, device, index }: Place, onLink: boolean): OpenSocket | string {
    const key = [device, index, addressText(local.bytes), local.port, onLink].join(' ');
    const known = open.get(key);
    if (known !== undefined) return known;
    // The interface was made anew, or is another one now: the old socket would keep the address to itself.
    for (const other of open.values()) if (sameLocal(other.key, key)) shut(other);
    const opened = openUdpSocket({ local, device, onLink });
    if (!opened.ok) return `cannot open UDP port ${local.port} on ${addressText(local.bytes)} (${opened.error})`;
    try {
      const socket = createSocket(local.bytes.length === 4 ? 'udp4' : 'udp6');
      const made = { key, fd: opened.value, socket, device };
      socket.on('error', (error) => broken(made, error));
      socket.on('message', (bytes, { address }) => arrived(made, address, bytes));
      socket.bind({ fd: opened.value, exclusive: true });
      open.set(key, made);
      return made;
    } catch (error) {
      closeUdpSocket(opened.value);
      return error instanceof Error ? error.message : String(error);
    }
  }

  function arrived(socket: OpenSocket, address: string, bytes: Buffer): void {
    if (closed) return;
    const route = sources.get(address) ?? sources.get(sourceText(address, socket.device ?? ''));
    const budget = route?.budget ?? strangers;
    if (!budget.take(clock.now())) {
      tellOnce(
        `more datagrams from ${route === undefined ? 'strangers' : route.peer} than are looked at: some are dropped`,
      );
      return;
    }
    if (route === undefined) options.onStranger(address, bytes);
    else if (route.open === socket) options.onDatagram(route.peer, route.path, bytes);
    else options.onWrongPath(route.peer, address);
  }

  function broken(socket: OpenSocket, error: Error): void {
    if (closed || !open.has(socket.key)) return;
    const left = [...routes.values()].filter((route) => route.open === socket);
    shut(socket);
    for (const route of left) complain(route, error.message);
  }

  function shut(socket: OpenSocket): void {
    open.delete(socket.key);
    for (const route of routes.values()) if (route.open === socket) route.open = null;
    try {
      socket.socket.close();
    } catch {
      // dgram closed it itself after an error.
    }
  }

  layOut();
  return {
    send(peer, path, bytes) {
      const route = routes.get(keyOf(peer, path));
      if (closed || route === undefined) return 'there is no such path';
      if (route.open === null && clock.now() - route.triedAt >= RETRY_MS) establish(route);
      return route.open === null ? (route.problem ?? 'not open') : sendUdp(route.open.fd, bytes, route.remote);
    },
    detail: (peer, path) => routes.get(keyOf(peer, path))?.problem ?? null,
    target(peer, path) {
      const route = routes.get(keyOf(peer, path));
      const address = route?.address ?? '';
      const device = path === 0 ? plan.haInterface : (zoneOf(address) ?? route?.open?.device ?? null);
      return { interface: device, destination: address.split('%', 1)[0] ?? '' };
    },
    refresh() {
      if (closed || timer !== null) return;
      timer = setTimeout(() => {
        timer = null;
        establishAll();
      }, REFRESH_MS);
    },
    replan(next) {
      plan = next;
      virtual = new Set(plan.virtual);
      layOut();
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      for (const socket of open.values()) shut(socket);
    },
  };
}

/** The same address and port, whatever else: two sockets cannot have it. */
function sameLocal(a: string, b: string): boolean {
  const local = (key: string): string => key.split(' ').slice(2, 4).join(' ');
  return local(a) === local(b);
}
