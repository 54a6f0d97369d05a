/**
 * The engine's process: everything whose lateness costs an outage, and nothing else (design section 2).
 * It gets its plan, its remembered state and its generation from the guardian, and leaves when the guardian is gone.
 */
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import type { Ms } from '../../core/clock.ts';
import type { EventBody } from '../../core/event.ts';
import { formatReason } from '../../core/reason.ts';
import type { Fact } from '../brain/fact.ts';
import type { Processes } from '../../core/status.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import { createAddressWriter } from '../../vrrp/address-writer.ts';
import { createKernelView } from '../../vrrp/kernel-view.ts';
import { createNeighbours } from '../../vrrp/neighbours.ts';
import { createReceiver } from '../../vrrp/receiver.ts';
import { createTransmitter } from '../../vrrp/transmitter.ts';
import type { ToEngine, ToGuardian } from '../channel.ts';
import { createHelperClient } from '../helper/client.ts';
import { newNonce } from '../../monitors/peer/exchange.ts';
import { lockMemory, releaseStartPages } from '../realtime.ts';
import { createActions } from './actions.ts';
import { createApi } from './api.ts';
import { newCounters } from './counters.ts';
import { type Engine, createEngine } from './engine.ts';
import { createEventLog } from './event-log.ts';
import type { Kernel } from './kernel.ts';
import { createLateness } from './lateness.ts';
import { createWillSender } from './last-will.ts';
import { keepsTags, leftovers, removeLeftovers } from './leftovers.ts';
import { createLog } from './log.ts';
import { createMacvlans } from './macvlans.ts';
import { createMeter } from './measurements.ts';
import { createPeerPort } from './peer-port.ts';
import { startRehearsals } from './rehearsal.ts';
import { createSensors } from './sensors.ts';
import { makeStatus } from './status-view.ts';
import { createTold } from './told.ts';

type Begin = Extract<ToEngine, { kind: 'begin' }>;

/** The last that is said before leaving has to reach the guardian. */
const FAREWELL_MS = 500;
/** The manager says every few seconds who leads. */
const LEADER_TOLD_MS = 15_000;

// Children act on the guardian's word alone: a signal to the whole group still ends in an orderly resignation.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

process.once('message', (message: ToEngine) => {
  if (message.kind !== 'begin') return;
  run(message).catch((error: unknown) => {
    tell({
      kind: 'fatal',
      generation: message.generation,
      text: error instanceof Error ? error.message : String(error),
    });
    setTimeout(() => process.exit(1), FAREWELL_MS).unref();
    process.disconnect?.();
  });
});
// Without a guardian there is nobody to keep the will: leave, unless an engine is there to resign first (see `run`).
const leaveAlone = (): void => process.exit(1);
process.once('disconnect', leaveAlone);

