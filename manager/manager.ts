/** Everything that the manager is made of, put together (design section 2). Each part knows the others by its ports alone. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openJournal } from '../alerts/journal/journal.ts';
import type { ManagerPlan } from '../config/manager-plan.ts';
import type { NewEntry } from '../core/api/journal.ts';
import { systemClock } from '../core/clock.ts';
import type { TandemEvent } from '../core/event.ts';
import { managerReasonText } from '../core/manager-reason.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import type { Measurements } from '../core/measurements.ts';
import type { Services } from '../core/services.ts';
import { version } from '../daemon/where.ts';
import { startWebServer } from '../webui/server/server.ts';
import type { WebPlan } from '../webui/server/server.ts';
import { createAlerting } from './alerting.ts';
import { createDiagnosis } from './diagnosis.ts';
import { probeOnce, startProbe } from './drill-probe.ts';
import { createDrills } from './drills.ts';
import { createEngineClient } from './engine-client.ts';
import { engineEvents } from './engine-events.ts';
import { createFollower } from './follower.ts';
import type { GuardianClient } from './guardian-client.ts';
import { createHost, interfaceNames } from './host.ts';
import { createLeading } from './leading.ts';
import { createLinkSpeeds } from './link-speeds.ts';
import type { Log } from './log.ts';
import { BYPASS, MAINTENANCE, createNotes } from './notes.ts';
import type { Notes, Subject } from './notes.ts';
import { createSchedule } from './schedule.ts';
import { startSessions } from './sessions.ts';
import { createSettings } from './settings.ts';
import { createSnapshots } from './snapshots.ts';
import { startStack } from './stack.ts';
import { createStatusCopy } from './status-copy.ts';

export interface ManagerOptions {
  readonly run: string;
  readonly state: string;
  readonly guardian: GuardianClient;
  readonly plan: ManagerPlan;
  /** The configuration file. */
  readonly file: string | null;
  readonly log: Log;
}

export interface Manager {
  /** Another configuration. */
  apply(plan: ManagerPlan): Promise<void>;
  stop(): Promise<void>;
}

const LOOK_AT_FILE_MS = 15_000;
const RETAIN_MS = 3_600_000;

