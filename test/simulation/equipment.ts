/** What is built into a machine or stands around it: bypass card, ports of link pairs, traffic, tracks, and the guardian's memory on a disk. */
import type { Effect } from '../../daemon/brain/effect.ts';
import { type Protection, NO_PROTECTION } from '../../daemon/channel.ts';
import { aged, readProtection, writeProtection } from '../../daemon/guardian/protection-file.ts';
import type { Card, Node } from './node.ts';
import type { World } from './world.ts';

export interface Equipment {
  /** Effects that are not about the wire. */
  equip(node: Node, effect: Effect): void;
  /** An engine has started: what it measures tells it how it is. */
  plugIn(node: Node): void;
  powerOff(node: Node): void;
  commandCard(node: Node, position: Card['position'], by: Card['by']): void;
  /** A cable of a port is pulled, or put back. */
  plug(node: Node, port: string, up: boolean): void;
  /** What the guardian has kept. */
  remembered(node: Node): Protection;
  /** The guardian resigned for an active router. */
  flapped(node: Node): void;
}

/** The card is read so often. */
const READ_MS = 1000;
const SAMPLE_MS = 500;

export function createEquipment(worldOf: () => World): Equipment {
  return { equip, plugIn, powerOff, commandCard, plug, remembered, flapped };

  function equip(node: Node, effect: Effect): void {
    switch (effect.do) {
      case 'bypass':
        worldOf().note(`${node.name}: the card is told ${effect.position}`);
        if (effect.position === 'bypass') noteCommand(node);
        return commandCard(node, effect.position, 'brain');
      case 'watchdog':
        node.card.armed = effect.armed;
        return;
      case 'check':
        return check(node, effect.track);
      case 'protect':
        return protect(node, effect.seq, effect.protection);
      default:
        return;
    }
  }

  function plugIn(node: Node): void {
    if (node.plan.bypass.driver !== 'none') again(node, 10, READ_MS, () => read(node));
    if (node.plan.bandwidth.enabled) again(node, 0, SAMPLE_MS, () => sample(node));
  }

  function again(node: Node, firstMs: number, everyMs: number, act: () => void): void {
    const { generation } = node;
    const turn = (): void => {
      if (node.generation !== generation) return;
      if (node.frozenSince === null) act();
      worldOf().at(everyMs, turn);
    };
    worldOf().at(firstMs, turn);
  }

  // ---- the card -------------------------------------------------------------------------------------------------------

  function read(node: Node): void {
    const { card } = node;
    const state = card.unreadable ? 'unknown' : card.position;
    worldOf().fact(node, { kind: 'bypassRead', state, detail: card.unreadable ? 'no answer' : '' });
  }

  /** How things stood when the brain told it to engage. */
  function noteCommand({ card, instance, people }: Node): void {
    if (instance === null) return;
    const { routers, latched, bypass, serviceDown } = instance;
    card.toldBeside = routers.some((r) => r.machine.state === 'active');
    const forLatch = latched !== null && bypass.operator === null && !serviceDown.engaged;
    card.toldUnsaved = forLatch && !people.latched;
  }

  function commandCard(node: Node, position: Card['position'], by: Card['by']): void {
    const world = worldOf();
    const { generation, card } = node;
    const { boots } = node.disk;
    if (position === 'inline' && (node.flaws.has('neverReleases') || node.flaws.has('loops'))) return;
    world.at(card.slowMs, () => {
      if (node.disk.boots !== boots) return;
      if (!card.stuck) setCard(node, position, by);
      if (node.generation === generation && node.instance !== null) read(node);
    });
  }

  function setCard(node: Node, position: Card['position'], by: Card['by']): void {
    const world = worldOf();
    const { card } = node;
    if (card.position === position) return;
    card.position = position;
    card.by = by;
    card.since = world.now;
    world.moved = true;
    world.note(`${node.name}: the card is ${position}`);
    if (!card.dropsCarrier) return;
    if (position === 'bypass') return carry(node);
    world.at(400, () => carry(node));
  }

  function powerOff(node: Node): void {
    const { card, disk } = node;
    disk.boots++;
    disk.bootedAt = worldOf().now;
    disk.protection = NO_PROTECTION;
    disk.stamps = [];
    if (card.armed) setCard(node, 'bypass', 'watchdog');
    card.armed = false;
  }

  // ---- ports ----------------------------------------------------------------------------------------------------------

  function plug(node: Node, port: string, up: boolean): void {
    node.cables.set(port, up);
    carry(node);
  }

  /** What the kernel says of the ports now. */
  function carry(node: Node): void {
    const world = worldOf();
    const dark = node.card.position === 'bypass' && node.card.dropsCarrier;
    for (const [port, cable] of node.cables) {
      const up = cable && !dark;
      if (node.carriers.get(port) === up) continue;
      node.carriers.set(port, up);
      world.note(`${node.name}: port ${port} ${up ? 'up' : 'down'}`);
      if (node.instance !== null) world.fact(node, { kind: 'port', interface: port, up });
    }
  }

  // ---- traffic and tracks ---------------------------------------------------------------------------------------------

  function sample(node: Node): void {
    if (node.traffic && node.up.data && node.held.size > 0) node.receivedBytes += 100_000;
    worldOf().fact(node, { kind: 'traffic', reading: new Map([['out0', node.receivedBytes]]) });
  }

  function check(node: Node, track: string): void {
    const world = worldOf();
    const { generation } = node;
    world.at(20, () => {
      if (node.generation !== generation) return;
      world.fact(node, { kind: 'tracked', track, good: !node.badTracks.has(track), detail: '' });
    });
  }

  // ---- the disk -------------------------------------------------------------------------------------------------------

  function known({ disk }: Node): Protection {
    const { now } = worldOf();
    const protection = aged(disk.protection, now - disk.at);
    return { ...protection, flapAges: [...protection.flapAges, ...disk.stamps.map((at) => now - at)] };
  }

  function write(node: Node, saved: () => void): void {
    const world = worldOf();
    const { disk } = node;
    const { boots } = disk;
    const text = writeProtection(known(node), momentOf(node));
    const number = ++disk.writes;
    world.at(world.random.between(1, 20), () => {
      if (disk.boots !== boots) return;
      // One write at a time: an older text never comes after a newer one.
      if (number > disk.written) disk.text = text;
      disk.written = Math.max(disk.written, number);
      saved();
    });
  }

  function momentOf({ disk }: Node) {
    const { now } = worldOf();
    return { boot: String(disk.boots), uptime: now - disk.bootedAt, wall: now };
  }

  function protect(node: Node, seq: number, protection: Protection): void {
    const { disk, generation } = node;
    const world = worldOf();
    disk.protection = protection;
    disk.at = world.now;
    if (node.flaws.has('trustsDisk')) return world.fact(node, { kind: 'protected', seq });
    write(node, () => {
      // What was opened meanwhile is opened.
      if (protection.latched !== null && disk.protection.latched !== null) node.people.latched = true;
      if (node.generation === generation) world.fact(node, { kind: 'protected', seq });
    });
  }

  function flapped(node: Node): void {
    node.disk.stamps.push(worldOf().now);
    write(node, () => undefined);
  }

  function remembered(node: Node): Protection {
    const { disk } = node;
    const { now } = worldOf();
    const first = disk.protection === NO_PROTECTION && disk.stamps.length === 0 && disk.text !== null;
    disk.protection = first ? readProtection(disk.text!, momentOf(node)) : known(node);
    disk.at = now;
    disk.stamps = [];
    return disk.protection;
  }
}
