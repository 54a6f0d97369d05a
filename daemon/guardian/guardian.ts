/** The shell around lifecycle.ts: it turns what happens into facts, and effects into what happens. It decides nothing. */
import type { ManagerPlan } from '../../config/manager-plan.ts';
import type { EnginePlan } from '../../config/plan.ts';
import type { Clock, Ms } from '../../core/clock.ts';
import type { Result } from '../../core/result.ts';
import type { Processes } from '../../core/status.ts';
import type { AdoptionToken, Secrets, ToEngine, ToGuardian, Will } from '../channel.ts';
import { reloading } from '../notify.ts';
import type { Notifier } from '../notify.ts';
import type { Configuration, Refused } from './configuration.ts';
import type { EngineEvents, EngineProcess } from './engine-process.ts';
import type { Executor, Outcome } from './executor.ts';
import { tickPeriod } from './hang.ts';
import { aliveEvery } from './helper-process.ts';
import type { HelperProcess } from './helper-process.ts';
import { longestLetGo } from './letting-go.ts';
import { INITIAL, due, serving, ticking } from './life.ts';
import type { Effect, Fact, Lifecycle } from './life.ts';
import { step } from './lifecycle.ts';
import type { Log } from './log.ts';
import type { LinkPorts, ManagerLink } from './manager-link.ts';
import type { ManagerProcess } from './manager-process.ts';
import type { Memory } from './memory.ts';
import type { PidFiles } from './pid-files.ts';
import { NO_WILL } from './prepared.ts';
import { createReloads } from './reloads.ts';
import type { Scheduling } from './scheduling.ts';

/** What the link to the manager asks of the guardian. */
export type LinkView = Pick<LinkPorts, 'plan' | 'processes' | 'secrets' | 'managerIs'>;

export interface GuardianPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly notifier: Notifier;
  readonly memory: Memory;
  readonly pidFiles: PidFiles;
  readonly scheduling: Scheduling;
  readonly executor: () => Executor;
  readonly helper: (changed: (pid: number | null) => void) => HelperProcess;
  /** Null: it runs in a unit of its own (`--without-manager`). */
  readonly manager: ((changed: (pid: number | null) => void) => ManagerProcess) | null;
  readonly link: (of: LinkView) => ManagerLink;
  /** Lets the manager use a socket. */
  readonly share: (path: string, plan: ManagerPlan | null) => void;
  readonly startEngine: (events: EngineEvents) => EngineProcess;
  readonly readConfiguration: () => Promise<Result<Configuration, Refused>>;
  /** Asks the helper to wire the link pairs through. Null, or what went wrong; never rejects. */
  readonly engageBypass: () => Promise<string | null>;
  readonly version: string;
  /** The run directory, absolute. */
  readonly run: string;
  /** This process. */
  readonly pid: number;
}

export interface Guardian {
  /** Starts the engine and reads the configuration beside it. Resolves with the exit code when all is over. */
  run(): Promise<number>;
  /** SIGTERM, SIGINT. */
  readonly terminate: () => void;
  /** SIGHUP. */
  readonly reload: () => void;
}

/** The watchdog is fed for so long while a dead engine is being replaced: longer is a failure of the guardian too. */
const REPLACING_MS = 60_000;

