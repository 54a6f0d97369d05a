/** `tandemd run`: the composition root of the guardian, a straight column. */
import { chown } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagerPlan } from '../../config/manager-plan.ts';
import { systemClock } from '../../core/clock.ts';
import { fail } from '../../core/result.ts';
import { giveToGroup, groupId } from '../group.ts';
import { openNotifier } from '../notify.ts';
import { createHelperClient } from '../helper/client.ts';
import { program, version } from '../where.ts';
import type { Program } from '../where.ts';
import { managerAccount, readAccountFiles } from './accounts.ts';
import { createConfigStore } from './config-store.ts';
import { readConfiguration } from './configuration.ts';
import { createEdge } from './edge.ts';
import { startEngine } from './engine-process.ts';
import { checkPrivileges, checkSocketPaths, makeDirectories, takeLock } from './ground.ts';
import { createGuardian } from './guardian.ts';
import { createHelperProcess } from './helper-process.ts';
import type { HelperProcess } from './helper-process.ts';
import { complain, createLog } from './log.ts';
import { makeManagerDoor } from './manager-door.ts';
import { createManagerLink } from './manager-link.ts';
import { createManagerProcess } from './manager-process.ts';
import type { Log } from './log.ts';
import { bootId, openMemory } from './memory.ts';
import { createPidFiles } from './pid-files.ts';
import type { PidFiles } from './pid-files.ts';
import { createScheduling } from './scheduling.ts';

export interface RunOptions {
  /** Absolute paths. */
  readonly config: string;
  readonly state: string;
  readonly run: string;
  /** False: it runs in a unit of its own. */
  readonly manager: boolean;
}

/** The programs that the guardian starts; tests bring their own. */
export interface Programs {
  readonly engine: Program;
  readonly helper: Program;
  readonly check: Program;
  readonly manager: Program;
}

/** For lines that nobody reads. */
const LAST_WORDS_MS = 500;
/** An engine whose guardian died has this long to resign. */
const SURVIVOR_MS = 5_000;
/** A helper that was just started is waited for; the end of the daemon is not kept waiting for longer. */
const HELPER_LIMITS = { requestMs: 10_000, retryMs: 100 };

function ownPrograms(): Programs {
  return {
    engine: program('daemon/engine/main'),
    helper: program('daemon/helper/main'),
    check: program('daemon/main'),
    manager: program('manager/main'),
  };
}

/** Runs the daemon to its end. Returns the exit code: 0 stopped, 1 could not run, 2 wrong configuration (design section 7). */
export async function runDaemon(options: RunOptions, programs: Programs = ownPrograms()): Promise<number> {
  const { config, state, run } = options;
  const unprivileged = checkPrivileges();
  if (unprivileged !== null) return refuse(unprivileged, 1);
  const tooLong = checkSocketPaths(run);
  if (tooLong !== null) return refuse(tooLong, 2);
  const unmade = makeDirectories(run, state);
  if (unmade !== null) return refuse(unmade, 1);
  const lock = takeLock(run, process.pid);
  if (!lock.ok) return refuse(lock.error, 1);

  const log = createLog();
  const notifier = openNotifier(process.env, process.pid);
  const pidFiles = createPidFiles(run, log.warn);
  await outlive(pidFiles, programs.engine, log);
  pidFiles.set('guardian', process.pid);
  const memory = openMemory(`${state}/guardian`, bootId(), log.warn);

  const edge = createEdge();
  let helper: HelperProcess | null = null;
  const guardian = createGuardian({
    clock: systemClock,
    log,
    notifier,
    memory,
    pidFiles,
    scheduling: createScheduling(process.pid, log.warn),
    executor: () => edge.open(memory, log),
    helper: (changed) => (helper = createHelperProcess(programs.helper, run, state, changed, log.warn)),
    manager: options.manager
      ? (changed) =>
          createManagerProcess({
            program: programs.manager,
            run,
            state,
            account: (user) => managerAccount(user, readAccountFiles()),
            changed,
            warn: log.warn,
          })
      : null,
    link: (of) =>
      createManagerLink({
        path: `${run}/guardian.sock`,
        config,
        store: createConfigStore(config, `${state}/guardian/versions`, programs.check, () => new Date()),
        share: shareSocket,
        async helper() {
          const failed = (await helper?.want()) ?? null;
          if (failed === null) shareSocket(`${run}/helper.sock`, of.plan());
          return failed;
        },
        ...of,
      }),
    share(path, plan) {
      shareSocket(path, plan);
      if (plan === null) return;
      const { account } = managerAccount(plan.manager.user, readAccountFiles());
      const failed = makeManagerDoor(run, options.manager ? { account } : 'unit');
      if (failed !== null) log.warn(failed);
    },
    startEngine: (events) => startEngine(programs.engine, events),
    // What executes a will is loaded while engine and check start: it is a third of the guardian's own start-up time.
    async readConfiguration() {
      const reading = readConfiguration(programs.check, config);
      const missing = await edge.load();
      return missing === null ? reading : fail({ code: 1, lines: [missing] });
    },
    async engageBypass() {
      // Closed at once: the helper waits for its callers before it ends.
      const helper = createHelperClient(`${run}/helper.sock`, HELPER_LIMITS);
      const { ok, text } = await helper.request({ kind: 'bypass.set', position: 'bypass' });
      helper.close();
      return ok ? null : text;
    },
    version: version(),
    run,
    pid: process.pid,
  });
  process.on('SIGTERM', guardian.terminate);
  process.on('SIGINT', guardian.terminate);
  process.on('SIGHUP', guardian.reload);
  // Whoever read our lines has gone: that is no reason to stop failing over.
  process.on('SIGPIPE', () => undefined);

  const code = await guardian.run();
  pidFiles.set('guardian', null);
  notifier.close();
  await log.flush(LAST_WORDS_MS);
  lock.value.release();
  return code;
}

/** For the group `tandem`. Where nobody made that group, the manager runs as nobody, and so its group has to do. */
function shareSocket(path: string, plan: ManagerPlan | null): void {
  if (plan === null || groupId('tandem') !== null) return void giveToGroup(path, 'tandem');
  const { account } = managerAccount(plan.manager.user, readAccountFiles());
  if (account !== null) chown(path, -1, account.gid, () => undefined);
}

function refuse(text: string, code: number): number {
  complain(text);
  return code;
}

/** An engine whose guardian was killed resigns by itself. It must be gone before another one starts. */
async function outlive(pidFiles: PidFiles, engine: Program, log: Log): Promise<void> {
  const end = performance.now() + SURVIVOR_MS;
  for (;;) {
    const survivor = pidFiles.survivor('engine', engine.script);
    if (survivor === null) return;
    if (performance.now() > end) {
      log.warn(`the engine of an earlier daemon (process ${survivor}) does not leave: killing it`);
      process.kill(survivor, 'SIGKILL');
    }
    await sleep(10);
  }
}
