/** What happens to simulated machines: they start, die, stand still, lose their carrier, get another plan. */
import type { EnginePlan } from '../../config/plan.ts';
import { newInstance } from '../../daemon/brain/instance.ts';
import type { Transport } from '../../daemon/brain/state.ts';
import type { AdoptionToken } from '../../daemon/channel.ts';
import { busy, engineEnded, guardianEnds, keepWill, tokenFor } from './guardian.ts';
import type { Net } from './network.ts';
import { type Node, transportOf } from './node.ts';
import type { World } from './world.ts';

export interface Machines {
  /** Somebody starts the daemon. */
  boot(node: Node): void;
  /** The guardian starts an engine. */
  begin(node: Node): void;
  /** The engine is no more; nothing else happens. */
  endEngine(node: Node): void;
  /** The engine dies; its guardian does what it has to. */
  killEngine(node: Node): void;
  /** The whole machine loses power. */
  crash(node: Node): void;
  /** The engine, or the whole machine, stands still. */
  freeze(node: Node, ms: number, whole: boolean): void;
  setUp(node: Node, net: Net, up: boolean): void;
  reload(node: Node, plan: EnginePlan): void;
}

/** A silent engine is killed after this. */
const HANG_MS = 1000;

export function createMachines(worldOf: () => World): Machines {
  let nonces = 0;
  const nonce = (): string => `n${++nonces}`;
  return { boot, begin, endEngine: end, killEngine, crash, freeze, setUp, reload };

  function transports(node: Node): Record<string, Transport> {
    return Object.fromEntries(node.plan.routers.map((router) => [router.name, transportOf(node, router)]));
  }

  function boot(node: Node): void {
    if (node.instance !== null || busy(node)) return;
    node.generation++;
    node.guardian.vacated = false;
    begin(node);
  }

  function begin(node: Node): void {
    const world = worldOf();
    if (node.instance !== null) return;
    const token: AdoptionToken | null = tokenFor(world, node);
    const { vacated } = node.guardian;
    node.guardian.vacated = false;
    // Whatever is not left to it, an engine removes before it opens a socket (brain 6.4).
    for (const of of node.held.keys()) if (!node.guardian.voices.has(of)) node.held.delete(of);
    node.claims.clear();
    node.listensSince.clear();
    node.counter = 0;
    node.stopAskedAt = null;
    node.boot = `${node.name}${node.generation}-${nonce()}`;
    node.generation++;
    world.disturb();
    world.note(`${node.name}: starts${token === null ? '' : ' and adopts'}`);
    node.instance = newInstance(node.plan, world.now, {}, { boot: node.boot, nonce, version: '1' });
    world.fact(node, {
      kind: 'start',
      transports: transports(node),
      reason: { code: 'starting' },
      adopt: token,
      resigned: vacated,
      protection: world.remembered(node),
      ports: Object.fromEntries(node.carriers),
    });
    world.plugIn(node);
  }

  function end(node: Node): void {
    const world = worldOf();
    node.instance = null;
    node.due = Number.POSITIVE_INFINITY;
    node.frozenSince = null;
    node.waiting.length = 0;
    node.postponed.length = 0;
    node.people.open.clear();
    node.people.asked.clear();
    node.generation++;
    world.moved = true;
    world.disturb();
  }

  function killEngine(node: Node): void {
    const world = worldOf();
    if (node.instance === null) return;
    world.note(`${node.name}: engine killed`);
    end(node);
    engineEnded(world, node);
  }

  function crash(node: Node): void {
    const world = worldOf();
    world.note(`${node.name}: loses power`);
    end(node);
    guardianEnds(node);
    node.held.clear();
    world.powerOff(node);
  }

  function freeze(node: Node, ms: number, whole: boolean): void {
    const world = worldOf();
    if (node.instance === null || node.frozenSince !== null || busy(node)) return;
    world.note(`${node.name}: ${whole ? 'machine' : 'engine'} frozen for ${ms.toFixed(1)} ms`);
    node.frozenSince = world.now;
    node.frozenWhole = whole;
    world.disturb();
    const { generation } = node;
    if (!whole && ms > HANG_MS) {
      world.at(HANG_MS, () => {
        if (node.generation === generation) killEngine(node);
      });
      return;
    }
    world.at(ms, () => {
      if (node.generation === generation && node.frozenSince !== null) thaw(node, node.frozenSince);
    });
  }

  function thaw(node: Node, since: number): void {
    const world = worldOf();
    const gap = world.now - since;
    node.frozenSince = null;
    node.frozenWhole = false;
    world.disturb();
    world.note(`${node.name}: goes on after ${gap.toFixed(1)} ms`);
    // As the engine's loop does: lateness is measured first, then the sockets are drained, then timers are looked at.
    world.fact(node, { kind: 'late', lateMs: gap });
    for (const packet of node.waiting.splice(0)) world.hear(node, packet);
    observe(node);
    for (const act of node.postponed.splice(0)) act();
  }

  function setUp(node: Node, net: Net, up: boolean): void {
    const world = worldOf();
    if (node.up[net] === up) return;
    node.up[net] = up;
    world.disturb();
    world.note(`${node.name}: ${net} ${up ? 'up' : 'down'}`);
    if (node.frozenSince === null) observe(node);
  }

  /** The kernel's events, as far as they say something new. */
  function observe(node: Node): void {
    const world = worldOf();
    for (const { plan, transport } of node.instance?.routers ?? []) {
      const next = transportOf(node, plan);
      if (transport.advertUp !== next.advertUp || transport.addressUp !== next.addressUp)
        world.fact(node, { kind: 'transport', router: plan.name, transport: next });
    }
  }

  function reload(node: Node, plan: EnginePlan): void {
    const world = worldOf();
    node.plan = plan;
    world.disturb();
    if (node.frozenSince !== null) return void node.postponed.push(() => reload(node, plan));
    world.note(`${node.name}: reload`);
    world.fact(node, { kind: 'plan', plan, transports: transports(node), actionId: null });
    keepWill(node);
  }
}