function tell(message: ToGuardian): void {
  // A channel that is closed is noticed by `disconnect`; there is nothing else to do about it here.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

async function run(begin: Begin): Promise<void> {
  const { generation, plan } = begin;
  const clock = systemClock;
  const log = createLog();
  const meter = createMeter(clock);
  const events = createEventLog({ instance: plan.instance, clock });
  const onEvent = (body: EventBody): void => {
    meter.event(events.append(body));
    log.event(body);
  };
  const realtime = plan.realtime === false ? null : plan.realtime;
  releaseStartPages();
  const memory = realtime?.lockMemory === true ? lockMemory() : 'off';
  if (memory !== null && memory !== 'off')
    log.line('warn', `memory cannot be locked (${memory}): raise RLIMIT_MEMLOCK or give CAP_IPC_LOCK`);

  const kernel = await openKernel();
  // What the guardian holds for us is no leftover: it is adopted, or let go, by the brain (brain 6.4).
  const held = new Set(begin.adopt?.addresses.map((one) => `${one.address} ${one.interface}`));
  const found = leftovers(kernel.view.allAddresses(), plan, begin.remembered.addresses, keepsTags()).filter(
    (one) => !held.has(`${one.address} ${one.interface}`),
  );
  for (const { address, interface: name } of await removeLeftovers(kernel, found)) {
    onEvent({ kind: 'address', severity: 'warning', reason: { code: 'leftoverRemoved', address, interface: name } });
  }
  for (const detail of plan.warnings)
    onEvent({ kind: 'config', severity: 'info', reason: { code: 'configWarning', detail } });

  let processes: Processes = begin.processes;
  let loadedAt = clock.wall();
  const styles: Record<string, ChecksumStyle> = { ...begin.remembered.checksumStyles };
  const wills = createWillSender((seq, will) => tell({ kind: 'will', generation, seq, will }));
  const lateness = createLateness(clock);
  const noteLate = (lateMs: Ms): void => {
    lateness.note(lateMs);
    meter.timer(lateMs);
  };
  const helperSocket = join(begin.run, 'helper.sock');
  const helper = createHelperClient(helperSocket);
  const macvlans = createMacvlans({
    view: kernel.view,
    helper,
    onReady: () => engine.macvlansChanged(),
    onProblem: (detail) =>
      onEvent({ kind: 'process', severity: 'critical', reason: { code: 'configWarning', detail } }),
  });
  const fact = (what: Fact): void => engine.fact(what);
  const peers = createPeerPort({
    plan,
    secrets: begin.secrets,
    fact,
    onProblem: (detail) => onEvent({ kind: 'peer', severity: 'warning', reason: { code: 'configWarning', detail } }),
  });
  const sensors = createSensors({
    clock,
    view: kernel.view,
    helpers: { tracks: createHelperClient(helperSocket), bypass: createHelperClient(helperSocket) },
    fact,
  });
  const engine: Engine = createEngine(plan, styles, {
    clock,
    kernel,
    macvlans,
    lateness: { note: noteLate },
    identity: { boot: peers.boot, nonce: newNonce, version: begin.version },
    peers,
    sensors,
    onEvent,
    onMoves: meter.moved,
    onWill: wills.send,
    onStyle(key, style) {
      styles[key] = style;
      tell({ kind: 'remember', generation, remembered: { checksumStyles: { ...styles }, addresses: [] } });
    },
    onProtect: (seq, protection) => tell({ kind: 'protect', generation, seq, protection }),
    // The will of what is adopted first: the guardian would act on the old one.
    onAdopted: () => wills.settled(() => tell({ kind: 'adopted', generation })),
    onStopped() {
      tell({ kind: 'stopped', generation });
      void api.stop().finally(() => process.exit(0));
      setTimeout(() => process.exit(0), FAREWELL_MS).unref();
    },
  });
  const leader = createTold<boolean>(clock, LEADER_TOLD_MS);
  const api = createApi({
    socketPath: join(begin.run, 'engine.sock'),
    group: 'tandem',
    events,
    measurements: meter.read,
    warn: (text) => log.line('warn', text),
    setLogLevel: log.setLevel,
    setLeader: leader.say,
    act: createActions({ fact, onEvent, reload: (actionId) => tell({ kind: 'reload', generation, actionId }) }),
    view: {
      status: () =>
        makeStatus({
          instance: engine.instance,
          clock,
          version: begin.version,
          processes,
          countersOf: (router) => engine.shellOf(router)?.counters ?? newCounters(),
          lateness: lateness.summary(),
          card: sensors.card(),
          lastTakeover: meter.lastTakeover(),
          lastHandover: meter.lastHandover(),
          realtime: { scheduling: begin.realtime, memoryLocked: memory === null },
          loadedAt,
          leader: leader.read(),
        }),
    },
  });

  function onMessage(message: ToEngine): void {
    if (message.generation !== generation) return;
    switch (message.kind) {
      case 'plan':
        loadedAt = clock.wall();
        peers.setSecrets(message.secrets);
        return engine.replan(message.plan, message.actionId);
      case 'planRefused': {
        const ended = message.actionId === null ? {} : ({ actionId: message.actionId, ended: 'failed' } as const);
        return onEvent({
          kind: 'config',
          severity: 'warning',
          reason: { code: 'configRefused', errors: message.errors },
          ...ended,
        });
      }
      case 'willTaken':
        return wills.taken(message.seq);
      case 'protected':
        return engine.fact({ kind: 'protected', seq: message.seq });
      case 'processes':
        processes = message.processes;
        return;
      case 'stop':
        return engine.fact({ kind: 'stop', by: 'the guardian' });
      case 'begin':
        return;
    }
  }

  await api.start();
  process.on('message', onMessage);
  process.off('disconnect', leaveAlone);
  process.once('disconnect', () => engine.fact({ kind: 'stop', by: 'the death of the guardian' }));
  setInterval(() => {
    tell({ kind: 'tick', generation });
    meter.tick(begin.tickMs);
    engine.tick(begin.tickMs);
  }, begin.tickMs);
  const { predecessor } = begin;
  engine.start({
    reason: predecessor === null ? { code: 'starting' } : { code: 'predecessorEnded', detail: predecessor.text },
    adopt: begin.adopt,
    resigned: begin.resigned,
    protection: begin.remembered.protection,
  });
  startRehearsals({
    now: clock.now,
    instance: () => engine.instance,
    sources: { shellOf: engine.shellOf, told: () => peers.told(engine.instance) },
    transmitter: kernel.transmitter,
  });
  log.line('info', formatReason(engine.instance.roleReason));
  tell({ kind: 'ready', generation });
}

async function openKernel(): Promise<Kernel> {
  const view = createKernelView();
  await view.start();
  const indexOf = (name: string): number | null => view.interface(name)?.index ?? null;
  return {
    view,
    writer: createAddressWriter(view),
    transmitter: createTransmitter(indexOf),
    receiver: createReceiver(indexOf),
    neighbours: createNeighbours(indexOf),
  };
}
