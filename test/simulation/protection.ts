/** Bypass and latch (brain 12, 7, 8): on the holder alone, never beside an active, and opened by an operator alone. */
import { isHolder } from '../../daemon/brain/holder.ts';
import { standingOf } from '../../daemon/brain/peer-queries.ts';
import { type Watch, fail } from './limits.ts';
import type { Node } from './node.ts';
import type { World } from './world.ts';

/** A hand or a watchdog that engages the card is seen with the next reading, and a driver takes its time. */
const SEEN_MS = 1500;
/** A driver that did not obey is told again after two seconds. */
const AGAIN_MS = 2000 + SEEN_MS;
/** Until a peer that is eligible again ends the bypass: settle, the driver's slowness, and a reading (brain 12: settle + back-off). */
const BACKOFF_MS = 10_000;

export function watchProtection(world: World): Watch {
  /** Since when the card is engaged beside an active router, by node. */
  const beside = new Map<Node, number>();
  /** Since when it is engaged where nobody wants it. */
  const strange = new Map<Node, number>();
  const armed = new Map<Node, number>();
  /** Since when an eligible instance is known although the bypass is engaged for service down. */
  const needless = new Map<Node, number>();
  return {
    check() {
      for (const node of world.touched) {
        checkLatch(node);
        if (node.plan.bypass.driver === 'none') continue;
        since(world, strange, node, isStrange(node), AGAIN_MS, 'is in bypass by itself, and is not the holder');
        since(world, beside, node, engaged(node) && isActive(node), SEEN_MS, 'is active beside an engaged bypass');
        const limit = BACKOFF_MS + node.plan.bypass.settleMs + SEEN_MS;
        since(world, needless, node, isNeedless(world, node), limit, 'stays in bypass although somebody is eligible');
        since(world, armed, node, isArmedElsewhere(node), SEEN_MS, 'has armed its watchdog, and is not the holder');
        checkCommand(node);
      }
    },
  };
}

const engaged = ({ card }: Node): boolean => card.position === 'bypass' && !card.stuck && !card.unreadable;

const isActive = (node: Node): boolean =>
  node.frozenSince === null && node.instance?.routers.some((r) => r.machine.state === 'active') === true;

function since(world: World, map: Map<Node, number>, node: Node, holds: boolean, limit: number, text: string): void {
  if (!holds) return void map.delete(node);
  const from = Math.max(map.get(node) ?? world.now, world.calmSince);
  map.set(node, from);
  if (world.now - from > limit) fail(`brain 12: ${node.name}: ${text} for ${(world.now - from).toFixed(0)} ms`);
}

/** A second wire beside the holder's is a loop: what no operator has engaged is engaged by the holder alone (brain 7.2). */
function isStrange(node: Node): boolean {
  const { instance, frozenSince } = node;
  if (instance === null || frozenSince !== null || !engaged(node) || isHolder(instance)) return false;
  return instance.bypass.operator === null && node.people.bypass === null;
}

function isNeedless(world: World, { instance, card, frozenSince }: Node): boolean {
  if (instance === null || frozenSince !== null || !instance.serviceDown.engaged) return false;
  if (card.position !== 'bypass' || card.stuck || instance.latched !== null || instance.bypass.operator !== null)
    return false;
  return instance.peers.some((peer) => standingOf(instance, peer, null, world.now) === 'eligible');
}

/** A watchdog is the holder's (brain 7.5). */
const isArmedElsewhere = ({ card, instance, frozenSince }: Node): boolean =>
  card.armed && !card.unreadable && frozenSince === null && instance !== null && !isHolder(instance);

/** Opened by an operator alone (brain 8.3); who opened it has said so in `people`. */
function checkLatch({ name, instance, people }: Node): void {
  if (instance !== null && people.latched && instance.latched === null)
    fail(`brain 12: ${name}: the latch opened by itself`);
}

/** What the brain may not even order. */
function checkCommand({ name, card }: Node): void {
  if (card.toldBeside) fail(`brain 12: ${name}: engages the bypass while it is active`);
  if (card.toldUnsaved) fail(`brain 8.3: ${name}: engages the bypass before the latch is on the disk`);
}