export async function startManager(options: ManagerOptions): Promise<Manager> {
  const { run, state, guardian, log } = options;
  const { instance, stack } = options.plan;
  const wall = systemClock.wall;
  const folder = join(state, 'manager');
  const socket = join(run, 'engine.sock');
  let plan = options.plan;

  const journal = await openJournal(join(folder, 'journal'), instance, wall);
  let newest = journal.query({ limit: 1 }).last;
  journal.onEntry(({ seq }) => (newest = seq));

  const append = (entry: NewEntry): Promise<unknown> =>
    journal.append(entry).catch((error: unknown) => log.error(`not in the journal: ${messageOf(error)}`));
  const note = (reason: ManagerReason): void => {
    const text = managerReasonText(reason);
    const severity = LOUD.has(reason.code) || isLost(reason) ? 'warning' : 'info';
    log[severity === 'info' ? 'info' : 'warn'](text);
    const kind = OF_SESSIONS.has(reason.code) ? 'session' : 'manager';
    void append({ kind, severity, reason: { code: reason.code, text }, incident: null });
  };
  note({ code: 'managerStarted', version: version() });
  if (journal.moved !== null)
    note({ code: 'eventsMissed', detail: `the journal was damaged and lies in ${journal.moved.file}` });

  const client = createEngineClient(socket);
  const settings = createSettings({
    ask: guardian.ask,
    act: (asked) => engine.act(asked),
    status: () => copy.status(),
    journal,
    interfaces: interfaceNames,
    writtenAt: (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null,
  });
  const notesOf = (of: Subject): Promise<Notes> =>
    createNotes({ of, file: join(folder, `${of.name}-note.json`), wall, warn: log.warn });
  const [maintenanceNotes, bypassNotes] = await Promise.all([notesOf(MAINTENANCE), notesOf(BYPASS)]);
  const speeds = createLinkSpeeds({ changed: () => copy.changed() });
  let leads: string | null = null;
  const copy = createStatusCopy({
    fetch: () => client.get('/status'),
    clock: systemClock,
    onStatus(status) {
      maintenanceNotes.look(status);
      bypassNotes.look(status);
      speeds.look(status);
    },
    beside: () => ({
      settingsRevision: settings.seen.revision,
      fileError: settings.seen.fileError,
      maintenanceNote: maintenanceNotes.present(),
      bypassNote: bypassNotes.present(),
      linkSpeeds: speeds.present(),
      leader: leads,
      journal: newest,
    }),
    note,
    asked: () => leading.look(),
  });
  const engine: Services['engine'] = {
    async act(asked) {
      const accepted = await client.act(asked);
      copy.refresh();
      return accepted;
    },
    why: () => client.getJson('/why'),
    async measurements() {
      const found = await client.getJson('/measurements');
      return found.ok ? (found.value as Measurements) : null;
    },
  };
  const drills = await createDrills({
    file: join(folder, 'drills.json'),
    status: () => (copy.reachable ? copy.status() : null),
    act: engine.act,
    append,
    address: () => plan.address,
    probe: { once: probeOnce, start: startProbe },
    wall,
  });
  const snapshots = createSnapshots({
    folder: join(folder, 'snapshots'),
    instance,
    ask: guardian.ask,
    note,
    wall,
  });
  const diagnosis = createDiagnosis({ run, folder, config: () => options.file });
  const schedule = createSchedule(log.warn);
  const follower = createFollower({
    open: (from, signal) => engineEvents(socket, from, signal),
    journal,
    known: journal.lastEngine(),
    onEvents: happened,
    warn: log.warn,
  });

  function happened(events: readonly TandemEvent[]): void {
    copy.refresh();
    maintenanceNotes.events(events);
    bypassNotes.events(events);
    drills.events(events);
    if (events.some(({ reason }) => reason.code === 'configLoaded')) void reloaded();
  }

  /** The engine has taken up another configuration: the guardian has our part of it. */
  async function reloaded(): Promise<void> {
    await settings.look(true);
    copy.changed();
    const answer = await guardian.ask({ kind: 'plan' });
    const next = answer.ok ? (answer.value.plan as ManagerPlan | null | undefined) : null;
    if (next !== null && next !== undefined) await apply(next);
  }

  const setSchedule = (): Promise<void> =>
    schedule.set([
      ...plan.drills.map(({ schedule: at, to }) => ({
        schedule: at,
        run: async () => void (await drills.run(to, null)),
      })),
      {
        schedule: plan.manager.snapshots.schedule,
        run: async () => {
          await snapshots.take(plan.manager.snapshots.keep);
          await retain();
        },
      },
    ]);

  async function retain(): Promise<void> {
    const { days, maxEvents } = plan.alerts.retention;
    const count = await journal.retain(days, maxEvents);
    if (count > 0) note({ code: 'entriesDropped', count });
  }

  const webPlan = (): WebPlan => ({
    listen: plan.manager.listen,
    tls: { ...plan.manager.tls, read: readNamed },
    sessionLifetimeMs: plan.manager.sessionLifetime,
  });

  /** A file that the configuration names: the guardian reads what this user may not. */
  async function readNamed(path: string): Promise<Buffer> {
    const answer = await guardian.ask({ kind: 'file', path });
    if (!answer.ok) throw new Error(answer.error.text);
    return Buffer.from(answer.value.text ?? '', 'utf8');
  }

  const alerts = createAlerting(
    {
      folder,
      journal,
      instance,
      stack,
      version: version(),
      status: copy.status,
      readSecret: async (path) => (await readNamed(path)).toString('utf8'),
      now: wall,
      warn: log.warn,
    },
    plan,
  );
  journal.onEntry(alerts.take);

  const ofStack = startStack(plan, { folder, note, ask: guardian.ask });
  const leading = createLeading({
    plan: () => plan,
    stack: ofStack,
    copy,
    tell: client.tellLeader,
    note,
    warn: log.warn,
  });
  leading.onChange(({ haEnabled, leader }) => {
    const now = haEnabled ? leader : null;
    if (now === leads) return;
    leads = now;
    copy.changed();
  });
  const mitigation = startSessions({ plan, run, store: ofStack.store, guardian, note });
  leading.onLeading(mitigation.job);
  const services: Services = {
    instance,
    stack,
    version: version(),
    storageBackend: ofStack.store.kind,
    copy,
    engine,
    leader: leading,
    settings,
    keepNote: (of, ...note) => (of === 'maintenance' ? maintenanceNotes : bypassNotes).keep(...note),
    journal,
    alerts,
    host: createHost(state, wall),
    doctor: diagnosis.doctor,
    supportBundle: diagnosis.supportBundle,
    drills: {
      list: () =>
        plan.drills.map(({ schedule: at, to }, place) => ({ schedule: at, to, nextAt: schedule.nextAt(place) })),
      reports: drills.reports,
      run: drills.run,
    },
    snapshots: { list: snapshots.list },
    sessions: mitigation.sessions,
    policies: mitigation.policies,
  };

  // What waited for a receiver while no manager ran is sent at once, and a part of it says where its router stands.
  await copy.start();
  await alerts.start();
  follower.start();
  void ofStack.apply(plan);
  copy.onPatch(() => ofStack.setPeers(copy.status()?.peers ?? []));
  await leading.start();
  const web = await startWebServer(services, {
    ...webPlan(),
    stateFolder: state,
    // `<run>/manager.sock` points there: the guardian made folder and link, as `<run>` is root's.
    socketPath: join(run, 'manager/sock'),
    log,
  });
  log.info(`serves ${web.urls.join(', ')}`);
  await setSchedule();
  const look = async (): Promise<void> => {
    const before = settings.seen;
    await settings.look(false);
    if (settings.seen.revision !== before.revision || settings.seen.fileError !== before.fileError) copy.changed();
  };
  void look();
  const timers = [setInterval(() => void look(), LOOK_AT_FILE_MS), setInterval(() => void retain(), RETAIN_MS)];

  let applying: Promise<void> = Promise.resolve();
  function apply(wanted: ManagerPlan): Promise<void> {
    applying = applying.then(async () => {
      plan = wanted;
      await web.apply(webPlan());
      await alerts.apply(wanted);
      await ofStack.apply(wanted);
      await setSchedule();
      leading.look();
      mitigation.apply(wanted);
    });
    return applying;
  }

  return {
    apply,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      schedule.stop();
      copy.stop();
      speeds.stop();
      await Promise.all([web.stop(), follower.stop(), alerts.stop()]);
      await Promise.all([maintenanceNotes.settled(), bypassNotes.settled()]);
      mitigation.leave();
      // The last that write to the journal.
      await leading.stop();
      await mitigation.stop();
      client.close();
      await ofStack.stop();
      await journal.close();
    },
  };
}

/** What of the manager's own somebody should look at. */
const LOUD: ReadonlySet<ManagerReason['code']> = new Set([
  'engineLost',
  'snapshotFailed',
  'eventsMissed',
  'storeLost',
  'storeConflict',
  'addressShared',
  'syncDown',
  'syncFailed',
  'syncRefused',
  'rulesFailing',
]);

/** A session that could not go on: whoever used it has to begin anew. */
const isLost = (reason: ManagerReason): boolean => reason.code === 'sessionEnded' && reason.reason === 'StateLost';

const OF_SESSIONS: ReadonlySet<ManagerReason['code']> = new Set([
  'sessionEnded',
  'sessionRestored',
  'rulesFailing',
  'rulesBack',
]);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