export function createGuardian(ports: GuardianPorts): Guardian {
  const { clock, log, notifier, memory, pidFiles, scheduling } = ports;
  let state: Lifecycle = INITIAL;
  let plan: EnginePlan | null = null;
  let managerPlan: ManagerPlan | null = null;
  let secrets: Secrets = [];
  let realtime = false;
  let engine: EngineProcess | null = null;
  let executor: Executor | null = null;
  let timer: NodeJS.Timeout | null = null;
  let feeder: NodeJS.Timeout | null = null;
  let heart: NodeJS.Timeout | null = null;
  let bypassing: Promise<void> | null = null;
  /** Generation of the last `begin`. */
  let begun = 0;
  /** Since when there is no ticking engine. */
  let troubledAt = clock.now();
  let finished: ((code: number) => void) | null = null;
  let processes: Processes = { guardian: ports.pid, engine: null, manager: null, helper: null };

  const helper = ports.helper((pid) => {
    pidFiles.set('helper', pid);
    processesChanged({ ...processes, helper: pid });
  });

  const managerIs = (pid: number | null): void => {
    if (processes.manager === pid) return;
    pidFiles.set('manager', pid);
    processesChanged({ ...processes, manager: pid });
  };
  const manager = ports.manager?.(managerIs) ?? null;
  const link = ports.link({
    plan: () => managerPlan,
    processes: () => processes,
    secrets: () => secrets,
    // A child of ours is known by its process; one in a unit of its own says which it is.
    managerIs: (pid) => (manager === null ? managerIs(pid) : undefined),
  });

  const reloads = createReloads({
    read: ports.readConfiguration,
    began: () => notifier.send(...reloading()),
    async ended(result, actionIds) {
      // The helper first: what the engine may ask for from now on has to be known there.
      if (result.ok) await adopt(result.value);
      else for (const line of result.error.lines) log.warn(`reload: ${line}`);
      for (const actionId of actionIds) {
        const { generation } = state;
        if (result.ok) send({ kind: 'plan', generation, plan: result.value.plan, secrets, actionId });
        else send({ kind: 'planRefused', generation, errors: result.error.lines, actionId });
      }
      notifier.send('READY=1');
    },
  });

  function fact(what: Fact): void {
    const before = state;
    const result = step(state, what, clock.now());
    state = result.state;
    for (const effect of result.effects) perform(effect);
    // A tick only moves the deadline on: then the timer is let run and looks again, which is cheaper than setting it each time.
    const { phase, deadline, realtime: fast } = before;
    if (state.phase !== phase || state.deadline !== deadline || state.realtime !== fast) disarm();
    arm();
  }

  function arm(): void {
    if (timer !== null) return;
    const now = clock.now();
    const wait = due(state, now) - now;
    if (wait === Number.POSITIVE_INFINITY || state.phase === 'over') return;
    timer = setTimeout(
      () => {
        timer = null;
        fact({ kind: 'time' });
      },
      Math.max(0, Math.ceil(wait)),
    );
  }

  function disarm(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'spawn':
        return spawn(effect.generation);
      case 'begin':
        return begin(effect);
      case 'kill':
        return engine?.kill();
      case 'executeWill':
        return executeWill(effect.inVain);
      case 'holdWill':
        return holdWill();
      case 'endHold':
        executor?.endHold();
        memory.endHold(true);
        return log.info('the engine has taken over what was held');
      case 'flap':
        return memory.flapped();
      case 'drain':
        // One turn of the loop reads all that waits in the channel; the second one lets its messages be handled.
        setImmediate(() => setImmediate(() => fact({ kind: 'drained' })));
        return;
      case 'sendStop':
        notifier.send('STOPPING=1', 'STATUS=stopping');
        return send({ kind: 'stop', generation: effect.generation });
      case 'say':
        return effect.severity === 'warning' ? log.warn(effect.text) : log.info(effect.text);
      case 'ready':
        return ready(effect.first);
      case 'finish':
        return void finish(effect.code);
    }
  }

  function spawn(generation: number): void {
    executor?.renew();
    const started = ports.startEngine({
      message: (message) => heard(message),
      dying: () => fact({ kind: 'dying', generation }),
      exited(text) {
        // The will first: everything else has time.
        fact({ kind: 'exited', generation, text });
        if (engine !== started) return;
        pidFiles.set('engine', null);
        processesChanged({ ...processes, engine: null });
      },
      closed: () => fact({ kind: 'closed', generation }),
    });
    engine = started;
    processes = { ...processes, engine: engine.pid };
    if (engine.pid !== null) pidFiles.set('engine', engine.pid);
  }

  function begin({ generation, predecessor, adoptMs, resigned }: Extract<Effect, { kind: 'begin' }>): void {
    if (plan === null) return;
    send({
      kind: 'begin',
      generation,
      plan,
      run: ports.run,
      version: ports.version,
      remembered: memory.remembered(),
      secrets,
      adopt: token(adoptMs),
      resigned,
      processes,
      predecessor: predecessor === null ? null : { text: predecessor },
      tickMs: tickPeriod(realtime),
      realtime,
    });
    memory.begun();
    // Opened while the engine loads: nothing of it may be loaded at the moment that it is for.
    setImmediate(() => (executor ??= ports.executor()));
  }

  function token(leftMs: Ms | null): AdoptionToken | null {
    return leftMs === null || executor === null ? null : { ...executor.held(), leftMs };
  }

  function heard(message: ToGuardian): void {
    const { kind, generation } = message;
    if (generation !== state.generation) return;
    switch (kind) {
      case 'tick':
        troubledAt = clock.now();
        return fact({ kind, generation });
      case 'ready':
        // Not before: a program that loads under real time takes a core from the traffic that we hold addresses for (35 ms of silence, measured).
        if (plan !== null && processes.engine !== null) scheduling.engine(processes.engine, plan);
        memory.reconciled();
        return fact({ kind, generation });
      case 'will':
        keep(message.will);
        return send({ kind: 'willTaken', generation, seq: message.seq });
      case 'adopted':
        return fact({ kind, generation });
      case 'protect': {
        const { protection, seq } = message;
        return memory.protect(protection, () => send({ kind: 'protected', generation, seq }));
      }
      case 'stopped':
        executor?.keep(NO_WILL);
        // What is held was another engine's.
        if (state.held === null) memory.gone(memory.remembered().addresses);
        return fact({ kind, generation });
      case 'fatal':
        return fact({ kind, generation, text: message.text });
      case 'remember':
        return memory.remember(message.remembered);
      case 'reload':
        return reloads.ask(message.actionId);
    }
  }

  function keep(will: Will): void {
    executor ??= ports.executor();
    executor.keep(will);
    memory.willTaken(will);
    fact({
      kind: 'will',
      generation: state.generation,
      holding: will.routers.length,
      active: will.routers.some((router) => router.active),
      letGoMs: longestLetGo(will),
      hold: will.kind === 'hold',
    });
  }

  // What a will ends with is never told within the step that asked for it.
  function executeWill(inVain: boolean): void {
    if (inVain) memory.endHold(false);
    const done = ({ bypass }: Outcome): void => {
      if (inVain && bypass) bypassing = engageBypass();
      setImmediate(() => fact({ kind: 'willDone' }));
    };
    if (executor === null) done({ bypass: false });
    else executor.execute(done);
    notifier.send('STATUS=the engine ended, its last will is executed');
  }

  function holdWill(): void {
    memory.hold();
    executor?.hold(() =>
      setImmediate(() => {
        memory.endHold(false);
        fact({ kind: 'yielded' });
      }),
    );
    notifier.send('STATUS=the engine ended, what it held is kept for the next one');
  }

  async function engageBypass(): Promise<void> {
    const failed = await ports.engageBypass();
    if (failed === null) log.warn('nobody can serve: the bypass is engaged');
    else log.warn(`nobody can serve, and the bypass could not be engaged: ${failed}`);
  }

  /** Resolves when the helper knows the plan too. */
  function adopt(next: Configuration): Promise<void> {
    plan = next.plan;
    secrets = next.secrets;
    managerPlan = next.manager;
    realtime = scheduling.own(plan);
    const known = helper.use(plan);
    if (heart !== null) clearInterval(heart);
    heart = plan.bypass.driver === 'none' ? null : setInterval(beat, aliveEvery(plan));
    if (state.phase === 'running' && processes.engine !== null) scheduling.engine(processes.engine, plan);
    if (state.phase === 'running') manager?.use(managerPlan);
    fact({ kind: 'planned', realtime });
    return known;
  }

  function beat(): void {
    if (serving(state, clock.now())) helper.alive();
  }

  function firstConfiguration(result: Result<Configuration, Refused>): void {
    if (result.ok) {
      // The engine is not kept waiting at a start: the helper waits for its own plan before it answers.
      void adopt(result.value);
      return;
    }
    const { lines, code } = result.error;
    // Errors of the file name their own place; a stop that came first needs none.
    if (state.leaving === null) for (const line of lines) (code === 2 ? log.error : log.warn)(line);
    fact({ kind: 'unplannable', code });
  }

  function ready(first: boolean): void {
    notifier.send('READY=1', 'STATUS=running');
    ports.share(`${ports.run}/engine.sock`, managerPlan);
    // The manager is not in the way of a start: it begins when the addresses are in service.
    manager?.use(managerPlan);
    if (!first) return log.info('the engine is ready again');
    log.line('ready');
    void link.start().then((failed) => failed === null || log.warn(failed));
  }

  function send(message: ToEngine): void {
    // `begin` is the first that an engine hears; whatever came before it is in it.
    if (message.kind === 'begin') begun = message.generation;
    if (message.generation === begun) engine?.send(message);
  }

  function processesChanged(next: Processes): void {
    processes = next;
    send({ kind: 'processes', generation: state.generation, processes });
  }

  function feed(): void {
    const now = clock.now();
    const replacing = state.phase !== 'running' && now - troubledAt < REPLACING_MS;
    if (ticking(state, now) || replacing) notifier.send('WATCHDOG=1');
  }

  async function finish(code: number): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    if (feeder !== null) clearInterval(feeder);
    if (heart !== null) clearInterval(heart);
    executor?.close();
    link.stop();
    await manager?.stop();
    await bypassing;
    await helper.stop();
    await memory.flush();
    pidFiles.set('engine', null);
    pidFiles.set('helper', null);
    pidFiles.set('manager', null);
    finished?.(code);
  }

  return {
    run() {
      const over = new Promise<number>((resolve) => (finished = resolve));
      fact({ kind: 'start' });
      if (notifier.watchdogEveryMs !== null) feeder = setInterval(feed, notifier.watchdogEveryMs);
      void ports.readConfiguration().then(firstConfiguration);
      return over;
    },
    terminate: () => fact({ kind: 'terminate' }),
    reload() {
      // The first check is still running, or it is all over: both will do.
      if (plan !== null && state.leaving === null) reloads.ask(null);
    },
  };
}
