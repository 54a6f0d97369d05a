/** The shell around lifecycle.ts: it turns what happens into facts, and effects into what happens. It decides nothing. */
import type { EnginePlan } from '../../config/plan.ts';
import type { Clock } from '../../core/clock.ts';
import type { Result } from '../../core/result.ts';
import type { Processes } from '../../core/status.ts';
import type { ToEngine, ToGuardian } from '../channel.ts';
import { reloading } from '../notify.ts';
import type { Notifier } from '../notify.ts';
import type { Refused } from './configuration.ts';
import type { EngineEvents, EngineProcess } from './engine-process.ts';
import type { Executor } from './executor.ts';
import { tickPeriod } from './hang.ts';
import { needsHelper } from './helper-process.ts';
import type { HelperProcess } from './helper-process.ts';
import { longestLetGo } from './letting-go.ts';
import { INITIAL, due, step, ticking } from './lifecycle.ts';
import type { Effect, Fact, Lifecycle } from './lifecycle.ts';
import type { Log } from './log.ts';
import type { Memory } from './memory.ts';
import type { PidFiles } from './pid-files.ts';
import { createReloads } from './reloads.ts';
import type { Scheduling } from './scheduling.ts';

export interface GuardianPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly notifier: Notifier;
  readonly memory: Memory;
  readonly pidFiles: PidFiles;
  readonly scheduling: Scheduling;
  readonly executor: () => Executor;
  readonly helper: (changed: (pid: number | null) => void) => HelperProcess;
  readonly startEngine: (events: EngineEvents) => EngineProcess;
  readonly readConfiguration: () => Promise<Result<EnginePlan, Refused>>;
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
  let realtime = false;
  let engine: EngineProcess | null = null;
  let executor: Executor | null = null;
  let timer: NodeJS.Timeout | null = null;
  let feeder: NodeJS.Timeout | null = null;
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

  const reloads = createReloads({
    read: ports.readConfiguration,
    began: () => notifier.send(...reloading()),
    ended(result, actionIds) {
      if (result.ok) adopt(result.value);
      else for (const line of result.error.lines) log.warn(`reload: ${line}`);
      for (const actionId of actionIds) {
        const { generation } = state;
        if (result.ok) send({ kind: 'plan', generation, plan: result.value, actionId });
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
        return begin(effect.generation, effect.predecessor);
      case 'kill':
        return engine?.kill();
      case 'executeWill':
        return executeWill();
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

  function begin(generation: number, predecessor: string | null): void {
    if (plan === null) return;
    send({
      kind: 'begin',
      generation,
      plan,
      run: ports.run,
      version: ports.version,
      remembered: memory.remembered(),
      processes,
      predecessor: predecessor === null ? null : { text: predecessor },
      tickMs: tickPeriod(realtime),
      realtime,
    });
    // Opened while the engine loads: nothing of it may be loaded at the moment that it is for.
    setImmediate(() => (executor ??= ports.executor()));
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
      case 'will': {
        const { will, seq } = message;
        executor ??= ports.executor();
        executor.hold(will);
        memory.willTaken(will);
        fact({ kind, generation, holding: will.routers.length, letGoMs: longestLetGo(will) });
        return send({ kind: 'willTaken', generation, seq });
      }
      case 'stopped':
        executor?.hold({ routers: [] });
        memory.gone(memory.remembered().addresses);
        return fact({ kind, generation });
      case 'fatal':
        return fact({ kind, generation, text: message.text });
      case 'remember':
        return memory.remember(message.remembered);
      case 'reload':
        return reloads.ask(message.actionId);
    }
  }

  function executeWill(): void {
    if (executor === null) willDone();
    else executor.execute(willDone);
    notifier.send('STATUS=the engine ended, its last will is executed');
  }

  function willDone(): void {
    // Never within the step that asked for it.
    setImmediate(() => fact({ kind: 'willDone' }));
  }

  function adopt(next: EnginePlan): void {
    plan = next;
    realtime = scheduling.own(next);
    if (needsHelper(next)) helper.start();
    if (state.phase === 'running' && processes.engine !== null) scheduling.engine(processes.engine, next);
    fact({ kind: 'planned', realtime });
  }

  function firstConfiguration(result: Result<EnginePlan, Refused>): void {
    if (result.ok) {
      adopt(result.value);
      return;
    }
    const { lines, code } = result.error;
    // Errors of the file name their own place; a stop that came first needs none.
    if (state.leaving === null) for (const line of lines) (code === 2 ? log.error : log.warn)(line);
    fact({ kind: 'unplannable', code });
  }

  function ready(first: boolean): void {
    notifier.send('READY=1', 'STATUS=running');
    if (!first) return log.info('the engine is ready again');
    log.line('ready');
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
    executor?.close();
    await helper.stop();
    await memory.flush();
    pidFiles.set('engine', null);
    pidFiles.set('helper', null);
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
